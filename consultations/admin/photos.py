"""Photos of one patient side by side: then and now, to every corner, turned uncut."""

from django.shortcuts import render
from django.utils.translation import gettext as _

from consultations.intake.history import history_of
from consultations.models import Photo
from methods.protocol.vocabulary import BodySite
from scarclinic.staff import ledger

ALONE = "none"
"""In place of the right photo: the left one has all the room."""


def _with_scars():
    """Return photos with what says whether each stays covered."""
    photos = Photo.objects.select_related("scar__intake")
    return photos.prefetch_related("scar__examinations")


def chosen(photos, left, right):
    """Return the photos (left, right) by their names; the right one may be None.

    Where nothing is chosen, then and now: the first of the same place that was ever sent,
    and the latest of this intake.
    """
    by_name = {photo.name: photo for photo in photos}
    own = [photo for photo in photos if not photo.is_earlier]
    first = by_name.get(left) or next(iter(own or photos), None)
    if first is None or right == ALONE:
        return first, None
    if right in by_name:
        return first, by_name[right]
    if then := _like(first, [each for each in photos if each.is_earlier]):
        # What somebody has opened is today's.
        return (then[0], first) if not first.is_earlier else (first, _now(first, own))
    return first, _now(first, [each for each in own if each.scar_id == first.scar_id])


def _like(photo, others):
    """Return the photos of the same place, of the same view if there are any."""
    place = [each for each in others if each.scar.body_site == photo.scar.body_site]
    return [each for each in place if each.slot == photo.slot] or place


def _now(photo, others):
    """Return the latest photo of the same place but for this one, or None."""
    others = _like(photo, [each for each in others if each != photo])
    return max(others, key=lambda each: (each.created_at, each.pk), default=None)


def _earlier(plan, *, by):
    """Return photos of the same places in what the same person sent before, the first first.

    That each of these intakes was read stands in the ledger.
    """
    places = {scar.body_site for scar in plan.intake.scars.all()}
    places -= {"", BodySite.OTHER}
    before = {
        each.pk: each
        for each in history_of(plan.intake)
        if each.submitted_at < plan.intake.submitted_at
    }
    photos = _with_scars().filter(scar__intake__in=before, scar__body_site__in=places)
    found = sorted(photos, key=lambda each: (each.created_at, each.pk))
    for pk in dict.fromkeys(each.scar.intake_id for each in found):
        ledger.record(ledger.Action.PLAN_READ, before[pk], by=by)
    for photo in found:
        photo.is_earlier, photo.reference = True, before[photo.scar.intake_id].reference
    return found


def photos_page(request, plan, context):
    """Show the photos of a plan's patient, with those of the same places from before."""
    ledger.record(ledger.Action.PLAN_READ, plan, by=request.user)
    own = list(_with_scars().filter(scar__intake=plan.intake))
    for photo in own:
        photo.is_earlier = False
    photos = [*_earlier(plan, by=request.user), *own]
    left, right = chosen(photos, request.GET.get("left"), request.GET.get("right"))
    shown = [
        (side, label, photo)
        for side, label, photo in (
            ("left", _("Left"), left),
            ("right", _("Right"), right),
        )
        if photo
    ]
    return render(
        request,
        "admin/consultations/plan/photos.html",
        {
            **context,
            "title": _("Photos of %(reference)s") % {"reference": plan},
            "plan": plan,
            "photos": photos,
            "left": left,
            "right": right,
            "shown": shown,
        },
    )
