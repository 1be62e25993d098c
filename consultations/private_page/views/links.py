"""A new private link: where one is over, lost or not trusted; and a device that forgets."""

from django.db import transaction
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from consultations.intake import devices, drafts, people_search, private_link
from consultations.letters import outbox
from consultations.letters.reach import Reach
from consultations.models import Intake, Way
from consultations.private_page.access import show
from consultations.private_page.forms import LostLinkForm
from scarclinic.staff import throttle
from scarclinic.staff.steady import steady
from scarclinic.staff.text import emails

MOST_LINKS = 3
"""So many intakes of one person are written about at once, the newest."""


WAYS = {"email": Way.EMAIL, "telephone": Way.SMS}
"""By which way a lost link goes, if the patient lets us use it, by what was typed."""


@transaction.atomic
def _write(intake, way=None):
    """Write the private link where the patient lets us write, if anywhere."""
    is_outgrown = intake.is_for_child and intake.is_of_age
    if is_outgrown or not Reach(intake).may_write:
        # No letter would say the new link, and the old one must still say what it is.
        return
    # One that still works stays: it is what the patient's own device knows the draft by.
    if intake.is_link_over or intake.token is None:
        private_link.renew_link(intake)
        intake.refresh_from_db()
    outbox.write_link(intake, way)


def _found(contact, born):
    look_up = {
        "email": people_search.with_mailbox,
        "telephone": people_search.with_telephone,
        "reference": people_search.with_reference,
    }
    found = look_up[contact.kind](contact.value).order_by("-created_at", "-pk")
    return [each for each in found if each.date_of_birth == born][:MOST_LINKS][::-1]


def _asked_for(request, contact, date_of_birth):
    """Return the intakes to write about, none if somebody guesses or asks too often.

    However a mailbox or number is spelled, it counts as one. Strangers who guess use up
    their own tries: the patient is still written to.
    """
    value = contact.value
    who = emails.mailbox(value) if contact.kind == "email" else value
    address = throttle.client_address(request)
    guess = [
        ("lost link by contact and address", f"{who} {address}"),
        ("lost link by contact", who),
    ]
    if throttle.spend_all(*guess):
        return []
    found = _found(contact, date_of_birth)
    if not found:
        return []
    throttle.refund_all(*guess)
    return [] if throttle.spend("link by contact", who) else found


def too_many(request, seconds):
    """Say when a link may be asked for again."""
    again = {"again": throttle.after(seconds)}
    return show(request, "too_many_links", again, status=429)


def _replaced(request, intake):
    """Give the browser that asks a new key, and no other."""
    token = private_link.renew_link(intake)
    return devices.stay(request, redirect("consultations:status", token=token), token)


@require_POST
@never_cache
@devices.keeps_its_address
@steady
def renew(request, token):
    """Write a new link where one is over; replace one at the wish of who holds it.

    To anybody else the answer tells nothing about the intake.
    """
    intake = Intake.objects.with_token(token).first()
    if intake and not intake.is_link_over and devices.opens(request, intake):
        return _replaced(request, intake)
    if wait := throttle.spend("link by address", throttle.client_address(request)):
        return too_many(request, wait)
    is_over = intake is not None and intake.is_link_over
    if is_over and not throttle.spend("link by contact", intake.token_hash):
        _write(intake)
    return redirect("consultations:link_sent")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@steady
def lost(request):
    """Ask who has lost a link, and write it. The answer is the same for everybody."""
    form = LostLinkForm(request.POST if request.method == "POST" else None)
    if not (form.is_bound and form.is_valid()):
        return show(request, "lost_link", {"form": form})
    if wait := throttle.spend("link by address", throttle.client_address(request)):
        return too_many(request, wait)
    for intake in _asked_for(request, **form.cleaned_data):
        _write(intake, WAYS.get(form.cleaned_data["contact"].kind))
    return redirect("consultations:link_sent")


@never_cache
@require_safe
def link_sent(request):
    """Confirm, with the same page whether or not an intake was found."""
    return show(request, "link_sent", {"most": outbox.LETTERS_A_DAY})


@never_cache
@devices.keeps_its_address
@require_safe
def short(request, code):
    """Lead from the short address, of a letter or an SMS, to the private page."""
    intake = Intake.objects.with_code(code).first()
    if intake is None or intake.token is None:
        return show(request, "no_link", status=404)
    return redirect("consultations:status", token=intake.token)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forget(request):
    """Ask, then let this device forget the intake that it knows."""
    if request.method == "POST":
        return devices.forget(redirect("consultations:forgotten"))
    return show(request, "forget", {"intake": drafts.current(request)})


@never_cache
@require_safe
def forgotten(request):
    """Say that this device knows nothing any more."""
    return show(request, "forgotten")
