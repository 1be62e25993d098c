"""Measure one posted page of the intake beside a plain Django ModelForm that does as much.

Both are served as a deployment is: gunicorn, 2 workers, SQLite with the same durability
(WAL, IMMEDIATE, FULL). The plain application has the middleware of `startproject`; it
reads one row, checks a form with two choices, and writes two rows in one transaction.
32 clients post to the two in turn, each to a draft of its own, answered up to this page.

Says whether the median ratio reaches LEAST. Exit status 1 only for what no slow or busy
machine explains: a refused request, or a ratio below GROSS in every round.
"""

import json
import re
import secrets
import statistics
import subprocess
import sys
from contextlib import ExitStack

from pages import deployment, gunicorn, run, spread, verdict

CLIENTS = 32
ROUNDS = 7
SECONDS = 2
LEAST = 0.5
GROSS = 0.25
PATH = "/consultation/scar-closer/1/"

# Makes a draft for each client, answered up to the page; prints the cookies that open them.
PREPARE = """
import json, sys
import django
django.setup()
from consultations.intake import devices
from django.core.management import call_command
from tests.consultations.deciding import make_draft

call_command("load_texts", verbosity=0, stdout=sys.stderr)
links = []
for _each in range(int(sys.argv[1])):
    draft, link = make_draft(
        elevation="raised", still_growing="yes", rf_lump="unknown"
    )
    draft.done = draft.done[: draft.done.index("scar-closer/1") + 1]
    draft.save()
    links.append(link)
print(json.dumps([devices.proof(link.split("/")[2]) for link in links]))
"""

PLAIN = """
import os, sys
from pathlib import Path
import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application

FOLDER = Path(__file__).parent
settings.configure(
    SECRET_KEY={key!r},
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes",
                    "django.contrib.sessions", "django.contrib.messages"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    DATABASES={{"default": {{
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": FOLDER / "plain.sqlite3",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {{
            "transaction_mode": "IMMEDIATE", "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
                            "PRAGMA secure_delete=ON;",
        }},
    }}}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
)
application = get_wsgi_application()

from django import forms
from django.db import connection, models, transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from methods.protocol.vocabulary import Lump

class Draft(models.Model):
    token = models.CharField(max_length=64, unique=True)
    lump = models.CharField(max_length=20, choices=Lump.choices)
    fast = models.CharField(max_length=20, choices=[("yes", "Yes"), ("no", "No")])
    touched_at = models.DateTimeField(auto_now=True)
    class Meta:
        app_label = "plain"

class Saved(models.Model):
    draft = models.OneToOneField(Draft, models.CASCADE)
    count = models.IntegerField(default=0)
    class Meta:
        app_label = "plain"

class DraftForm(forms.ModelForm):
    class Meta:
        model = Draft
        fields = ["lump", "fast"]

@transaction.atomic
def page(request):
    draft = Draft.objects.select_for_update().get(token=request.COOKIES["__Host-intake"])
    form = DraftForm(request.POST, instance=draft)
    if form.is_valid():
        form.save()
        Saved.objects.filter(draft=draft).update(count=models.F("count") + 1)
        return redirect("/next/")
    return HttpResponse(str(form), status=400)

urlpatterns = [path({path!r}[1:], page), path("livez", lambda request: HttpResponse())]

if sys.argv[0].endswith("plain.py"):
    with connection.schema_editor() as editor:
        editor.create_model(Draft)
        editor.create_model(Saved)
    for token in sys.argv[1:]:
        Saved.objects.create(draft=Draft.objects.create(token=token))
"""

# Each request is another client's, with the other answers than the last time.
POST = """
local tokens = {{ {tokens} }}
local bodies = {{ "lump=none&fast=no", "lump=whole_scar&fast=no" }}
local count = 0
function request()
  count = count + 1
  local token = tokens[count % #tokens + 1]
  local body = bodies[math.floor(count / #tokens) % 2 + 1]
  return wrk.format("POST", nil, {{
    ["Content-Type"] = "application/x-www-form-urlencoded",
    ["Cookie"] = "csrftoken={csrf}; __Host-csrftoken={csrf}; __Host-intake=" .. token,
    ["X-CSRFToken"] = "{csrf}"
  }}, body)
end
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("BAD %d\\n", errors.status + errors.timeout + errors.read))
end
"""


def wrk(url, script):
    """Return the requests a second and how many of them failed."""
    load = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{SECONDS}s", "--timeout=30s"]
    done = subprocess.run(
        [*load, "-s", script, url], stdout=subprocess.PIPE, check=True, text=True
    )
    per_second = float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1])
    return per_second, int(re.search(r"BAD (\d+)", done.stdout)[1])


def main():
    with deployment() as (folder, env), ExitStack() as servers:
        tokens = json.loads(run(env, "-c", PREPARE, CLIENTS))
        script = folder / "post.lua"
        named = ", ".join(f'"{token}"' for token in tokens)
        script.write_text(POST.format(tokens=named, csrf="k" * 32))
        plain = folder / "plain.py"
        plain.write_text(PLAIN.format(key=secrets.token_urlsafe(50), path=PATH))
        plain_env = env | {"DJANGO_SETTINGS_MODULE": ""}
        run(plain_env, plain, *tokens)
        sides = [
            servers.enter_context(gunicorn(env, "scarclinic.wsgi", "/livez"))[0],
            servers.enter_context(gunicorn(plain_env, "plain", "/livez"))[0],
        ]
        measured = [[], []]
        bad = 0
        for number in range(ROUNDS):
            for turn in (number % 2, 1 - number % 2):
                per_second, failed = wrk(f"{sides[turn]}{PATH}", script)
                measured[turn].append(per_second)
                bad += failed
        ours, theirs = measured
        ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
        holds = statistics.median(ratios) >= LEAST
        print(f"ours      {spread(ours, 0)} pages a second")
        print(f"plain     {spread(theirs, 0)} pages a second")
        print(f"ratio     {spread(ratios)}, {verdict(holds, LEAST)}")
        print(f"refused   {bad}, {verdict(not bad, 0)}")
        sys.exit(bool(bad) or max(ratios) < GROSS)


if __name__ == "__main__":
    main()
