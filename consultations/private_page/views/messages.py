"""The page of messages between a patient and the clinic."""

from django.db import transaction
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consultations.care import messages
from consultations.care.once import new_key, read_key, read_seen
from consultations.intake import crisis, devices
from consultations.intake.photos import keeping
from consultations.letters.reach import Reach
from consultations.locking import NotAllowed, locked_intake
from consultations.models import ConsentPurpose, PhotoSlot
from consultations.private_page import readers, typed
from consultations.private_page.access import for_patient, show
from consultations.private_page.message_form import MessageForm, MessagePhotoForm
from consultations.review.workflow.hurrying import hurry_if_in_crisis
from scarclinic.staff import throttle

FAULTS, SENT = "faults", "sent"
"""In the page's query: it says what is wrong, or that a message was sent."""
TYPED = "message"
"""Under this name what is not sent yet is kept; of the second access with its link."""
TOO_MANY, PHOTO = "too-many", "photo-fault"


class Conversation:
    """What stands between the clinic and who holds one link, the oldest first. One query."""

    def __init__(self, intake, second=None):
        rows = intake.messages.of(second).select_related("by", "photo__scar")
        self.messages = list(rows)
        for each in self.messages:
            each.who = readers.name_of(each.by) if each.by_id else ""
        self.waiting = [each for each in self.messages if each.is_waiting]
        self.unread = [each for each in self.messages if each.is_unread]
        self.seen = max((each.pk for each in self.messages), default=0)

    @property
    def due_on(self):
        """Return by when the clinic answers, None if nothing waits."""
        return min((each.due_on for each in self.waiting), default=None)

    @property
    def is_late(self):
        return self.due_on is not None and self.due_on < timezone.localdate()

    @property
    def sounds_like_crisis(self):
        theirs = [each.text for each in self.messages if each.by_id is None]
        return bool(crisis.passages(theirs))


def _name(second):
    # Whoever gets the second link anew reads nothing that was typed at the one before.
    return f"{TYPED} {second.token_hash[:16]}" if second else TYPED


def keep_late(request, intake, second=None):
    """Keep what was typed by who must first prove who they are."""
    _keep(request, intake, second)


def _keep(request, intake, second, **faults):
    kept = {
        "text": [request.POST.get("text", "")],
        "key": [read_key(request.POST)],
        **faults,
    }
    if kept["text"][0].strip() or faults:
        with transaction.atomic():
            typed.keep(intake, _name(second), kept)
            # It may never be sent, and it was said to us all the same.
            hurry_if_in_crisis(locked_intake(intake), kept["text"])


def _photo_form(request, intake, second, *, is_posted=False):
    """Return the form of a photo where the rules allow one, else None."""
    if second or not intake.consents.is_agreed(ConsentPurpose.PHOTOS):
        return None
    sent = (request.POST, request.FILES) if is_posted else ()
    form = MessagePhotoForm(*sent, intake=intake, scars=intake.scars.all())
    return form if form.scars else None


def page(request, intake, token, second=None):
    """Show the messages of one link, and a form for the next."""
    kept = intake.typed.get(_name(second), {})
    has_faults = FAULTS in request.GET
    # What was typed stands in the form; only who was just refused is told why.
    form = MessageForm(
        {"text": kept["text"][0] if kept else ""} if has_faults else None,
        has_photo=PHOTO in kept or TOO_MANY in kept,
    )
    if kept and not has_faults:
        form.fields["text"].initial = kept["text"][0]
    conversation = Conversation(intake, second)
    context = {
        "intake": intake,
        "token": token,
        "access": second,
        "conversation": conversation,
        "form": form,
        "photo_form": _photo_form(request, intake, second),
        "key": kept["key"][0] if kept else new_key(),
        "faults": [*kept.get(PHOTO, []), *kept.get(TOO_MANY, [])] if has_faults else [],
        "is_sent": SENT in request.GET,
        "reach": Reach(intake),
        "sounds_like_crisis": conversation.sounds_like_crisis
        or bool(kept and crisis.passages(kept["text"])),
    }
    return show(request, "messages", context)


def posted(request, intake, second=None):
    """Take what was posted on the page; return its address with what is to be said."""
    seen = read_seen(request.POST)
    if "read" in request.POST:
        messages.read(intake, seen=seen, second=second)
        return redirect(request.path)
    key = read_key(request.POST)
    if intake.messages.filter(key=key).exists():
        return redirect(f"{request.path}?{SENT}")
    has_photo = bool(request.FILES.get("photo"))
    form = MessageForm(request.POST, has_photo=has_photo)
    photo_form = (
        _photo_form(request, intake, second, is_posted=True) if has_photo else None
    )
    if not form.is_valid():
        return _refused(request, intake, second)
    if has_photo and photo_form is None:
        faults = [_("We may keep no photo of you, or none of this place.")]
        return _refused(request, intake, second, **{PHOTO: faults})
    if photo_form and not photo_form.is_valid():
        faults = [str(each) for rows in photo_form.errors.values() for each in rows]
        return _refused(request, intake, second, **{PHOTO: faults})
    who = (second or intake).token_hash
    if seconds := throttle.spend("message by link", who):
        told = _("You have sent many messages. Please send this one after %(again)s.")
        at = f"{throttle.after(seconds):%H:%M}"
        return _refused(request, intake, second, **{TOO_MANY: [told % {"again": at}]})
    return _sent(request, intake, second, form, photo_form, key)


def _refused(request, intake, second, **faults):
    _keep(request, intake, second, **faults)
    return redirect(f"{request.path}?{FAULTS}#message")


def _sent(request, intake, second, form, photo_form, key):
    """Send it; with a photo both are kept, or neither."""
    text = form.cleaned_data["text"]

    def write(photo=None):
        sent = messages.write(intake, text, key=key, second=second, photo=photo)
        if photo and sent is None:
            raise NotAllowed("It was sent before.")

    try:
        if photo_form and (picture := photo_form.cleaned_data["photo"]):
            scar = photo_form.shown_scar
            keeping.keep(scar, PhotoSlot.LATER, picture, then=write)
        else:
            write()
    except keeping.NotPermitted as refused:
        return _refused(request, intake, second, **{PHOTO: [str(refused)]})
    except NotAllowed:
        if not intake.messages.filter(key=key).exists():
            # It was withdrawn meanwhile: the page says so.
            return _refused(request, intake, second)
    if _name(second) in intake.typed:
        typed.forget(intake, _name(second))
    messages.read(intake, seen=read_seen(request.POST), second=second)
    return redirect(f"{request.path}?{SENT}")


@require_http_methods(["GET", "HEAD", "POST"])
@for_patient(keeps_late=True)
def own(request, intake, token):
    """Show the messages of who wrote the intake; take another, or that they are read."""
    if request.method != "POST":
        return page(request, intake, token)
    if devices.must_prove(request, intake):
        keep_late(request, intake)
        return redirect("consultations:messages", token=token)
    return posted(request, intake)
