"""Who guesses passwords is asked to wait; who knows theirs is not kept out by others."""

import pytest

from scarclinic.staff import throttle
from scarclinic.staff.models import User

pytestmark = pytest.mark.django_db

LOGIN = "/admin/login/?next=/admin/"
OF_ADDRESS, SECONDS = throttle.PER_ADDRESS["login"]
OF_NAME, _seconds = throttle.PER_CONTACT["login"]
NOON = 1_800_000_000 // SECONDS * SECONDS
WAIT = ["There were too many wrong passwords. Try again in 15 minutes."]
WRONG = [
    "Please enter the correct username and password for a staff account. Note that both "
    "fields may be case-sensitive."
]


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Return a clock that the test sets."""
    now = [NOON]
    monkeypatch.setattr(throttle, "time", lambda: now[0])
    return now


@pytest.fixture(autouse=True)
def staff():
    for name in ("clara", "dora"):
        User.objects.create_user(name, password="kuvo-mira", is_staff=True)


def log_in(client, name="clara", password="kuvo-mira"):
    """Try a password; return what the page says of it, [] if it was right."""
    response = client.post(LOGIN, {"username": name, "password": password})
    if response.status_code == 302:
        client.logout()
        return []
    return response.context["form"].non_field_errors()


def guess(client, times, name="clara"):
    return [log_in(client, name, "wrong") for _ in range(times)]


def test_after_ten_wrong_passwords_the_right_one_waits_too(client, clock):
    assert guess(client, OF_NAME) == [WRONG] * OF_NAME
    assert log_in(client) == WAIT
    clock[0] += SECONDS - 60
    assert log_in(client) == [
        "There were too many wrong passwords. Try again in 1 minute."
    ]
    clock[0] += 60
    assert log_in(client) == []


def test_the_last_try_counts(client):
    guess(client, OF_NAME - 1)
    assert log_in(client) == []
    assert guess(client, 2) == [WRONG, WAIT]


def test_who_knows_the_password_logs_in_as_often_as_they_like(client):
    assert [log_in(client) for _ in range(OF_NAME + 2)] == [[]] * (OF_NAME + 2)


def test_a_name_without_an_account_is_told_the_same(client):
    assert guess(client, OF_NAME + 1, "nobody") == [WRONG] * OF_NAME + [WAIT]


def test_capitals_make_no_other_name(client):
    guess(client, OF_NAME, "Clara")
    assert log_in(client) == WAIT


def test_one_name_keeps_nobody_else_out(client):
    guess(client, OF_ADDRESS + OF_NAME)
    assert log_in(client, "dora") == []


def test_an_address_that_tries_many_names_waits_too(client):
    for number in range(OF_ADDRESS):
        log_in(client, f"guess{number}", "wrong")
    assert log_in(client, "dora") == WAIT
    client.defaults["REMOTE_ADDR"] = "192.0.2.9"
    assert log_in(client, "dora") == []
