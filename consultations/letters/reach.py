"""Who is written to or called, and how; what we promise follows from it.

The one place that decides: the outbox, the pages of patients, the queue and the desk ask
here, so that they say the same.
"""

from functools import cached_property

from django.db.models import Prefetch
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

from consultations.letters import sms
from consultations.models import ConsentDecision, ConsentPurpose, Intake, Way

WRITTEN = (Way.EMAIL, Way.SMS, Way.LETTER)
WORDS: dict[Way | None, Promise] = {
    Way.EMAIL: lazy("We write to you by e-mail."),
    Way.SMS: lazy("We send you a text message."),
    Way.CALL: lazy("We call you."),
    Way.LETTER: lazy("We send you a letter."),
    None: lazy("We send you nothing, as you chose: please look at your private page."),
}
"""What a patient is promised."""
FOR_STAFF: dict[Way | None, Promise] = {
    Way.EMAIL: lazy("by e-mail"),
    Way.SMS: lazy("by text message"),
    Way.CALL: lazy("by telephone"),
    Way.LETTER: lazy("by letter"),
    None: lazy("on the private page only"),
}
OF_REMINDERS = Prefetch(
    "intake__consents",
    queryset=ConsentDecision.objects.filter(
        version__text__purpose=ConsentPurpose.REMINDERS, second=None
    )
    .order_by("pk")
    .only("row_key", "intake_id", "is_given"),
    to_attr="reminder_decisions",
)
"""For lists of plans: what a `Reach` reads of consents."""


class Reach:
    """By which ways one patient is reached. Reads the consent to letters, once."""

    def __init__(self, intake: Intake, is_agreed: bool | None = None):
        """`is_agreed` is whether letters are agreed to, where the caller has read it."""
        self.intake = intake
        if is_agreed is not None:
            self.is_agreed = is_agreed
        self.ways = [
            each for each in intake.open_ways if each != Way.SMS or sms.is_offered()
        ]

    @property
    def may_call(self) -> bool:
        """Return whether we may call: of a child also the guardian, who gave a number.

        Whoever writes themselves at 16 or later has chosen; a guardian's number that is
        left from an age put right counts no more.
        """
        return Way.CALL in self.ways or self._may_call_guardian

    @property
    def _may_call_guardian(self) -> bool:
        is_child = self.intake.is_child_on(timezone.localdate())
        is_theirs = self.intake.is_for_child or is_child
        return is_theirs and bool(self.intake.guardian_telephone)

    @property
    def written(self) -> list[Way]:
        """Return the `Way`s by which letters may go, the quickest first.

        No printed letter goes to a draft: nobody at the clinic sees drafts.
        """
        closed = {Way.LETTER} if self.intake.is_draft else set()
        return [each for each in WRITTEN if each in self.ways and each not in closed]

    @property
    def channel(self) -> Way | None:
        """Return the `Way` by which letters go, the quickest; None for none."""
        return next(iter(self.written), None)

    @property
    def may_write(self) -> bool:
        """Return whether a letter would go now: to a person, somewhere."""
        return self.channel is not None and not self.intake.is_suspected

    @cached_property
    def is_agreed(self) -> bool:
        """Return whether the patient agreed that we write when there is something new."""
        decisions = getattr(self.intake, "reminder_decisions", None)
        if decisions is None:
            return self.intake.consents.is_agreed(ConsentPurpose.REMINDERS)
        return bool(decisions) and decisions[-1].is_given

    @property
    def is_left_unwritten(self) -> bool:
        """Return whether there is an address that nothing goes to, for want of consent."""
        return self.channel is not None and not self.is_agreed

    @property
    def first_way(self) -> Way | None:
        """Return how a red flag or words of a crisis are answered: by voice, if we may."""
        return Way.CALL if self.may_call else self.way

    @property
    def way(self) -> Way | None:
        """Return how a patient hears that there is something to read; None for nothing."""
        if self.is_agreed and self.channel:
            return self.channel
        return Way.CALL if self.may_call else None

    @property
    def promise(self) -> Promise:
        return WORDS[self.way]

    @property
    def first_promise(self) -> Promise:
        return WORDS[self.first_way]

    @property
    def for_staff(self) -> Promise:
        return FOR_STAFF[self.way]

    @property
    def first_for_staff(self) -> Promise:
        return FOR_STAFF[self.first_way]
