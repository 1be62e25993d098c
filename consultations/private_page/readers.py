"""Who looked at what a patient sent, and when: the ledger in the patient's words."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations.models import SecondAccess
from scarclinic.staff.ledger import Action
from scarclinic.staff.models import Event

WORDS = {
    Action.PLAN_READ: lazy("read your answers"),
    Action.ANSWERS_PRINTED: lazy("printed your answers"),
    Action.PLAN_PRINTED: lazy("printed your plan"),
    Action.LETTER_PRINTED: lazy("printed a letter to you"),
    Action.PHOTO_VIEWED: lazy("looked at your photos"),
    Action.CONTACT_READ: lazy("looked up your name and how to reach you"),
    Action.ERASURE_ASKED: lazy("noted that you want everything deleted"),
    Action.LINK_RENEWED: lazy("had a new link made"),
    Action.LINK_OPENED: lazy("opened your link in a new browser"),
    Action.DATE_GUESSED: lazy("typed a wrong date of birth at your link"),
    Action.CALLER_CHECKED: lazy("checked your date of birth on the telephone"),
    Action.CALLER_REFUSED: lazy("was told a wrong date of birth on the telephone"),
    Action.CALL_NOTED: lazy("noted a call"),
    Action.CONTACT_MENDED: lazy("corrected your name or how to reach you"),
    Action.DATA_EXPORTED: lazy("downloaded your data"),
}
"""What the patient is told of. The rest is work on the plan, by who read it anyway."""
WORDS_OF_SECOND = {
    Action.PLAN_READ: lazy("read the plan"),
    Action.LINK_RENEWED: lazy("had a new link made for them"),
    Action.LINK_OPENED: lazy("opened a link of their own in a new browser"),
    Action.DATE_GUESSED: lazy("typed a wrong date of birth at their link"),
}
"""The same of the second access: each line says by which of the two somebody looked."""
OF_SECOND = SecondAccess._meta.label_lower
NEWEST = 500
"""So many events are told, the newest: a page must end somewhere."""


@dataclass
class Look:
    """What one person did on one day, and how often; `at` is the first time."""

    at: datetime
    who: str
    what: str
    times: int = 1


def name_of(user):
    """Return how a patient is told of somebody: first name, and profession."""
    if user is None:
        return _("You, or somebody with your link")
    profession = user.get_profession_display() if user.profession else ""
    named = [each for each in (user.first_name, profession) if each]
    return ", ".join(named) or _("Somebody at the clinic")


def _told(event, intake):
    """Return (who, what) in words, None where the patient is not told of it."""
    if event.subject_model != OF_SECOND:
        return name_of(event.by), WORDS.get(event.action)
    is_theirs = event.by is None and event.action != Action.LINK_RENEWED
    theirs = intake.second and intake.second.get_who_display()
    who = theirs if is_theirs and theirs else name_of(event.by)
    return who, WORDS_OF_SECOND.get(event.action)


def of(intake):
    """Return the `Look`s at an intake, the newest first. One query."""
    events = (
        Event.objects.filter(case_id=intake.pk, action__in=WORDS)
        .select_related("by")
        .order_by("-pk")[:NEWEST]
    )
    looks = {}
    for event in events:
        at = timezone.localtime(event.at)
        who, what = _told(event, intake)
        key = (at.date(), event.by_id, event.action, event.subject_model == OF_SECOND)
        if key in looks:
            looks[key].at, looks[key].times = at, looks[key].times + 1
        elif what:
            looks[key] = Look(at, who, what)
    return list(looks.values())
