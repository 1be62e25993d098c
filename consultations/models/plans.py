"""Plans: the clinician's answer to an intake, and its versions."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consultations.models.consents import agrees_to_letters
from consultations.models.corrections import Correction
from consultations.models.decisions import Decision
from consultations.models.hand_overs import HandOver
from consultations.models.intake import Intake, IntakeStatus
from consultations.models.messages import Message
from consultations.models.questions import Question
from consultations.models.recalls import Recall, first_recall
from consultations.models.safeguarding import SafeguardingNote
from consultations.models.second_access import SecondAccess
from scarclinic.staff.private_fields import PrivateTextField

WAITING = Q(signed_at__isnull=True) | Q(due_on__isnull=False)
"""Not signed yet; or its patient has written since, or answered the plan."""


def has_worry():
    return Exists(SafeguardingNote.objects.filter(intake=OuterRef("intake")))


def late_on(day):
    """Return the condition of plans that should have been answered before a day."""
    return Q(due_on__lt=day) | Q(
        signed_at__isnull=True, is_asking=False, intake__promised_on__lt=day
    )


class PlanQuerySet(models.QuerySet):
    def unsigned(self):
        """Return unsigned plans, also those of withdrawn intakes."""
        return self.filter(signed_at__isnull=True)

    def signed(self):
        """Return what patients may see."""
        return self.filter(signed_at__isnull=False)

    def waiting(self):
        """Return what waits for a clinician, or for the patient's answer.

        Also what is signed, where the patient has come back to it.
        """
        return self.filter(WAITING, intake__status=IntakeStatus.SUBMITTED)

    def claimed_by(self, user):
        return self.waiting().filter(claimed_by=user)

    def unclaimed(self):
        return self.waiting().filter(claimed_by__isnull=True)

    def flagged(self):
        return self.waiting().filter(is_flagged=True)

    def in_crisis(self):
        """Return what sounds like a crisis in the patient's own words."""
        return self.waiting().filter(has_crisis_words=True)

    def late(self):
        """Return what the clinic should have answered before today."""
        return self.waiting().filter(late_on(timezone.localdate()))

    def with_messages(self):
        """Return plans whose patient has written, and waits for an answer."""
        return self.waiting().filter(due_on__isnull=False, has_message=True)

    def with_responses(self):
        """Return plans of which the patient has said yes or no to a treatment since."""
        return self.waiting().filter(due_on__isnull=False, has_response=True)

    def asking(self):
        """Return what waits for the patient."""
        return self.waiting().filter(is_asking=True)

    def answered(self):
        """Return plans not saved since the patient answered a question."""
        return self.waiting().filter(has_answer=True)

    def corrected(self):
        """Return plans not saved since the patient corrected an answer."""
        return self.waiting().filter(has_correction=True)

    def with_new_photos(self):
        """Return plans not saved since the patient added a photo."""
        return self.waiting().filter(has_photos=True)

    def awaiting_countersignature(self):
        """Return what a clinician has signed and a doctor has to sign, too."""
        return self.waiting().filter(first_signed_at__isnull=False)

    def to_call(self):
        """Return plans whose patients are to be called: see `consultations.review.call_list`."""
        return self.filter(is_to_call=True)

    def to_recall(self):
        """Return signed plans whose patients are to be asked back by now."""
        return self.filter(pk__in=Recall.objects.due().values("plan"))

    def to_call_back(self):
        """Return whom somebody has said to call back, the latest version of each plan."""
        later = Plan.objects.filter(
            intake=OuterRef("intake"), version__gt=OuterRef("version")
        )
        return self.filter(intake__call_back_on__isnull=False).exclude(Exists(later))

    def suspected(self):
        """Return what perhaps no person has sent."""
        return self.waiting().filter(intake__is_suspected=True)

    def signed_today(self):
        midnight = timezone.localtime().replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        return self.filter(signed_at__gte=midnight)

    def for_queue(self):
        """Load what the queue lists, so that a longer one costs no query."""
        shown = (
            "row_key",
            "reference",
            "name",
            "status",
            "promised_on",
            "is_suspected",
            "call_back_on",
            *("ways", "email", "telephone", "postal_address", "guardian_telephone"),
            *("for_whom", "date_of_birth"),
        )
        name = ("username", "first_name", "last_name")
        return (
            self.select_related("intake", "claimed_by")
            .only(
                *(f"intake__{field}" for field in shown),
                *(f"claimed_by__{field}" for field in name),
                *(
                    "version",
                    "round",
                    "is_flagged",
                    "waiting_since",
                    "is_asking",
                    "has_answer",
                ),
                *("has_correction", "has_photos", "has_crisis_words"),
                *("signed_at", "signed_name", "first_signed_at", "first_signed_name"),
                *("is_to_call", "call_by", "due_on", "has_message", "has_response"),
            )
            .annotate(
                is_awaiting_consent=Exists(
                    SecondAccess.objects.awaited().filter(intake=OuterRef("intake"))
                ),
                has_worry=has_worry(),
                recall_at=first_recall(),
            )
        )

    def for_desk(self):
        """Load all that the desk shows of a plan, at a fixed number of queries."""
        decisions = Decision.objects.current_or_made().select_related(
            *("card__revision__subject", "card__assessment__scar", "decided_by"),
            "response",
        )
        its_own = {"intake": OuterRef("intake")}
        return (
            self.select_related(
                *("intake__erasure_request", "intake__second_access"),
                *("claimed_by", "signed_by", "first_signed_by"),
            )
            .annotate(
                has_worry=has_worry(),
                recall_at=first_recall(),
                agrees_to_letters=agrees_to_letters(),
                # Few have any, and only they cost a query.
                has_hand_overs=Exists(HandOver.objects.filter(plan=OuterRef("pk"))),
                has_corrections=Exists(Correction.objects.filter(**its_own)),
                has_messages=Exists(Message.objects.filter(**its_own)),
                has_versions=Exists(
                    self.model.objects.filter(~Q(pk=OuterRef("pk")), **its_own)
                ),
            )
            .prefetch_related(
                Prefetch(
                    "intake__questions",
                    queryset=Question.objects.select_related("asked_by"),
                ),
                Prefetch("decisions", queryset=decisions),
            )
        )


class Plan(models.Model):
    """The clinician's answer to an intake. Unsigned, it is only a proposal.

    A signed plan never changes: an amendment is a plan of its own, the next `version`.
    """

    SEALED_BY = ("intake_id", "version")

    intake = models.ForeignKey(Intake, models.PROTECT, related_name="plans")
    version = models.PositiveSmallIntegerField(_("version"), default=1, editable=False)
    round = models.PositiveSmallIntegerField(default=1, editable=False)
    # The number of the protocol as which its cards stand, and the version of our rules.
    protocol_number = models.PositiveIntegerField(default=0, editable=False)
    rules_version = models.CharField(max_length=20, blank=True, editable=False)
    is_flagged = models.BooleanField(_("red flag"), editable=False)
    # A text of the patient's sounds like a crisis: no rule, but somebody reads it first.
    has_crisis_words = models.BooleanField(
        _("crisis words"), default=False, editable=False
    )
    created_at = models.DateTimeField(_("received"), auto_now_add=True)
    waiting_since = models.DateTimeField(_("waiting since"), default=timezone.now)
    is_asking = models.BooleanField(_("waits for the patient"), default=False)
    has_answer = models.BooleanField(_("answered by the patient"), default=False)
    has_correction = models.BooleanField(_("corrected by the patient"), default=False)
    has_photos = models.BooleanField(_("new photos"), default=False)
    # Of the newest version: the patient has written, or said what they think of the
    # treatments; by when they are answered, whether it is signed or not.
    has_message = models.BooleanField(_("message from the patient"), default=False)
    has_response = models.BooleanField(_("plan answered"), default=False)
    due_on = models.DateField(_("answer due"), null=True, editable=False)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("claimed by"),
    )
    edits = models.PositiveIntegerField(default=0, editable=False)

    first_look = PrivateTextField(_("first impression"), max_length=2000, blank=True)
    first_look_at = models.DateTimeField(null=True, editable=False)
    first_look_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
    )
    note = PrivateTextField(_("message to the patient"), max_length=4000, blank=True)
    home_care = PrivateTextField(_("care at home"), max_length=2000, blank=True)
    sun_protection = PrivateTextField(_("sun protection"), max_length=1000, blank=True)
    departure = PrivateTextField(
        _("why this plan departs from the protocol"), max_length=1000, blank=True
    )
    # What `departure` is the reason for, a sentence each, as the clinician ticked it.
    departures_seen = models.JSONField(default=list, editable=False)

    # Of who decided, where a doctor has to countersign.
    first_signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
    )
    first_signed_at = models.DateTimeField(null=True, editable=False)
    first_signed_name = models.CharField(max_length=160, blank=True, editable=False)

    # Found by `consultations_plan_signer`.
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("signed by"),
        db_index=False,
    )
    signed_at = models.DateTimeField(_("signed"), null=True, editable=False)
    signed_name = models.CharField(max_length=160, blank=True, editable=False)
    registration_number = models.CharField(max_length=40, blank=True, editable=False)
    # Of a signed plan: what the protocol of today would refuse, {scar, title, after} each.
    call_for = models.JSONField(default=list, editable=False)
    is_to_call = models.BooleanField(default=False, editable=False)
    # What was sent has not arrived by any way that the patient lets us use.
    is_unreached = models.BooleanField(default=False, editable=False)
    call_by = models.DateField(_("to be called by"), null=True, editable=False)
    # The estimate is read in the currency of the day.
    currency = models.CharField(max_length=3, blank=True, editable=False)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = [
            "-has_crisis_words",
            "-is_flagged",
            "is_asking",
            "waiting_since",
            "pk",
        ]
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        # The queue as the desk sees it, as the front desk does, and narrowed.
        indexes = [
            models.Index(
                F("has_crisis_words").desc(),
                F("is_flagged").desc(),
                "is_asking",
                "waiting_since",
                "id",
                condition=WAITING,
                name="consultations_plan_queue",
            ),
            models.Index(
                "is_asking",
                "waiting_since",
                "id",
                condition=WAITING,
                name="consultations_plan_by_time",
            ),
            models.Index(
                "claimed_by",
                F("has_crisis_words").desc(),
                F("is_flagged").desc(),
                "is_asking",
                "waiting_since",
                "id",
                condition=WAITING,
                name="consultations_plan_claimed",
            ),
            models.Index(
                F("has_crisis_words").desc(),
                F("is_flagged").desc(),
                "is_asking",
                "waiting_since",
                "id",
                condition=WAITING & Q(is_asking=True),
                name="consultations_plan_asking",
            ),
            models.Index(
                F("has_crisis_words").desc(),
                F("is_flagged").desc(),
                "is_asking",
                "waiting_since",
                "id",
                condition=WAITING & Q(has_answer=True),
                name="consultations_plan_answered",
            ),
            models.Index(
                F("has_crisis_words").desc(),
                F("is_flagged").desc(),
                "is_asking",
                "waiting_since",
                "id",
                condition=WAITING & Q(first_signed_at__isnull=False),
                name="consultations_plan_countersign",
            ),
            models.Index(
                F("has_crisis_words").desc(),
                F("is_flagged").desc(),
                "is_asking",
                "waiting_since",
                "id",
                condition=Q(due_on__isnull=False),
                name="consultations_plan_back",
            ),
            models.Index(
                fields=["id"],
                condition=Q(is_to_call=True),
                name="consultations_plan_to_call",
            ),
            models.Index(
                fields=["signed_at"],
                condition=Q(signed_at__isnull=False),
                name="consultations_plan_signed",
            ),
            models.Index(
                fields=["signed_by", "signed_at"],
                condition=Q(signed_at__isnull=False),
                name="consultations_plan_signer",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["intake", "version"], name="consultations_plan_version_once"
            ),
            models.UniqueConstraint(
                fields=["intake"],
                condition=Q(signed_at__isnull=True),
                name="consultations_plan_one_open",
            ),
            models.CheckConstraint(
                condition=Q(
                    first_look_at__isnull=True,
                    first_look_by__isnull=True,
                    first_look="",
                )
                | Q(first_look_at__isnull=False, first_look_by__isnull=False),
                name="consultations_plan_first_look_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(
                    signed_at__isnull=True,
                    signed_by__isnull=True,
                    signed_name="",
                    registration_number="",
                )
                | Q(signed_at__isnull=False, signed_by__isnull=False)
                & ~Q(signed_name="")
                & ~Q(registration_number=""),
                name="consultations_plan_signature_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(
                    first_signed_at__isnull=True,
                    first_signed_by__isnull=True,
                    first_signed_name="",
                )
                | Q(first_signed_at__isnull=False, first_signed_by__isnull=False)
                & ~Q(first_signed_name=""),
                name="consultations_plan_first_signature_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(due_on__isnull=True, has_message=False, has_response=False)
                | Q(due_on__isnull=False)
                & (Q(has_message=True) | Q(has_response=True)),
                name="consultations_plan_due_for_something",
            ),
            models.CheckConstraint(
                condition=Q(is_to_call=False) | Q(call_by__isnull=False),
                name="consultations_plan_call_has_a_day",
            ),
        ]
        permissions = [
            ("sign_plan", _("Can sign plans")),
            ("assign_plan", _("Can assign plans to somebody else")),
            ("read_answers", _("Can read patients’ answers and photos")),
            ("renew_link", _("Can make new private links")),
            ("correct_contact", _("Can correct how patients are reached")),
            ("delete_spam", _("Can delete what is not from a person")),
        ]

    def __str__(self):
        return str(self.intake)

    @property
    def case_number(self):
        """Return the number of the intake, for the ledger."""
        return self.intake_id

    @property
    def is_signed(self):
        return self.signed_at is not None

    @property
    def is_called_about_more(self):
        """Return whether somebody calls whatever the protocol of today says of it."""
        return self.has_crisis_words or self.has_photos or self.is_unreached

    @property
    def awaits_countersignature(self):
        return self.first_signed_at is not None and not self.is_signed

    @property
    def current_decisions(self):
        """Return those on the cards of the latest round. Reads `decisions`."""
        return [each for each in self.decisions.all() if each.round == self.round]

    @property
    def earlier_decisions(self):
        """Return what was decided in rounds before, the first first. Reads `decisions`."""
        earlier = [
            each
            for each in self.decisions.all()
            if each.choice and each.round < self.round
        ]
        return sorted(earlier, key=lambda each: each.round)

    def by_assessment(self):
        """Return [(assessment, [decision])] in the order of the desk. Reads `decisions`."""
        grouped = {}
        for decision in self.current_decisions:
            assessment = decision.card.assessment
            grouped.setdefault(assessment.pk, (assessment, []))[1].append(decision)
        return list(grouped.values())

    def flags(self, *, of_child=None):
        """Return the red flags of all scars, [{code, route, advice}]. Reads `decisions`.

        In the words for who wrote the intake; `of_child` says otherwise.
        """
        if of_child is None:
            of_child = self.intake.is_for_child
        standing, words = set(), {}
        assessments = [assessment for assessment, _decisions in self.by_assessment()]
        if self.is_flagged and not assessments:
            # No treatment was published: there was no card to decide on, but the flag.
            assessments = self.intake.assessments.filter(round=self.round)
        for assessment in assessments:
            standing |= set(assessment.red_flags)
            words |= assessment.flags_in_words(of_child=of_child)
        return [each for code, each in words.items() if code in standing]
