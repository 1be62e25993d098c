"""What a patient tells stays where it belongs: in the answers, and nowhere else."""

import logging
import re

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.test import Client

from consultations.intake import submission, withdrawal
from consultations.models import (
    ConsentPurpose,
    Intake,
    Letter,
    Question,
)
from consultations.review import workflow
from tests.consultations.deciding import make_draft, make_plan, sign_off
from tests.consultations.factories import (
    CHECK,
    START,
    answer,
    begin,
    draft_of,
    fill_in,
    make_clinician,
    page,
    token_held,
    walk,
)
from tests.consultations.patients import agree, at, birthday, holder_of

pytestmark = pytest.mark.django_db

TOLD = {
    "name": "Zebedee Quux",
    "wish": "less wretched",
    "email": "zebedee@quux.example",
    "telephone": "0909 879 8799",
    "scar_cause": "other_inflammation",
    "body_site": "lower_back",
    "date_of_birth_year": "1977",
    "hsv_history": "yes",
    "elevation": "mixed",
}
SECRETS = [*TOLD.values(), "Quux", "hsv_history", "wretched"]
SECRETS.remove("yes")


def reveals(text):
    """Return which of the answers a text tells."""
    return [secret for secret in SECRETS if secret in text]


def test_no_answer_stands_in_an_address(client):
    visited = walk(begin(client), page("you"), **TOLD)
    assert draft_of(client).name == "Zebedee Quux"
    visited.append(client.post(CHECK)["Location"])
    assert reveals(" ".join(visited)) == []
    assert [url for url in visited if "?" in url] == []


def test_a_patient_has_no_session(client):
    client.get(START)
    fill_in(client, age=15)
    client.get(client.post(CHECK)["Location"])
    assert set(client.cookies) == {"intake", "csrftoken"}
    assert not Session.objects.exists()


def test_the_cookie_is_a_mere_key_that_scripts_cannot_read(client):
    answer(begin(client), "you", name="Zebedee Quux")
    cookie = client.cookies["intake"]
    assert re.fullmatch(r"[\w-]{43}\.\d{10}:[\w-]{43}", cookie.value)
    kept = {name: cookie[name] for name in ("httponly", "samesite", "max-age", "path")}
    two_weeks = 14 * 24 * 60 * 60
    assert kept == {
        "httponly": True,
        "samesite": "Lax",
        "max-age": two_weeks,
        "path": "/",
    }


@pytest.mark.parametrize("is_secure", [True, False])
def test_the_cookie_travels_as_safely_as_the_staffs(client, settings, is_secure):
    settings.SESSION_COOKIE_SECURE = is_secure
    assert bool(begin(client).cookies["intake"]["secure"]) == is_secure


def test_the_database_does_not_hold_the_token(client):
    token = token_held(fill_in(client, age=15))
    client.post(CHECK)
    rows = [
        repr(row)
        for app in ("consultations", "sessions", "admin", "auth")
        for model in apps.get_app_config(app).get_models()
        for row in model.objects.values_list()
    ]
    assert len(rows) > 100
    assert [row for row in rows if token in row] == []


@pytest.mark.parametrize("url", [START, page("you"), CHECK])
def test_no_cache_keeps_a_page_of_the_intake(client, url):
    kept = begin(client).get(url).headers["Cache-Control"]
    assert {"no-store", "private"} <= set(kept.split(", "))


def test_no_cache_and_no_search_engine_keeps_the_private_page(client):
    response = fill_in(client, age=15).post(CHECK, follow=True)
    assert "no-store" in response.headers["Cache-Control"]
    assert b'<meta name="robots" content="noindex">' in response.content


@pytest.fixture
def log(caplog):
    """Return what the site's own logging writes, though it does not propagate."""
    logger = logging.getLogger("django")
    logger.addHandler(caplog.handler)
    yield lambda: "\n".join(map(logging.Formatter().format, caplog.records))
    logger.removeHandler(caplog.handler)


def test_the_log_tells_no_answer_of_a_whole_intake(client, log):
    fill_in(client, **TOLD).post(CHECK)
    client.get("/treatments/nowhere/")
    assert log() == "Not Found: /treatments/nowhere/"
    assert reveals(log()) == []


@pytest.mark.parametrize(
    ("method", "url", "typed", "status", "logged"),
    [
        ("post", page("you"), {"date_of_birth_month": "13"}, 302, ""),
        ("post", page("wishes"), {"wants": ["wretched"]}, 302, ""),
        ("post", "/consultation/nowhere/", {}, 404, "Not Found"),
        ("post", "/status/forged/", {}, 404, "Not Found: /status/…/"),
        ("post", "/consultation/link/", {"date_of_birth_day": "99"}, 200, ""),
        ("post", page("you"), {"wish": "x" * 300_000}, 400, "Request body exceeded"),
    ],
)
def test_the_log_tells_no_answer_of_a_refused_one(
    client, log, method, url, typed, status, logged
):
    response = getattr(begin(client), method)(url, TOLD | typed)
    assert response.status_code == status
    assert logged in log()
    assert reveals(log()) == []


def test_the_log_and_the_page_of_a_crash_tell_no_answer(log, monkeypatch):
    client = begin(Client(raise_request_exception=False))

    def crash(intake, **_how):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(Intake, "save", crash)
    response = client.post(
        page("you"), TOLD | {"date_of_birth_day": "1", "date_of_birth_month": "1"}
    )
    assert response.status_code == 500
    assert "RuntimeError: the disk is full" in log()
    assert reveals(log() + response.content.decode()) == []


# The private link

READ = ["status", "answers", "own_data", "export", "withdraw", "add_photo"]
POSTED = ["renew_link", "erase"]


def rows():
    """Return every row of the site's tables that a patient can have a part in."""
    return {
        model.__name__: list(model.objects.order_by("pk").values())
        for app in ("consultations", "sessions", "admin")
        for model in apps.get_app_config(app).get_models()
    }


def addresses(link):
    """Return every address under a private link, those that only take a form too."""
    names = [at(link, name) for name in READ + POSTED]
    asked = Question.objects.values_list("pk", flat=True)
    numbered = [at(link, "question", pk) for pk in [*asked, 10**12]]
    for name in ("plan", "plan_document"):
        numbered += [at(link, name, version) for version in (1, 2)]
    return [*names, *numbered, at(link, "take_back", "photos")]


def in_every_state(clara):
    """Return private addresses of a draft, and of what was sent, read, signed and so on."""
    _draft, link = make_draft()
    _begun, token = Intake.objects.begin()
    links = [link, f"/status/{token}/", "/status/forged/"]
    for state in ("sent", "asked", "signed", "withdrawn", "over"):
        plan = make_plan()
        agree(plan.intake, *ConsentPurpose)
        if state == "asked":
            workflow.ask(plan, "When?", ["recent_tan"], by=clara)
        elif state == "signed":
            sign_off(plan, clara)
        elif state == "withdrawn":
            withdrawal.withdraw(plan.intake)
        elif state == "over":
            Intake.objects.filter(pk=plan.intake.pk).update(
                link_expires_at=plan.intake.submitted_at
            )
        links.append(plan.link)
    return links


def test_reading_any_address_of_a_link_changes_nothing_and_uses_nothing_up():
    links = in_every_state(make_clinician())
    before = rows()
    assert len(before["Intake"]) == 7
    for link in links:
        for url in addresses(link):
            for client in (Client(), holder_of(link)):
                held = "intake" in client.cookies
                for method in (client.get, client.head):
                    response = method(url)
                    assert response.status_code in (200, 302, 404, 405)
                    b"".join(response)
                    assert ("intake" in client.cookies) == held
    assert rows() == before
    assert not Letter.objects.filter(kind="link").exists()


def test_no_page_of_a_link_is_kept_by_a_cache():
    for link in in_every_state(make_clinician()):
        for url in [
            *addresses(link),
            "/consultation/link/",
            "/consultation/link/sent/",
        ]:
            response = holder_of(link).get(url)
            if response.status_code == 200:
                assert "no-store" in response["Cache-Control"], url
                assert "private" in response["Cache-Control"], url


def test_no_address_of_a_link_tells_an_answer(client):
    intake, link = make_draft(**{**TOLD, "date_of_birth_year": "1977"})
    submission.submit(intake)
    client = holder_of(link)
    told = []
    for url in addresses(link):
        response = client.get(url)
        told.append(response.headers.get("Content-Disposition", ""))
        told.append(response.headers.get("Location", ""))
    assert reveals(" ".join([*told, *addresses(link)])) == []
    assert [url for url in told if "?" in url] == []


def test_the_log_tells_neither_link_nor_answer_nor_birthday(log):
    plan = make_plan(**TOLD)
    client = Client()
    for typed in (birthday(plan.intake, year=1950), birthday(plan.intake)):
        client.post(plan.link, typed)
    for url in [*addresses(plan.link), f"{plan.link}nowhere/"]:
        client.get(url)
    client.post("/consultation/link/", {"contact": TOLD["email"], **typed})
    client.post(at(plan.link, "withdraw"))
    token = plan.link.split("/")[2]
    assert "Not Found: /status/…/nowhere/" in log()
    assert token not in log()
    assert str(plan.intake.date_of_birth.year) not in log()
    assert reveals(log()) == []
