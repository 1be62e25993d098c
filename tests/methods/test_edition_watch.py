"""The watch hears of other editions, and no request waits for it."""

from threading import Event
from types import SimpleNamespace

import pytest
from django.db import OperationalError

from methods.publishing import edition_watch


@pytest.fixture
def heard(monkeypatch):
    """Return what the listener of this process hears; nothing sleeps or connects."""
    heard = []
    database = SimpleNamespace(vendor="sqlite", close=lambda: None)
    monkeypatch.setattr(edition_watch, "connection", database)
    monkeypatch.setattr(edition_watch, "sleep", lambda seconds: None)
    monkeypatch.setattr(edition_watch, "_listener", heard.append)
    monkeypatch.setattr(edition_watch, "_thread", None)
    return heard


def answer(monkeypatch, *answers):
    """Have the database answer so, one after the other, and then end the thread."""
    left = iter([*answers, SystemExit])

    def current_digest():
        it = next(left)
        if isinstance(it, str):
            return it
        raise it

    monkeypatch.setattr(edition_watch, "current_digest", current_digest)


def test_each_edition_is_told_once(heard, monkeypatch):
    answer(monkeypatch, "1", "1", "2", "2", "1")
    with pytest.raises(SystemExit):
        edition_watch._run()
    assert heard == ["1", "2", "1"]


def test_a_database_that_is_away_is_logged_once_and_asked_again(
    heard, monkeypatch, caplog
):
    away = OperationalError("away")
    answer(monkeypatch, "1", away, away, "2", away, "2")
    with pytest.raises(SystemExit):
        edition_watch._run()
    assert heard == ["1", "2"]
    assert [record.getMessage() for record in caplog.records] == [
        "The database is away; stored pages are served as they are."
    ] * 2


def test_to_start_does_not_wait_for_a_database_that_hangs(heard, monkeypatch):
    asked, answers = Event(), Event()

    def run():
        asked.set()
        answers.wait(10)

    monkeypatch.setattr(edition_watch, "_run", run)
    edition_watch.start(heard.append)
    watching = edition_watch._thread
    assert asked.wait(10)
    edition_watch.start(heard.append)
    assert edition_watch._thread is watching
    assert watching.is_alive()
    answers.set()
    watching.join(10)


def test_a_thread_that_a_fork_left_behind_is_started_anew(heard, monkeypatch):
    monkeypatch.setattr(edition_watch, "_run", lambda: heard.append("started"))
    for _process in range(2):
        edition_watch.start(heard.append)
        # In a forked child every thread of its parent is a dead one.
        edition_watch._thread.join(10)
    assert heard == ["started", "started"]
