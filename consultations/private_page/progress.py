"""Progress of an intake, in the stages that the patient's page shows."""

from functools import cached_property

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consultations.intake import crisis
from consultations.letters.reach import Reach
from consultations.models import Plan


class Stage(TextChoices):
    """Stages of an intake at the clinic; QUESTION occurs only if one was asked."""

    RECEIVED = "received", _("We have your answers")
    READ = "read", _("A clinician reads them")
    QUESTION = "question", _("We ask you, if something is not clear")
    READY = "ready", _("The plan is ready")


class Progress:
    """How far the clinic is with one intake, at a fixed number of queries."""

    Stage = Stage

    def __init__(self, intake, second=None):
        """`second` is the access of the other one of patient and guardian."""
        self.intake, self.second = intake, second
        self.plans = list(intake.plans.order_by("version"))
        self.questions = list(intake.questions.all())
        self.reach = Reach(intake)

    @property
    def signed(self):
        """Return the signed plans, the newest last."""
        return [plan for plan in self.plans if plan.is_signed]

    @property
    def asked(self):
        """Return the questions that wait for the patient."""
        return [each for each in self.questions if each.answered_at is None]

    @property
    def answered(self):
        return [each for each in self.questions if each.answered_at is not None]

    @cached_property
    def stage(self):
        """Return the `Stage`. Reads who has the plan open."""
        if self.signed:
            return Stage.READY
        if self.asked:
            return Stage.QUESTION
        # Who only looked has left no more than a reading, and that is deleted in time.
        (plan,) = self.plans
        touched = plan.claimed_by_id or plan.edits or plan.first_look_at
        if touched or self.questions or plan.readings.exists():
            return Stage.READ
        return Stage.RECEIVED

    @property
    def stages(self):
        """Return [(words, whether it is the current one)], in order."""
        return [(each.label, each == self.stage) for each in Stage]

    @cached_property
    def red_flags(self):
        """Return the red flags of the newest plan, [{code, route, advice}]."""
        newest = self.plans[-1]
        if not newest.is_flagged:
            return []
        return Plan.objects.for_desk().get(pk=newest.pk).flags()

    def red_flags_since(self, plan):
        """Return those that came up after a `PatientPlan` was signed."""
        if self.plans[-1].is_signed:
            return []
        known = {flag["code"] for flag in plan.red_flags}
        return [flag for flag in self.red_flags if flag["code"] not in known]

    @cached_property
    def new_messages(self):
        """Return how many messages of the clinic's wait to be read. One query."""
        return self.intake.messages.of(self.second).unread().count()

    @property
    def sounds_like_crisis(self):
        """Return whether a text of the patient's does: who listens is shown.

        What the other one of patient and guardian wrote is told to nobody but staff.
        """
        if not any(plan.has_crisis_words for plan in self.plans):
            return False
        return self.intake.second is None or bool(crisis.in_all(self.intake, of=None))

    @property
    def is_correctable(self):
        """Return whether answers may be corrected: not withdrawn, and a plan is open."""
        return not self.intake.is_withdrawn and not self.plans[-1].is_signed

    @property
    def is_late(self):
        """Return whether the day is over by which an answer was promised."""
        promised = self.intake.promised_on
        return promised is not None and promised < timezone.localdate()
