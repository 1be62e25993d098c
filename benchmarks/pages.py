"""Measure the public pages as a deployment serves them, beside WhiteNoise serving a file.

Makes a site of its own in a temporary folder. Exit status 1 only for what no busy machine
explains: too many queries, too much memory, or a ratio below GROSS in every round.
"""

import json
import os
import re
import secrets
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parent.parent
KINDS = {"identity": "identity", "br": "br", "304": "br"}
"""What is asked for, and the encoding that is accepted."""
TREATMENT, LIST = "/treatments/fractional-ablative-laser/", "/treatments/"
ROUNDS = 7
ROUND = 0.5  # seconds
CONNECTIONS = 16
STARTS = 5
RENDERS = 15
REQUESTS = 200
WORKERS = 2

QUERIES = 2
RENDER_MS = 50
LEAST_RATE = {"identity": 1, "br": 1, "304": 0.95}
COLD_START = 0.6  # seconds beyond a plain project
MEMORY = 110  # MB
GROSS = 0.7

# The least that an application can do: it knows each answer by heart. Django is loaded
# on all sides: the memory that it takes slows whatever else the process does, by 3 %.
FLOOR = """
import json
from pathlib import Path
import scarclinic.wsgi
folder = Path(__file__).parent / "floor"
answers = {}
for path in folder.glob("*.json"):
    status, headers = json.loads(path.read_text())
    headers, body = list(map(tuple, headers)), path.with_suffix(".body").read_bytes()
    answers[path.stem] = status, headers, body

def application(environ, start_response):
    held = "HTTP_IF_NONE_MATCH" in environ
    kind = "304" if held else environ.get("HTTP_ACCEPT_ENCODING", "identity")
    status, headers, body = answers[kind]
    start_response(status, headers)
    return (body,) if body else ()
"""

# Asks for one page; how long Python, Django and the page take is seen from outside.
FIRST_PAGE = """
import importlib, sys
from wsgiref.util import setup_testing_defaults
environ = {"PATH_INFO": sys.argv[2], "SCRIPT_NAME": "", "HTTP_HOST": "127.0.0.1"}
setup_testing_defaults(environ)
began = []
application = importlib.import_module(sys.argv[1]).application
b"".join(application(environ, lambda *words: began.extend(words)))
assert began[0].startswith("200"), began
"""

# Publishes, then renders, in one process; prints the milliseconds of CPU as JSON.
FIRST_RENDERS = """
import json, statistics, sys, time
from wsgiref.util import setup_testing_defaults
from scarclinic.wsgi import application
from django.db import connection
from django.test.utils import CaptureQueriesContext
from methods.models import Method
from methods.publishing.verbs import publish

def ask(url, encoding=""):
    environ = {"PATH_INFO": url, "SCRIPT_NAME": "", "HTTP_HOST": "127.0.0.1"}
    environ["HTTP_ACCEPT_ENCODING"] = encoding
    setup_testing_defaults(environ)
    began, cpu = [], time.process_time()
    answered = application(environ, lambda *words: began.extend(words))
    body = b"".join(answered)
    cpu = time.process_time() - cpu
    if hasattr(answered, "close"):
        answered.close()
    assert began[0].startswith("200"), began
    return cpu * 1000

def change(number):
    method = Method.objects.get(slug="silicone")
    publish(method, by=None, note=str(number))

measured, renders = {}, int(sys.argv[1])
for url in sys.argv[2:]:
    ask(url)
    change("count")
    with CaptureQueriesContext(connection) as queries:
        ask(url)
    count = len(queries)
    rendering, encoding = [], []
    for number in range(renders):
        change(number)
        rendering.append(ask(url))
        encoding.append(ask(url, "br"))
    measured[url] = [count, rendering, statistics.median(encoding)]
ask("/livez")
measured["plain"] = statistics.median(ask("/livez") for _ in range(200))
print(json.dumps(measured))
"""


# What is measured


@contextmanager
def deployment():
    """Make a site as README.md deploys it; yield its folder and its environment."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "bench_settings.py").write_text(
            "from scarclinic.settings import *\n"
            f"STATIC_ROOT = {str(folder / 'static')!r}\n"
        )
        (folder / "media").mkdir()
        env = os.environ | {
            "ALLOWED_HOSTS": "127.0.0.1",
            "BEHIND_PROXY": "off",
            "DATABASE_URL": f"sqlite:///{folder / 'clinic.sqlite3'}",
            "DEBUG": "off",
            "DATA_KEYS": secrets.token_hex(32),
            "LEDGER_KEY": secrets.token_hex(32),
            "MEDIA_ROOT": f"{folder}/media",
            "DJANGO_SETTINGS_MODULE": "bench_settings",
            "PYTHONPATH": f"{folder}:{ROOT}",
            "SECRET_KEY": secrets.token_urlsafe(50),
        }
        for command in ("migrate", "load_catalogue", "collectstatic --noinput"):
            run(env, "manage.py", *command.split(), "--verbosity=0")
        yield folder, env


def run(env, *words):
    """Run Python on something; return what it prints."""
    command = [sys.executable, *map(str, words)]
    done = subprocess.run(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True, text=True
    )
    return done.stdout


def fetch(url, **headers):
    """Return the headers and the bytes of a page."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    with urlopen(Request(url, headers=headers)) as response:
        return response.headers, response.read()


@contextmanager
def gunicorn(env, application, path, *, threads=0):
    """Serve an application with two workers; yield its address and its pid.

    Without threads, so that one request at a time is measured; `crowding` serves with the
    README's eight.
    """
    with socket.create_server(("127.0.0.1", 0)) as door:
        address = f"127.0.0.1:{door.getsockname()[1]}"
    how = f"--workers={WORKERS}"
    if threads:
        how += f" --worker-class=gthread --threads={threads}"
    options = f"{how} --bind={address} --log-level=warning".split()
    command = [sys.executable, "-m", "gunicorn", application, *options]
    server = subprocess.Popen(command, cwd=ROOT, env=env)
    try:
        for _ in range(300):
            try:
                fetch(f"http://{address}{path}")
                break
            except (URLError, ConnectionError):
                time.sleep(0.1)
        yield f"http://{address}", server.pid
    finally:
        server.terminate()
        server.wait()


def copy_as_files(url, folder):
    """Write what a page sends as a file and its .gz and .br, at the same address."""
    page = folder / TREATMENT.strip("/") / "index.html"
    page.parent.mkdir(parents=True)
    for ending, encoding in (("", "identity"), (".gz", "gzip"), (".br", "br")):
        body = fetch(url, Accept_Encoding=encoding)[1]
        page.with_name(page.name + ending).write_bytes(body)
    (folder.parent / "beside.py").write_text(
        "from scarclinic.wsgi import handler\n"
        "from whitenoise import WhiteNoise\n"
        f"application = WhiteNoise(handler, root={str(folder)!r}, index_file=True)\n"
    )


def copy_as_answers(url, folder):
    """Write what a page answers to each kind of request, for the floor to repeat."""
    (folder / "floor").mkdir()
    (folder / "bottom.py").write_text(FLOOR)
    for kind, encoding in KINDS.items():
        headers, body = fetch(url, Accept_Encoding=encoding)
        status, kept = "200 OK", headers.items()
        if kind == "304":
            names = {"Cache-Control", "ETag", "Vary"}
            status, body = "304 Not Modified", b""
            kept = [header for header in kept if header[0] in names]
        # Gunicorn writes these itself.
        own = {"Server", "Date", "Connection"}
        kept = [header for header in kept if header[0] not in own]
        (folder / "floor" / f"{kind}.json").write_text(json.dumps([status, kept]))
        (folder / "floor" / f"{kind}.body").write_bytes(body)


# Load


def in_ms(text):
    """Return the milliseconds of a time as wrk writes it."""
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}[unit]


def wrk(url, headers):
    """Return the requests a second, and the 99th percentile in milliseconds."""
    named = [f"--header={name}: {value}" for name, value in headers.items()]
    load = ["wrk", "--latency", "-t1", f"-c{CONNECTIONS}", "-d1m", *named, url]
    running = subprocess.Popen(load, stdout=subprocess.PIPE, text=True)
    time.sleep(ROUND)
    # It takes whole seconds only; interrupted, it tells of the time that it had.
    running.send_signal(signal.SIGINT)
    output, _errors = running.communicate()
    assert "Non-2xx" not in output, output
    per_second = float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])
    return per_second, in_ms(re.search(r"^ +99% +(\S+)", output, re.M)[1])


def spread(values, digits=2):
    """Return a median, and the least and the greatest, in words."""
    middle, least, most = statistics.median(values), min(values), max(values)
    return f"{middle:.{digits}f} ({least:.{digits}f} to {most:.{digits}f})"


def verdict(holds, limit):
    return f"limit {limit} {'holds' if holds else 'DOES NOT HOLD'}"


def in_turn(sides):
    """Return [(requests a second, p99)] of each (url, headers), another first each round."""
    measured = [[] for _side in sides]
    for number in range(ROUNDS):
        for place in range(len(sides)):
            turn = (number + place) % len(sides)
            measured[turn].append(wrk(*sides[turn]))
    return measured


def ratios(ours, theirs, which):
    """Return our values divided by theirs, round by round."""
    return [our[which] / their[which] for our, their in zip(ours, theirs, strict=True)]


def compare(*servers):
    """Print our requests and the floor's against WhiteNoise's; return if none is gross.

    Asked for the same address at our server, WhiteNoise's and the floor's.
    """
    is_sound = True
    for kind, encoding in KINDS.items():
        sides = []
        for server in servers:
            headers = {"Accept-Encoding": encoding}
            if kind == "304":
                sent, _body = fetch(server + TREATMENT, Accept_Encoding=encoding)
                headers["If-None-Match"] = sent["ETag"]
            sides.append((server + TREATMENT, headers))
        ours, theirs, least = in_turn(sides)
        rates, tails = ratios(ours, theirs, 0), ratios(ours, theirs, 1)
        floor_rates, floor_tails = ratios(least, theirs, 0), ratios(least, theirs, 1)
        a_second = statistics.median(our[0] for our in ours)
        print(
            f"{kind}: {spread(rates)} times WhiteNoise's requests, {a_second:.0f} a"
            f" second; {verdict(statistics.median(rates) >= LEAST_RATE[kind], LEAST_RATE[kind])};"
            f" the floor {spread(floor_rates)}"
        )
        print(
            f"{kind}, p99: {spread(tails)} times WhiteNoise's;"
            f" {verdict(statistics.median(tails) <= 1, '1')};"
            f" the floor {spread(floor_tails)}"
        )
        is_sound &= max(rates) >= GROSS
    return is_sound


# One process


def first_renders(env):
    """Print what the first page after a publish costs; return whether queries are few."""
    measured = json.loads(run(env, "-c", FIRST_RENDERS, RENDERS, TREATMENT, LIST))
    is_sound = True
    for url, name in ((TREATMENT, "treatment"), (LIST, "list")):
        queries, cpu, encoding = measured[url]
        middle = statistics.median(cpu)
        print(
            f"first render, {name}: {queries} queries; {verdict(queries <= QUERIES, QUERIES)}"
        )
        print(
            f"first render, {name}: {spread(cpu)} ms of CPU, {middle / measured['plain']:.0f}"
            f" times /livez, and {encoding:.2f} to encode;"
            f" {verdict(middle <= RENDER_MS, f'{RENDER_MS} ms')}"
        )
        is_sound &= queries <= QUERIES
    return is_sound


def cold_start(folder, env):
    """Print how much longer we take to a first page than a plain Django project."""
    (folder / "empty").mkdir()
    run(env, "-m", "django", "startproject", "plain", folder / "empty")
    (folder / "empty" / "plain" / "urls.py").write_text(
        "from django.http import HttpResponse\n"
        "from django.urls import path\n"
        "urlpatterns = [path('', lambda request: HttpResponse('plain'))]\n"
    )
    plain_env = env | {
        "DJANGO_SETTINGS_MODULE": "plain.settings",
        "PYTHONPATH": str(folder / "empty"),
    }
    ours, plains = [], []
    for _ in range(STARTS):
        for seconds, each, words in (
            (ours, env, ("scarclinic.wsgi", TREATMENT)),
            (plains, plain_env, ("plain.wsgi", "/")),
        ):
            began = time.perf_counter()
            run(each, "-c", FIRST_PAGE, *words)
            seconds.append(time.perf_counter() - began)
    beyond = [our - plain for our, plain in zip(ours, plains, strict=True)]
    print(
        f"cold start: {spread(beyond)} s beyond a plain project's"
        f" {statistics.median(plains):.2f};"
        f" {verdict(statistics.median(beyond) <= COLD_START, f'{COLD_START} s')}"
    )


def memory(base, master):
    """Ask for every page; print the peak of the larger worker, return if it is little."""
    waiting, seen = ["/"], {"/"}
    for _ in range(REQUESTS):
        url = waiting.pop(0)
        waiting.append(url)
        page = fetch(base + url, Accept_Encoding="identity")[1].decode()
        for link in re.findall(r'<a [^>]*href="(/[^"#?]*)[^"]*"', page):
            if link not in seen and not link.startswith(("/admin", "/consultation")):
                seen.add(link)
                waiting.insert(0, link)
    workers = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    peaks = [
        int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])
        for pid in workers
    ]
    peak = max(peaks) / 1000
    print(
        f"memory: {peak:.0f} MB, peak of a worker after {REQUESTS} requests for"
        f" {len(seen)} pages; {verdict(peak < MEMORY, f'{MEMORY} MB')}"
    )
    return peak < MEMORY


def main():
    # Stopped from outside, it still ends its servers and empties its folder.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))
    if not (has_wrk := shutil.which("wrk")):
        print("wrk is missing, so nothing is compared with WhiteNoise: apt install wrk")
    is_sound = bool(has_wrk) or not os.environ.get("CI")
    with deployment() as (folder, env):
        is_sound &= first_renders(env)
        cold_start(folder, env)
        with gunicorn(env, "scarclinic.wsgi", "/livez") as (base, master):
            if has_wrk:
                copy_as_files(base + TREATMENT, folder / "files")
                copy_as_answers(base + TREATMENT, folder)
                with (
                    gunicorn(env, "beside", TREATMENT) as (beside, _pid),
                    gunicorn(env, "bottom", TREATMENT) as (floor, _pid),
                ):
                    is_sound &= compare(base, beside, floor)
            is_sound &= memory(base, master)
    return 0 if is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
