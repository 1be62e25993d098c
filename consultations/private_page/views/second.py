"""The pages of the second access: consent, how far the clinic is, and the same plan."""

from contextlib import suppress
from functools import partial, wraps

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from consultations.intake import consents, devices, private_link, second_access
from consultations.locking import NotAllowed
from consultations.models import SecondAccess
from consultations.private_page import typed
from consultations.private_page.access import BIRTH_DATES, for_patient, show
from consultations.private_page.progress import Progress
from consultations.private_page.second_forms import (
    SecondConsentForm,
    SecondOpenForm,
    SendSecondForm,
)
from consultations.private_page.views import messages as conversation
from consultations.review import documents, patient_plan
from scarclinic.staff import ledger, throttle

SEND = "send second"
"""Under what `Intake.typed` keeps an address that cannot be the other one's."""


def _prove(request, access, token):
    """Ask for the patient's date of birth; wrong ones are counted of this link alone."""
    form = SecondOpenForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        guesses = [(name, access.token_hash) for name in BIRTH_DATES]
        if seconds := throttle.spend_all(*guesses):
            told = {"again": throttle.after(seconds), "is_over": False}
            return show(request, "too_many_dates", told, status=429)
        if form.cleaned_data["date_of_birth"] == access.date_of_birth:
            throttle.refund_all(*guesses)
            ledger.record(ledger.Action.LINK_OPENED, access)
            response = redirect("consultations:second", token=token)
            is_own = form.cleaned_data["is_own"]
            return devices.remember(response, token, is_own=is_own)
        private_link.note_wrong_date(access)
        form.refuse()
    return show(request, "birth", {"form": form})


def with_access(view=None, *, asks=False, keep_late=None):
    """Hand the view the access of a link, from a browser that has proved the birth date.

    Others are led to the page that `asks` for it; `keep_late` keeps what was posted by
    one that must prove it again.
    """
    if view is None:
        return partial(with_access, asks=asks, keep_late=keep_late)

    @wraps(view)
    @never_cache
    @devices.keeps_its_address
    def found(request, token, **kwargs):
        rows = SecondAccess.objects.select_related("intake")
        access = rows.with_token(token).first()
        if access is None:
            return show(request, "no_link", status=404)
        if access.is_link_over:
            return show(request, "second_over", {"access": access})
        if not devices.opens(request, access):
            is_posted = request.method == "POST" and devices.holds(request, access)
            if keep_late and is_posted:
                keep_late(request, access.intake, access)
            if asks:
                return _prove(request, access, token)
            return redirect("consultations:second", token=token)
        return devices.stay(request, view(request, access, token, **kwargs), token)

    return found


def _plan_of(access, version=None):
    """Return the signed plan as it reads here, the newest if none is named; or None."""
    signed = access.intake.plans.signed().order_by("version")
    plan = get_object_or_404(signed, version=version) if version else signed.last()
    if plan is None or access.is_awaited:
        return None
    # The very plan that the other one reads; who reads it is in the ledger.
    ledger.record(ledger.Action.PLAN_READ, access)
    return patient_plan.for_patient(plan, of_child=access.is_guardian)


@require_http_methods(["GET", "HEAD", "POST"])
@with_access(asks=True)
def second(request, access, token):
    """Ask for consent where it is needed; show how far the clinic is, and the plan."""
    if access.is_awaited and not access.intake.is_withdrawn:
        return _agree(request, access, token)
    if request.method == "POST":
        return redirect(request.path)
    context = {"access": access, "intake": access.intake, "token": token}
    context["progress"] = Progress(access.intake, access)
    context["decisions"] = access.intake.consents.in_force(access).items()
    context["plan"] = _plan_of(access)
    context["offers"] = (
        [] if access.intake.is_withdrawn else second_access.offers(access)
    )
    context["refused"] = "refused" in request.GET
    return show(request, "second", context)


def _agree(request, access, token):
    # All of them: what the other one decides later must not find this one unasked.
    asked = consents.live(access.intake.language, access.who)
    key, page = second_access.TYPED, redirect("consultations:second", token=token)
    if request.method == "POST":
        form = SecondConsentForm(request.POST, versions=asked)
        if not form.is_valid():
            typed.keep(access.intake, key, typed.of(request.POST, form.fields))
            return page
        # Withdrawn meanwhile: the page says so.
        with suppress(NotAllowed):
            second_access.agree(access, form.given, asked)
            typed.forget(access.intake, key)
        return page
    form = SecondConsentForm(typed.posted(access.intake, key), versions=asked)
    context = {"access": access, "intake": access.intake, "form": form}
    return show(request, "second_consent", context)


@require_http_methods(["GET", "HEAD", "POST"])
@with_access(keep_late=conversation.keep_late)
def messages(request, access, token):
    """Show what this one and the clinic wrote to each other; take another message."""
    if access.is_awaited and not access.intake.is_withdrawn:
        return redirect("consultations:second", token=token)
    if request.method == "POST":
        return conversation.posted(request, access.intake, access)
    return conversation.page(request, access.intake, token, access)


@require_safe
@with_access
def plan_document(request, access, token, version, *, as_pdf=False):
    """Show the signed plan as it prints, or send it as a PDF."""
    if access.is_awaited:
        raise Http404
    signed = get_object_or_404(access.intake.plans.signed(), version=version)
    ledger.record(ledger.Action.PLAN_READ, access)
    pdf_url = reverse("consultations:second_pdf", args=[token, version])
    return documents.plan(
        request,
        signed,
        as_pdf=as_pdf,
        pdf_url=pdf_url,
        of_child=access.is_guardian,
    )


@require_POST
@with_access
def take_back(request, access, token, purpose):
    """Take an agreement back. Without that to the assessment the clinic stops."""
    consents.withdraw(
        access.intake, purpose, by=access.who, name=access.name, second=access
    )
    return redirect("consultations:second", token=token)


@require_POST
@with_access
def agree(request, access, token, purpose):
    """Agree to one purpose later, in the very words that the page showed."""
    page = reverse("consultations:second", args=[token])
    if purpose not in (each.text.purpose for each in second_access.offers(access)):
        return redirect(page)
    decider = {"by": access.who, "name": access.name, "second": access}
    try:
        consents.give(access.intake, purpose, request.POST.get("words", ""), **decider)
    except NotAllowed:
        # The page says it, with the words that are live now.
        return redirect(f"{page}?refused")
    return redirect(page)


@require_http_methods(["GET", "HEAD", "POST"])
@for_patient
def send(request, intake, token):
    """Write the link of the other one anew, also to another address."""
    access = intake.second
    if access is None or intake.is_withdrawn or access.is_link_over:
        return redirect("consultations:status", token=token)
    if request.method == "POST":
        return _sent(request, intake, token, access)
    data = typed.posted(intake, SEND)
    form = SendSecondForm(data, initial={"email": access.email}, intake=intake)
    context = {"form": form, "access": access, "intake": intake, "token": token}
    return show(request, "send_second", context)


def _sent(request, intake, token, access):
    form = SendSecondForm(request.POST, intake=intake)
    if not form.is_valid():
        typed.keep(intake, SEND, typed.of(request.POST, form.fields))
        return redirect("consultations:send_second", token=token)
    # By the link that asks, which stays: that of the other one is new each time.
    if wait := throttle.spend("link by contact", intake.token_hash):
        again = {"again": throttle.after(wait)}
        return show(request, "too_many_links", again, status=429)
    typed.forget(intake, SEND)
    second_access.renew(access, email=form.cleaned_data["email"])
    return redirect("consultations:status", token=token)
