"""What a patient asked and a clinician answered."""

import hashlib
import secrets
from datetime import timedelta

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Count, F, Prefetch, Q
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from methods import vocabulary as v
from methods.models import Finding, MethodRevision
from methods.vocabulary import OPTIONS, Line, Verdict

UNKNOWN = ("unknown", _("Not sure"))
YES_NO = [("yes", _("Yes")), ("no", _("No")), UNKNOWN]


class ChoiceField(models.CharField):
    """One of a closed list, asked with radio buttons; empty while not answered."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_length", 20)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def formfield(self, **kwargs):
        asked = {
            "label": capfirst(self.verbose_name),
            "choices": self.choices,
            "widget": forms.RadioSelect,
        }
        return forms.ChoiceField(**asked | kwargs)


def with_unknown(choices):
    """Return choices and "not sure", which is an answer of its own."""
    return [*choices.choices, UNKNOWN]


class TanRecency(models.TextChoices):
    """The value is the fewest weeks that it can be."""

    UNDER_2 = "0", _("In the last 2 weeks")
    UNDER_4 = "2", _("2 to 4 weeks ago")
    UNDER_6 = "4", _("4 to 6 weeks ago")
    LONGER = "none", _("More than 6 weeks ago, or never")


class FillerRecency(models.TextChoices):
    UNDER_2 = "0", _("In the last 2 weeks")
    LONGER = "none", _("More than 2 weeks ago, or never")


class ResurfacingRecency(models.TextChoices):
    UNDER_4 = "0", _("In the last 4 weeks")
    UNDER_26 = "4", _("4 weeks to 6 months ago")
    LONGER = "none", _("More than 6 months ago, or never")


class TissueDisease(models.TextChoices):
    NONE = "none", _("None of these")
    LUPUS = "lupus", _("Lupus")
    SCLERODERMA = "scleroderma", _("Scleroderma")
    DERMATOMYOSITIS = "dermatomyositis", _("Dermatomyositis")
    EHLERS_DANLOS = "ehlers_danlos", _("Ehlers-Danlos syndrome")
    OTHER = "other", _("Another one")


class PitWidth(models.TextChoices):
    """The value is the width in millimetres that rules reckon with."""

    ONE = "1", _("About 1 mm, like the tip of a pencil")
    TWO = "2", _("About 2 mm")
    THREE = "3", _("About 3 mm, like a grain of rice")
    FOUR = "4", _("About 4 mm")
    MORE = "6", _("5 mm or more, like a pencil’s end")


class AgeUnit(models.TextChoices):
    WEEKS = "weeks", _("weeks")
    MONTHS = "months", _("months")
    YEARS = "years", _("years")


MONTHS_IN = {
    AgeUnit.WEEKS: 7 * 12 / 365.25,
    AgeUnit.MONTHS: 1.0,
    AgeUnit.YEARS: 12.0,
}


class IntakeStatus(models.TextChoices):
    DRAFT = "draft", _("Being written")
    SUBMITTED = "submitted", _("Sent")


def hashed(token):
    """Return what is stored of a private link's token."""
    return hashlib.sha256(token.encode()).hexdigest()


class IntakeQuerySet(models.QuerySet):
    def with_token(self, token):
        """Return the intake that a private link opens, as a queryset of one or none."""
        return self.filter(token_hash=hashed(token))

    @transaction.atomic
    def begin(self):
        """Make a draft; return it and the token of its private link, told only now."""
        intake = self.model()
        token = intake.new_token()
        intake.save()
        Scar.objects.create(intake=intake, number=1)
        return intake, token


class Intake(models.Model):
    """What a patient told the clinic, page by page."""

    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    # Null and not empty while a draft: unique holds only among the references given.
    reference = models.CharField(  # noqa: DJ001
        _("reference"), max_length=12, unique=True, null=True, editable=False
    )
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=IntakeStatus,
        default=IntakeStatus.DRAFT,
        editable=False,
    )
    done = models.JSONField(default=list, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(_("sent"), null=True, editable=False)

    name = models.CharField(_("name"), max_length=120, blank=True)
    date_of_birth = models.DateField(_("date of birth"), null=True, blank=True)

    fitzpatrick = ChoiceField(
        choices=[*((str(k), label) for k, label in v.Phototype.choices), UNKNOWN]
    )
    tan = ChoiceField(choices=with_unknown(TanRecency))
    active_acne = ChoiceField(choices=with_unknown(v.ActiveAcne))
    isotretinoin = ChoiceField(choices=with_unknown(v.Isotretinoin))
    isotretinoin_stopped_months = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(1200)]
    )
    diabetes = ChoiceField(choices=with_unknown(v.Diabetes))
    ctd = ChoiceField(choices=with_unknown(TissueDisease))
    recent_filler = ChoiceField(choices=with_unknown(FillerRecency))
    recent_resurfacing = ChoiceField(choices=with_unknown(ResurfacingRecency))
    preoccupied = ChoiceField(choices=YES_NO)
    checks_often = ChoiceField(choices=YES_NO)
    distressed = ChoiceField(choices=YES_NO)
    wants = models.JSONField(default=list, blank=True)
    wish = models.TextField(_("wish"), max_length=2000, blank=True)

    email = models.EmailField(_("e-mail"), blank=True)
    telephone = models.CharField(_("telephone"), max_length=30, blank=True)
    consented_at = models.DateTimeField(null=True, editable=False)
    consent_text = models.TextField(blank=True, editable=False)

    objects = IntakeQuerySet.as_manager()

    class Meta:
        verbose_name = _("intake")
        verbose_name_plural = _("intakes")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    status="draft", reference__isnull=True, submitted_at__isnull=True
                )
                | Q(
                    status="submitted",
                    reference__isnull=False,
                    submitted_at__isnull=False,
                    consented_at__isnull=False,
                ),
                name="consultations_intake_sent_is_whole",
            )
        ]

    def __str__(self):
        return self.reference or str(_("A draft"))

    def new_token(self):
        """Return a new token, of 256 bits; only its hash stays with the intake."""
        token = secrets.token_urlsafe(32)
        self.token_hash = hashed(token)
        return token

    def age_on(self, day):
        """Return the patient's age in whole years, None without a date of birth."""
        born = self.date_of_birth
        if born is None:
            return None
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

    @property
    def bdd_screen(self):
        """Return "positive" if all three signs are there, "negative" if one is not.

        Preoccupation, repetitive checking, distress: DSM-5, by [C36].
        """
        signs = {self.preoccupied, self.checks_often, self.distressed}
        if "no" in signs:
            return "negative"
        return "positive" if signs == {"yes"} else "unknown"


class Scar(models.Model):
    """One scar of an intake. Empty means not answered yet."""

    intake = models.ForeignKey(Intake, models.CASCADE, related_name="scars")
    number = models.PositiveSmallIntegerField()

    scar_cause = ChoiceField(choices=with_unknown(v.ScarCause))
    self_harm_status = ChoiceField(choices=with_unknown(v.SelfHarmStatus))
    age_amount = models.PositiveSmallIntegerField(null=True, blank=True)
    age_unit = ChoiceField(choices=with_unknown(AgeUnit))
    wound_closed = ChoiceField(choices=YES_NO)
    body_site = ChoiceField(
        choices=[*v.BodySite.choices, ("unknown", _("Somewhere else"))]
    )
    elevation = ChoiceField(choices=with_unknown(v.Elevation))
    stripes = ChoiceField(choices=with_unknown(v.Stripes))
    colour = ChoiceField(choices=with_unknown(v.Colour))
    width = ChoiceField(choices=with_unknown(v.Width))
    beyond_edges = ChoiceField(choices=v.BeyondEdges.choices)
    still_growing = ChoiceField(choices=YES_NO)
    large_area = ChoiceField(choices=YES_NO)
    pit_shape = ChoiceField(choices=with_unknown(v.PitShape))
    pit_width_mm = ChoiceField(choices=with_unknown(PitWidth))
    pit_depth = ChoiceField(choices=v.PitDepth.choices)
    flattens_on_stretch = ChoiceField(choices=YES_NO)
    visible_at_50cm = ChoiceField(choices=YES_NO)
    makeup_covers = ChoiceField(choices=YES_NO)
    tight_limits_movement = ChoiceField(choices=YES_NO)
    pulls_feature = ChoiceField(choices=with_unknown(v.PulledFeature))
    itch = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
    )
    pain = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
    )
    prior_treatments = models.JSONField(default=list, blank=True)
    prior_response = ChoiceField(choices=with_unknown(v.PriorResponse))

    class Meta:
        ordering = ["number"]
        verbose_name = _("scar")
        verbose_name_plural = _("scars")
        constraints = [
            models.UniqueConstraint(
                fields=["intake", "number"], name="consultations_scar_number"
            )
        ]

    def __str__(self):
        place = self.get_body_site_display()
        label = _("Scar %(number)d") % {"number": self.number}
        return f"{label}: {place}" if place else str(label)

    @property
    def age_months(self):
        """Return months since the wound closed, float, None if not known."""
        if self.age_amount is None or self.age_unit not in MONTHS_IN:
            return None
        return round(self.age_amount * MONTHS_IN[self.age_unit], 2)


class Answer(models.Model):
    """A patient's answer to a health question, with the words that were asked."""

    intake = models.ForeignKey(Intake, models.CASCADE, related_name="answers")
    finding = models.ForeignKey(Finding, models.PROTECT, related_name="+")
    question = models.CharField(max_length=300)
    value = models.CharField(max_length=10, choices=YES_NO)

    class Meta:
        ordering = ["finding__position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["intake", "finding"], name="consultations_answer_once"
            )
        ]

    def __str__(self):
        return f"{self.question} {self.get_value_display()}"


class Clinician(models.Model):
    """Who may sign: an account with a registration number."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE)
    registration_number = models.CharField(_("registration number"), max_length=40)

    class Meta:
        verbose_name = _("clinician")
        verbose_name_plural = _("clinicians")

    def __str__(self):
        return f"{self.user.get_full_name() or self.user} ({self.registration_number})"


class PlanQuerySet(models.QuerySet):
    def unsigned(self):
        """Return what waits for a clinician."""
        return self.filter(signed_at__isnull=True)

    def signed(self):
        """Return what patients may see."""
        return self.filter(signed_at__isnull=False)

    def for_queue(self):
        """Load what the queue lists, so that a longer one costs no query."""
        return self.select_related("intake", "signed_by").annotate(
            scar_count=Count("assessments")
        )

    def for_desk(self):
        """Load all that the desk shows of a plan, at a fixed number of queries."""
        cards = Card.objects.select_related("revision__subject", "decision")
        assessments = Assessment.objects.select_related("scar").prefetch_related(
            Prefetch("cards", queryset=cards)
        )
        return self.select_related("intake", "signed_by").prefetch_related(
            "intake__answers", Prefetch("assessments", queryset=assessments)
        )


class Plan(models.Model):
    """The clinician's answer to an intake. Unsigned, it is only a proposal."""

    intake = models.OneToOneField(Intake, models.PROTECT, related_name="plan")
    is_flagged = models.BooleanField(_("red flag"), editable=False)
    note = models.TextField(_("note to the patient"), max_length=4000, blank=True)
    edits = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("received"), auto_now_add=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("signed by"),
    )
    signed_at = models.DateTimeField(_("signed"), null=True, editable=False)
    signed_name = models.CharField(max_length=160, blank=True, editable=False)
    registration_number = models.CharField(max_length=40, blank=True, editable=False)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["-is_flagged", "created_at", "pk"]
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        indexes = [
            models.Index(
                F("is_flagged").desc(), "created_at", name="consultations_plan_queue"
            )
        ]
        constraints = [
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
            )
        ]
        permissions = [("sign_plan", _("Can sign plans"))]

    def __str__(self):
        return str(self.intake)

    @property
    def is_signed(self):
        return self.signed_at is not None

    def flags(self):
        """Return the red flags of all scars, [{code, route, told}]. Reads assessments."""
        standing, words = set(), {}
        for assessment in self.assessments.all():
            standing |= set(assessment.red_flags)
            words |= {each["code"]: each for each in assessment.red_flag_words}
        return [each for code, each in words.items() if code in standing]


class Assessment(models.Model):
    """What the protocol of one moment made of one scar, and all it was made from."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="assessments")
    scar = models.ForeignKey(Scar, models.PROTECT, related_name="assessments")
    facts = models.JSONField()
    questions = models.JSONField()
    red_flag_words = models.JSONField()
    rules_version = models.CharField(max_length=20)
    types = models.JSONField()
    red_flags = models.JSONField()
    assessed_on = models.DateField()

    class Meta:
        ordering = ["scar__number"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "scar"], name="consultations_assessment_once"
            )
        ]

    def __str__(self):
        return str(self.scar)


class Card(models.Model):
    """What the protocol holds of one method for one scar. Cards never change."""

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="cards")
    revision = models.ForeignKey(MethodRevision, models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField()
    verdict = models.CharField(max_length=20, choices=Verdict)
    line = models.CharField(max_length=10, choices=Line, blank=True)
    until = models.CharField(max_length=1000, blank=True)
    until_days = models.PositiveIntegerField(null=True)
    reasons = models.JSONField()
    ask = models.JSONField()

    class Meta:
        ordering = ["assessment_id", "place"]
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "revision"], name="consultations_card_once"
            )
        ]

    def __str__(self):
        return f"{self.title}: {self.get_verdict_display()}"

    @property
    def title(self):
        """Return the method's title as it was published. Reads `revision`."""
        return self.revision.content["title"]

    @property
    def is_option(self):
        return self.verdict in OPTIONS

    @property
    def until_date(self):
        """Return the day from which time no longer stands against it, or None."""
        if self.until_days is None:
            return None
        return self.assessment.assessed_on + timedelta(days=self.until_days)


class Choice(models.TextChoices):
    """What a clinician may decide of a card."""

    INCLUDE = "include", _("Include")
    NOT_NOW = "not_now", _("Not now")
    NOT_INCLUDED = "not_included", _("Not included")


class Decision(models.Model):
    """A person's answer to a card. Open until somebody decides."""

    card = models.OneToOneField(Card, models.PROTECT, related_name="decision")
    choice = ChoiceField(_("decision"), choices=Choice)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(choice="", decided_by__isnull=True, decided_at__isnull=True)
                | ~Q(choice="") & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="consultations_decision_is_whole",
            )
        ]

    def __str__(self):
        return f"{self.card}: {self.get_choice_display() or _('open')}"
