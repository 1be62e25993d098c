"""Read the home page while four connections of one person do the heaviest they can.

Served as a deployment is. In turn the four send a hostile photo (a progressive JPEG of
250 kB and 59 million pixels), have PDFs of their answers made, and search for new words, again
and again; the home page is read every 20 ms meanwhile.

Says how long it took, and whether all stayed below LIMIT. Exit status 1 only if one did not in
every round: a busy machine explains no more.
"""

import json
import secrets
import statistics
import sys
import threading
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from io import BytesIO

from pages import deployment, gunicorn, run, verdict
from PIL import Image

CONNECTIONS = 4
THREADS = 8
ROUNDS = 3
SECONDS = 6
LIMIT = 0.5
"""Of the slowest home page, in seconds."""
CSRF = "k" * 32

# Prints the cookies and links of a draft that takes photos, and of an intake that was sent.
PREPARE = """
import json, sys
import django
django.setup()
from django.core.management import call_command
from consultations.intake import consents, devices, submission
from consultations.models import ConsentPurpose, DecidedBy
from tests.consultations.deciding import make_draft
from tests.consultations.patients import agree

call_command("load_texts", verbosity=0, stdout=sys.stderr)
draft, link = make_draft()
agree(draft, ConsentPurpose.PHOTOS)
sent = submission.submit(make_draft()[0])
print(json.dumps([devices.proof(link.split("/")[2]), devices.proof(sent.token), sent.token]))
"""


def hostile_photo():
    """Return the bytes of a small file that takes long to decode."""
    buffer = BytesIO()
    image = Image.new("RGB", (7700, 7700), "tan")
    image.save(buffer, "JPEG", progressive=True, quality=40)
    return buffer.getvalue()


def form_of(photo):
    """Return a photo as a browser sends it: (body, content type)."""
    head = 'Content-Disposition: form-data; name="distance-photo"; filename="a.jpg"\r\n\r\n'
    body = b"--xx\r\n" + head.encode() + photo + b"\r\n--xx--\r\n"
    return body, "multipart/form-data; boundary=xx"


class Site:
    """A served site, and the browser of one person."""

    def __init__(self, address):
        self.host = address.removeprefix("http://")

    def ask(self, method, path, cookie="", body=None, kind="text/plain"):
        headers = {
            "Content-Type": kind,
            "Cookie": f"__Host-csrftoken={CSRF}; __Host-intake={cookie}",
            "X-CSRFToken": CSRF,
        }
        connection = HTTPConnection(self.host, timeout=30)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            response.read()
            return response.status
        finally:
            connection.close()


def crowd(site, act):
    """Read the home page while four connections act; return (its times, their answers)."""
    done = threading.Event()
    answers = []

    def again():
        while not done.is_set():
            with suppress(OSError, HTTPException):
                answers.append(act())

    crowd = [threading.Thread(target=again) for _each in range(CONNECTIONS)]
    for each in crowd:
        each.start()
    times = []
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        began = time.monotonic()
        assert site.ask("GET", "/") == 200
        times.append(time.monotonic() - began)
        time.sleep(0.02)
    done.set()
    for each in crowd:
        each.join()
    return times, answers


def main():
    with deployment() as (_folder, env):
        draft, sent, token = json.loads(run(env, "-c", PREPARE))
        photo = form_of(hostile_photo())
        serving = gunicorn(env, "scarclinic.wsgi", "/livez", threads=THREADS)
        with serving as (address, _pid):
            site = Site(address)
            site.ask("GET", "/")
            acts = {
                "photos": lambda: site.ask(
                    "POST", "/consultation/photos/1/distance/", draft, *photo
                ),
                "PDFs": lambda: site.ask("GET", f"/status/{token}/answers/pdf/", sent),
                "searches": lambda: site.ask(
                    "GET", f"/search/?q={secrets.token_hex(4)}"
                ),
            }
            broken = False
            for name, act in acts.items():
                slowest, counts = [], 0
                for _round in range(ROUNDS):
                    times, answers = crowd(site, act)
                    slowest.append(max(times))
                    counts += len(answers)
                median = statistics.median(times) * 1000
                worst = f"{max(slowest):.2f} s, median of all {median:.1f} ms"
                held = verdict(max(slowest) <= LIMIT, LIMIT)
                print(f"{name:9} {counts} asked for; slowest home page {worst}, {held}")
                broken = broken or min(slowest) > LIMIT
    sys.exit(broken)


if __name__ == "__main__":
    main()
