"""A patient's photos: keep, remove, add one later, and show one to who may see it."""

from io import BytesIO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from consultations.intake import devices, drafts, steps
from consultations.intake.forms.photos import HOW, LaterPhotoForm, PhotoForm
from consultations.intake.photos import keeping, preview
from consultations.intake.questions.pages import IN_PERSON, PHOTOS
from consultations.intake.views.pages import around, gone, step, with_draft
from consultations.models import (
    ConsentPurpose,
    Intake,
    IntakeStatus,
    Photo,
    PhotoSlot,
)
from scarclinic.staff import ledger

SENT_WITH = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


HAPPENED = ("removed", "seen", "old")
"""In the query of the page that adds photos: one was removed, could not be removed since
somebody has seen it, or came from an old tab and was not kept."""


def _kept(form, scar):
    """Keep the photo of a form; return whether that could be done, else the form says why."""
    # Decoding and writing take a second: nothing is locked meanwhile.
    if not form.is_valid():
        return False
    try:
        keeping.keep(scar, form.slot, form.cleaned_data["photo"])
    except keeping.NotPermitted as refused:
        form.add_error("photo", ValidationError(str(refused)))
        return False
    return True


# While the intake is written


def _shown(request, route, page, failed):
    """Show the page of a scar's photos, with what is wrong with those just sent."""
    form = route.form(page)
    form.failed = failed
    return render(request, form.template, around(route, page) | {"form": form})


def _sent_forms(request, route, page, asked):
    """Return a `PhotoForm` for each photo that was chosen, and for the slot `asked`.

    Whoever must prove first who they are takes the place of no photo.
    """
    is_late = devices.must_prove(request, route.intake)
    taken = route.photos(page.subject) if is_late else {}
    forms = [
        PhotoForm(request.POST, request.FILES, slot=slot, intake=route.intake)
        for slot in HOW
        if slot not in taken
    ]
    return [
        form
        for form in forms
        if form.slot == asked or form.add_prefix("photo") in request.FILES
    ]


def _keep_chosen(request, route, page, asked=None):
    """Keep every photo that was chosen; return the page that says which cannot be.

    None if all are kept, or nothing may be shown to this browser now.
    """
    sent = _sent_forms(request, route, page, asked)
    failed = {form.slot: form for form in sent if not _kept(form, page.subject)}
    if not failed or devices.must_prove(request, route.intake):
        return None
    return _shown(request, route, page, failed)


def _find(intake, number):
    """Return the route of a draft, and the step of a scar's photos or None."""
    route = steps.Route(intake)
    return route, route.find(PHOTOS.slug, number)


def _why_none(route, number):
    """Return the page that says why a scar takes no photos, or None if it may have some."""
    instead = route.find(IN_PERSON.slug, number)
    return redirect(instead.url) if instead else None


def _from_old_tab(request, intake):
    """Lead who sends a photo for a draft that was sent meanwhile to where it is taken."""
    page = reverse("consultations:add_photo", args=[devices.token_of(request, intake)])
    return redirect(f"{page}?old")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def keep_photo(request, number, slot):
    """Keep the photo of one slot of a scar, in the place of one before.

    What was chosen for the others comes with it, and is kept as well.
    """
    if slot not in HOW:
        raise Http404
    # Also after an error, by reload or the address: then it is a GET.
    back = redirect("consultations:step", PHOTOS.slug, number)
    intake = drafts.current(request)
    if request.method == "POST" and intake is None and devices.held(request).token:
        return gone(request)
    if request.FILES and intake is not None and not intake.is_draft:
        return _from_old_tab(request, intake)
    if request.method != "POST" or intake is None or not intake.is_draft:
        return back
    token = devices.token_of(request, intake)
    route, page = _find(intake, number)
    if page is None:
        return _why_none(route, number) or back
    response = _keep_chosen(request, route, page, slot)
    if devices.must_prove(request, intake):
        return redirect("consultations:status", token=token)
    # The browser may hold the key of another intake, opened since.
    return devices.stay(request, response or redirect(f"{back.url}#{slot}"), token)


@never_cache
def photos(request, slug, number):
    """Ask for photos of a scar; by whichever button, those that were chosen are kept.

    Outside of what a step of the intake holds: decoding takes a second each.
    """
    intake = drafts.current(request) if request.FILES else None
    if intake and not intake.is_draft:
        return _from_old_tab(request, intake)
    if intake and intake.is_draft:
        route, page = _find(intake, number)
        if page is None and (instead := _why_none(route, number)):
            return instead
        if page and (refused := _keep_chosen(request, route, page)):
            return devices.stay(request, refused, devices.token_of(request, intake))
    return step(request, slug=slug, number=number)


@require_POST
@with_draft
def remove_photo(request, route, number, slot):
    """Remove the photo of one slot of a scar."""
    photos = Photo.objects.filter(scar__intake=route.intake, scar__number=number)
    with transaction.atomic():
        drafts.hold(route.intake)
        for photo in photos.filter(slot=slot).exclude(slot=PhotoSlot.LATER):
            keeping.remove(photo)
    page = reverse("consultations:step", args=[PHOTOS.slug, number])
    return redirect(f"{page}#{slot}")


# After sending


def _sent(request, token):
    """Return the intake that takes a photo now from this browser, or None."""
    intake = Intake.objects.with_token(token).first()
    if intake is None or intake.status != IntakeStatus.SUBMITTED or intake.is_link_over:
        return None
    is_posted = request.method == "POST" and devices.holds(request, intake)
    if not is_posted and not devices.opens(request, intake):
        return None
    return intake if intake.is_agreed(ConsentPurpose.PHOTOS) else None


@never_cache
@devices.keeps_its_address
@require_http_methods(["GET", "HEAD", "POST"])
def add_photo(request, token):
    """Take another photo for an intake that the clinic has already."""
    intake = _sent(request, token)
    if intake is None:
        return redirect("consultations:status", token)
    is_posted = request.method == "POST"
    sent = (request.POST, request.FILES) if is_posted else ()
    scars = intake.scars.prefetch_related("examinations")
    form = LaterPhotoForm(*sent, intake=intake, scars=scars)
    if is_posted and form.scars and form.is_valid() and _kept(form, form.shown_scar):
        return redirect(f"{request.path}#photos")
    if not devices.opens(request, intake):
        return redirect("consultations:status", token)
    photos = Photo.objects.filter(scar__intake=intake).with_scars()
    context = {"form": form, "intake": intake, "photos": photos, "token": token}
    context["is_signed"] = not intake.plans.unsigned().exists()
    context["within"] = settings.ANSWER_WITHIN_DAYS
    context["in_person"] = IN_PERSON
    # What the address says has just happened.
    context |= {f"is_{each}": each in request.GET for each in HAPPENED}
    return render(request, "consultations/add_photo.html", context)


@require_POST
@never_cache
@devices.keeps_its_address
def take_back(request, token, name):
    """Delete a photo that was added later, at the wish of who sent it."""
    page = reverse("consultations:add_photo", args=[token])
    intake = _sent(request, token)
    if intake is None or not devices.opens(request, intake):
        return redirect("consultations:status", token)
    photo = Photo.objects.filter(scar__intake=intake, name=name).first()
    if photo is None:
        # Pressed twice, or in another window: it is gone, as was wished.
        return redirect(f"{page}?removed")
    try:
        keeping.take_back(photo)
    except keeping.NotPermitted:
        return redirect(f"{page}?seen")
    return redirect(f"{page}?removed")


# Show


def _may_see(request, intake):
    if devices.opens(request, intake):
        return not intake.is_link_over
    may_read = request.user.is_staff and request.user.has_perm(
        "consultations.read_answers"
    )
    # What is not sent yet is the patient's alone.
    return may_read and not intake.is_draft


@require_safe
def photo(request, name, *, is_small=False):
    """Send a photo, or a small copy, to its patient and to staff who may read answers."""
    photo = get_object_or_404(Photo.objects.select_related("scar__intake"), name=name)
    if not _may_see(request, photo.scar.intake):
        raise Http404
    if not devices.opens(request, photo.scar.intake):
        ledger.record(ledger.Action.PHOTO_VIEWED, photo, by=request.user)
    try:
        file = photo.open()
    except FileNotFoundError:
        raise Http404 from None
    if is_small:
        with file:
            file = BytesIO(preview.small(file))
    response = FileResponse(file, content_type="image/jpeg", filename="photo.jpg")
    for header, value in SENT_WITH.items():
        response[header] = value
    return response
