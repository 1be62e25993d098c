"""Buttons beside a recall: the patient was asked back, or later."""

from django.contrib import messages
from django.http import Http404
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from consultations.review import recalls

DONE, LATER = "_recall_done", "_recall_later"


def _read(text):
    """Return the (weeks, day) of a pressed button: "4 2027-01-05", 0 for done."""
    weeks, _space, day = text.partition(" ")
    try:
        read = parse_date(day)
    except ValueError:
        read = None
    if read is None or weeks not in map(str, (0, *recalls.LATER)):
        raise Http404
    return int(weeks), read


def settle(request, plan):
    """Take the step of the pressed button; return what the plan's history says of it."""
    if DONE in request.POST:
        _weeks, day = _read(f"0 {request.POST[DONE]}")
        recalls.done(plan, day, by=request.user)
        messages.success(request, _("Noted: the patient was asked back."))
        return _("Asked the patient back.")
    weeks, day = _read(request.POST[LATER])
    later = date_format(recalls.move(plan, day, weeks, by=request.user), "j F Y")
    messages.success(
        request, _("The patient is asked back on %(date)s.") % {"date": later}
    )
    return _("Moved a recall.")
