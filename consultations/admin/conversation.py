"""Two buttons of the desk: send a patient a message, and say that none is needed."""

from django.contrib import messages
from django.utils.translation import gettext as _

from consultations.care import messages as care
from consultations.care.once import read_key, read_seen
from consultations.letters.reach import Reach
from consultations.models import Letter
from consultations.review.desk.conversation import SECOND


def _seen(request):
    return read_seen({"seen": request.POST.get("message_seen", "")})


def _told(message):
    """Return in words how the patient hears of a message."""
    if Letter.objects.filter(key=f"message-{message.pk}").exists():
        return _("Sent. An e-mail, text message or letter says that it is there.")
    if message.second_id is None and Reach(message.intake).may_call:
        return _("Sent. Nothing is written to the patient: please call.")
    return _("Sent. It stands on the private page only.")


def send(request, plan):
    """Send what is typed; whoever presses twice sends it once."""
    to_second = request.POST.get("message_to") == SECOND
    sent = care.answer(
        plan.intake,
        request.POST.get("message", ""),
        key=read_key({"key": request.POST.get("message_key", "")}),
        seen=_seen(request),
        by=request.user,
        second=plan.intake.second if to_second else None,
    )
    if sent:
        messages.success(request, _told(sent))
    else:
        messages.info(request, _("This message was sent before."))


def note(request, plan):
    """Settle what the desk showed, without an answer."""
    if care.note(plan.intake, seen=_seen(request), by=request.user):
        messages.success(request, _("Noted: it waits for nobody any more."))
