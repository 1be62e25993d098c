"""A patient's devices: who holds the key of an intake, and for how long."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from consultations import retention
from consultations.intake import devices, drafts, private_link
from consultations.letters import outbox
from consultations.locking import NotAllowed
from consultations.models import Intake
from tests.consultations.deciding import make_draft, make_plan
from tests.consultations.factories import (
    SAVED,
    answer,
    begin,
    draft_of,
    fill_in,
    page,
    token_held,
    walk,
)
from tests.consultations.patients import (
    at,
    birthday,
    heading,
    holder_of,
    html_of,
    token_in,
)
from tests.consultations.photos.files import put_photo

pytestmark = pytest.mark.django_db

GONE = "This link opens nothing"
NOT_HERE = "Your answers are not here any more"


# A draft belongs to one browser


def test_who_takes_a_draft_over_has_a_new_key_and_the_old_one_is_dead():
    first = begin()
    link = f"/status/{token_held(first)}/"
    second = Client()
    assert "Go on on this device" in html_of(second.get(link))
    # A mail scanner that reads the page has taken nothing.
    assert heading(first.get(link)) == "Your answers so far"
    own = second.post(link)["Location"]
    assert own != link
    assert heading(second.get(own)) == "Your answers so far"
    assert heading(first.get(link)) == GONE
    assert heading(first.get(page("where", 1))) == NOT_HERE


def test_who_sends_somebody_a_draft_that_was_begun_reads_nothing_of_it():
    """Fixation: one begins, another writes the answers, the first keeps the link."""
    thief = begin()
    link = f"/status/{token_held(thief)}/"
    victim = Client()
    victim.post(link)
    walk(victim, victim.post("/consultation/")["Location"])
    sent = victim.post("/consultation/check/")["Location"]
    assert heading(victim.get(sent)) == "We have your answers"
    for address in (link, "/consultation/", "/consultation/check/"):
        shown = html_of(thief.get(address, follow=True))
        assert "Ada" not in shown
    assert thief.get(link).status_code == 404


def test_no_letter_goes_where_whoever_began_a_draft_had_its_link_sent(settings):
    """Fixation by e-mail: the letter would say the new key."""
    settings.SITE_URL = "https://clinic.example"
    thief = begin()
    thief.post(SAVED, {"email": "thief@example.org"})
    victim = Client()
    victim.post(f"/status/{token_held(thief)}/")
    answer(victim, "you")
    assert draft_of(victim).email == ""
    outbox.send_due(timezone.now())
    Intake.objects.update(touched_at=timezone.now() - timedelta(days=11))
    retention.warn_of_deletion(timezone.now())
    outbox.send_due(timezone.now())
    assert mail.outbox == []


@pytest.mark.parametrize("telephone", ["020 7946 0999", "12"])
def test_who_takes_a_draft_over_without_proof_learns_of_nobody_how_to_reach_them(
    telephone,
):
    """Before the date of birth is known the link alone is enough."""
    first = begin()
    typed = {"email": "first@example.org", "telephone": telephone}
    first.post(page("contact"), typed)
    second = Client()
    second.post(f"/status/{token_held(first)}/")
    for address in (page("contact"), "/consultation/check/", SAVED):
        shown = html_of(second.get(address))
        assert "first@example.org" not in shown
        assert "0999" not in shown
        assert "What you typed is still here." not in shown
    draft = draft_of(second)
    kept = (draft.email, draft.telephone, draft.telephone_e164, draft.done, draft.typed)
    assert kept == ("", "", "", [], {})
    # And whoever began it reads nothing of who goes on.
    second.post(page("contact"), {"email": "second@example.org"})
    for address in (page("contact"), "/consultation/check/", SAVED):
        assert "second@example.org" not in html_of(first.get(address, follow=True))


def test_who_proves_the_date_of_birth_finds_the_contact_page_as_it_was():
    first = fill_in()
    link = f"/status/{token_held(first)}/"
    second = Client()
    second.post(link, birthday(draft_of(first)))
    assert "ada@example.org" in html_of(second.get(page("contact")))
    assert second.get("/consultation/check/").context["unfinished"] == []


def test_a_known_date_of_birth_is_proved_and_then_the_key_is_new():
    intake, link = make_draft()
    first, second = holder_of(link), Client()
    assert heading(second.get(link)) == "This page is private"
    own = second.post(link, birthday(intake))["Location"]
    assert own != link
    assert heading(second.get(own)) == "Your answers so far"
    assert heading(first.get(link)) == GONE


def test_of_two_who_take_a_draft_over_one_is_told_that_the_other_was_quicker():
    intake, link = make_draft()
    private_link.open_link(intake, token_in(link))
    with pytest.raises(NotAllowed):
        private_link.open_link(intake, token_in(link))


def test_a_page_that_the_old_browser_is_saving_is_not_kept():
    intake, link = make_draft()
    private_link.open_link(intake, token_in(link))
    with pytest.raises(drafts.Overtaken):
        drafts.hold(intake)


def test_what_was_sent_is_read_on_several_devices():
    plan = make_plan()
    first, second = holder_of(plan.link), Client()
    assert second.post(plan.link, birthday(plan.intake))["Location"] == plan.link
    for each in (first, second):
        assert heading(each.get(plan.link)) == "We have your answers"


# A key that is dead


def written_in(response):
    """Return the texts that a page gives back, to be copied."""
    return re.findall(r"<textarea[^>]*readonly>\n(.*?)</textarea>", html_of(response))


@pytest.mark.parametrize("why", ["taken over", "deleted"])
def test_who_writes_at_a_draft_that_is_gone_copies_the_words(why):
    first = fill_in()
    draft = draft_of(first)
    if why == "deleted":
        draft.delete()
    else:
        private_link.open_link(draft, token_held(first))
    refused = first.post(page("wishes"), {"wants": "subcision", "wish": "flat"})
    assert (refused.status_code, heading(refused)) == (409, NOT_HERE)
    assert written_in(refused) == ["flat"]
    assert "<title>Error:" in html_of(refused)
    shown = first.get(page("wishes"))
    assert (shown.status_code, heading(shown), written_in(shown)) == (200, NOT_HERE, [])
    assert "Ada" not in html_of(shown)
    # Nothing is begun unasked, and nothing is in the way of a new beginning.
    assert Intake.objects.count() == (why != "deleted")
    assert first.post("/consultation/")["Location"] == page("you")


def test_every_page_of_a_draft_that_is_gone_says_so():
    first = fill_in()
    private_link.open_link(draft_of(first), token_held(first))
    for address in ("/consultation/check/", SAVED, "/consultation/advice/"):
        assert heading(first.get(address)) == NOT_HERE
    sent = {"website": "", "opened": "1abc:x"}
    for address, typed in (("/consultation/check/", sent), (SAVED, {"email": "a@b.c"})):
        refused = first.post(address, typed)
        assert (refused.status_code, heading(refused)) == (409, NOT_HERE)
        assert written_in(refused) == [*filter(None, [typed.get("email")])]
    photo = first.post("/consultation/photos/1/distance/")
    assert (photo.status_code, heading(photo)) == (409, NOT_HERE)


# A device that others use, too


def later(client, **passed):
    """Let time pass over what a client's browser holds."""
    held = devices.read(client.cookies["intake"].value)
    used_at = held.used_at - timedelta(**passed).total_seconds()
    client.cookies["intake"] = devices.proof(held.token, used_at, held.is_own)
    return client


def test_after_an_hour_without_use_the_date_of_birth_is_asked_again():
    plan = make_plan()
    owner = later(holder_of(plan.link), minutes=59)
    assert heading(owner.get(plan.link)) == "We have your answers"
    # Every page read makes it an hour again.
    later(owner, minutes=59)
    assert heading(owner.get(plan.link)) == "We have your answers"
    later(owner, minutes=61)
    assert heading(owner.get(plan.link)) == "This page is private"
    for name in ("answers", "own_data", "export", "add_photo"):
        assert owner.get(at(plan.link, name))["Location"] == plan.link
    assert owner.post(plan.link, birthday(plan.intake))["Location"] == plan.link
    assert heading(owner.get(plan.link)) == "We have your answers"


def test_an_own_device_is_not_asked_again():
    plan = make_plan()
    owner = Client()
    owner.post(plan.link, birthday(plan.intake) | {"is_own": "on"})
    later(owner, days=100)
    assert heading(owner.get(plan.link)) == "We have your answers"
    assert owner.cookies["intake"]["max-age"] == 180 * 24 * 60 * 60


def test_a_device_forgets_when_it_is_told_to():
    plan = make_plan()
    owner = holder_of(plan.link)
    assert "/consultation/forget/" in html_of(owner.get(plan.link))
    asked = owner.get("/consultation/forget/")
    assert heading(asked) == "Forget this device"
    # Before the press it says what will be, not what is.
    assert "Once you press the button below, nobody can see" in html_of(asked)
    gone = owner.post("/consultation/forget/")
    assert gone["Clear-Site-Data"] == '"cache"'
    assert heading(owner.get(gone["Location"])) == "This device has forgotten you"
    assert heading(owner.get(plan.link)) == "This page is private"


# The address


def test_sending_makes_a_new_link_and_the_browser_that_sent_goes_on():
    intake, link = make_draft()
    sender = holder_of(link)
    sent = sender.post("/consultation/check/")["Location"]
    assert sent != link
    assert Client().get(link).status_code == 404
    assert heading(sender.get(sent)) == "We have your answers"
    # Pressed twice, and a page of the draft in another window, lead there too.
    stale = holder_of(link)
    for response in (
        stale.post("/consultation/check/"),
        stale.get("/consultation/where/1/"),
        stale.get(link),
    ):
        assert response["Location"] == sent
    assert Intake.objects.count() == 1
    # Nobody else knows that key; one that staff replaced is none any more.
    private_link.renew_link(intake)
    assert stale.get(link).status_code == 404


def test_a_page_does_not_tell_the_next_one_its_address():
    plan = make_plan()
    owner = holder_of(plan.link)
    for each in (plan.link, at(plan.link, "own_data"), at(plan.link, "add_photo")):
        assert owner.get(each)["Referrer-Policy"] == "strict-origin"
    assert Client().get(plan.link)["Referrer-Policy"] == "strict-origin"


def test_what_is_typed_after_the_hour_is_kept_and_then_the_date_is_asked():
    client = fill_in()
    later(client, hours=3)
    kept = answer(client, "wishes", wish="Flat, please")
    link = f"/status/{token_held(client)}/"
    assert kept["Location"] == link
    assert draft_of(client).wish == "Smoother cheeks"
    assert heading(client.get(link)) == "This page is private"
    client.post(link, birthday(draft_of(client)))
    # Shown once more, it counts when the patient sends it.
    assert client.post("/consultation/check/").status_code == 200
    shown = html_of(client.get(page("wishes")))
    assert "What you typed is still here." in shown
    assert "Flat, please</textarea>" in shown
    answer(client, "wishes", wish="Flat, please")
    assert draft_of(client).wish == "Flat, please"
    assert client.get("/consultation/check/").context["unfinished"] == []
    # It is the same browser, so the key is the same.
    assert token_held(client) == token_in(link)


def test_before_the_date_of_birth_is_known_a_draft_waits_for_its_device():
    client = later(begin(), days=3)
    assert client.get("/consultation/", follow=True).status_code == 200
    assert (
        heading(client.get(f"/status/{token_held(client)}/")) == "Your answers so far"
    )


def test_a_photo_is_shown_no_longer_than_the_page_it_stands_on(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    plan = make_plan()
    photo = put_photo(plan.intake.scars.get(), b"pixels")
    owner = holder_of(plan.link)
    shown = owner.get(f"/photo/{photo.name}/")
    assert b"".join(shown) == b"pixels"
    later(owner, hours=2)
    assert owner.get(f"/photo/{photo.name}/").status_code == 404


@pytest.mark.parametrize("forged", ["", "x", "token.own", "token.17:signature"])
def test_what_we_did_not_sign_holds_nothing(forged):
    assert devices.read(forged) == devices.Held()
