"""What Prometheus reads: counts only, behind a token, of all processes together."""

import os
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from consultations.letters import outbox
from consultations.models import LetterKind, Plan
from methods.publishing import edition_watch
from scarclinic import request_counts
from scarclinic.staff import heartbeats, ledger
from scarclinic.staff.models import Event
from tests.consultations.queueing import make_waiting
from tests.consultations.writing import make_sent

pytestmark = pytest.mark.django_db
TOKEN = "ohr4-uvo9-thee"


@pytest.fixture(autouse=True)
def token(settings):
    settings.METRICS_TOKEN = TOKEN


def ask(token=TOKEN):
    return Client().get("/metrics", headers={"authorization": f"Bearer {token}"})


def samples():
    """Return {(name, labels): value} as Prometheus reads them."""
    families = list(text_string_to_metric_families(ask().content.decode()))
    assert all(each.documentation for each in families)
    found = [
        ((sample.name, *sorted(sample.labels.values())), sample.value)
        for family in families
        for sample in family.samples
    ]
    assert len(dict(found)) == len(found)
    return dict(found)


@pytest.mark.parametrize("given", ["", "wrong", TOKEN[:-1], "ümlaut"])
def test_without_the_token_there_is_no_such_page(given):
    assert ask(given.encode().decode("latin-1")).status_code == 404


def test_where_no_token_is_set_none_opens_it(settings):
    settings.METRICS_TOKEN = ""
    assert ask("").status_code == 404


def test_queue_letters_and_tasks_are_counted_with_their_age():
    before = samples()
    make_waiting()
    Plan.objects.update(waiting_since=timezone.now() - timedelta(hours=2))
    hour_ago = timezone.now() - timedelta(hours=1)
    outbox.write(make_sent(), LetterKind.PLAN, key="k", due_at=hour_ago)
    heartbeats.beat("worker", timezone.now() - timedelta(seconds=40))
    now = samples()

    def more(*key):
        return now[key] - before[key]

    assert more("scarclinic_queue", "waiting") == 1
    assert more("scarclinic_queue", "flagged") == 0
    assert 7200 <= now["scarclinic_queue_oldest_seconds", "waiting"] < 7260
    assert more("scarclinic_letters", "due") >= 1
    assert 3600 <= now["scarclinic_letters_oldest_seconds", "due"] < 3660
    assert more("scarclinic_tasks", "ready") >= 1
    assert 40 <= now["scarclinic_heartbeat_seconds", "worker"] < 100


def test_a_publish_that_this_process_has_not_heard_of_shows(monkeypatch):
    digest, now = edition_watch.current_digest(), timezone.now()
    ledger.record(ledger.Action.PUBLISHED, None)
    published = Event.objects.latest("pk").at

    def delay():
        return samples()[("scarclinic_publish_delay_seconds",)]

    monkeypatch.setattr(edition_watch, "_heard", (None, None))
    assert delay() == 0
    monkeypatch.setattr(edition_watch, "_heard", (digest, None))
    assert delay() == 0
    late = published + timedelta(seconds=1.5)
    monkeypatch.setattr(edition_watch, "_heard", (digest, late))
    assert delay() == 1.5
    monkeypatch.setattr(edition_watch, "_heard", ("another", now))
    assert 0 < delay() < 60


def test_nothing_in_it_is_of_a_person():
    plan = make_waiting()
    body = ask().content.decode()
    assert plan.intake.reference not in body
    assert "@" not in body


# Requests


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(request_counts, "shared_folder", lambda: tmp_path)
    monkeypatch.setattr(request_counts, "_counts", None)
    return tmp_path


def serve(path, status="200 OK"):
    def answer(_environ, start_response):
        start_response(status, [])
        return [b""]

    list(request_counts.Counted(answer)({"PATH_INFO": path}, lambda *_: None))


def test_requests_are_counted_by_kind_status_and_time(folder):
    for path in ("/", "/treatments/", "/status/abc/", "/admin/", "/livez"):
        serve(path)
    serve("/nowhere", "404 Not Found")
    serve("/consultation/", "503 Service Unavailable")
    found = samples()
    name = "scarclinic_requests_total"
    counted = {key[1:]: value for key, value in found.items() if key[0] == name}
    assert {key: value for key, value in counted.items() if value} == {
        ("2xx", "page"): 2,
        ("4xx", "page"): 1,
        ("2xx", "private"): 1,
        ("2xx", "admin"): 1,
        ("2xx", "probe"): 1,
        ("5xx", "intake"): 1,
    }
    assert found["scarclinic_request_seconds_bucket", "+Inf", "page"] == 3
    assert found["scarclinic_request_seconds_bucket", "0.5", "page"] == 3
    assert 0 <= found["scarclinic_request_seconds_sum", "page"] < 1


def test_an_answer_that_fails_counts_as_such(folder):
    def fail(_environ, _start_response):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        request_counts.Counted(fail)({"PATH_INFO": "/"}, None)
    assert samples()["scarclinic_requests_total", "5xx", "page"] == 1


def test_whichever_process_is_asked_adds_all_up(folder):
    serve("/")
    pid = os.fork()
    if pid == 0:
        serve("/")
        os._exit(0)
    os.waitpid(pid, 0)
    assert samples()["scarclinic_requests_total", "2xx", "page"] == 2


def test_a_folder_that_is_somebody_else_s_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr(request_counts.tempfile, "gettempdir", lambda: str(tmp_path))
    ours = tmp_path / f"scarclinic-counts-{os.getppid()}"
    assert request_counts.shared_folder() == ours
    ours.chmod(0o777)
    assert request_counts.shared_folder() is None
    ours.rmdir()
    (tmp_path / "theirs").mkdir(0o700)
    ours.symlink_to(tmp_path / "theirs")
    assert request_counts.shared_folder() is None
