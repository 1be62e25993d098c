"""Photos of one patient side by side: then and now, to every corner, turned uncut."""

from django.shortcuts import render
from django.utils.translation import gettext as _

from consultations.models import Photo
from scarclinic.staff import ledger

ALONE = "none"
"""In place of the right photo: the left one has all the room."""


def chosen(photos, left, right):
    """Return the photos (left, right) by their names; the right one may be None.

    Where nothing is chosen, the first that was sent, and the latest of the same scar.
    """
    by_name = {photo.name: photo for photo in photos}
    first = by_name.get(left) or next(iter(photos), None)
    if first is None or right == ALONE:
        return first, None
    others = [each for each in photos if each.scar_id == first.scar_id]
    same_view = [each for each in others if each.slot == first.slot]
    latest = max(
        [each for each in (same_view[1:] or others) if each != first],
        key=lambda each: (each.created_at, each.pk),
        default=None,
    )
    return first, by_name.get(right) or latest


def photos_page(request, plan, context):
    """Show the photos of a plan's patient."""
    ledger.record(ledger.Action.PLAN_READ, plan, by=request.user)
    photos = list(Photo.objects.filter(scar__intake=plan.intake).with_scars())
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
