"""A patient's intake: answers, scars, contact, and its private link."""

import hmac
from datetime import timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from consultations.models.answers import (
    MONTHS_IN,
    YES_NO,
    AnswerField,
    ChoiceField,
)
from consultations.models.contact import NEEDS, CallTime, Way
from consultations.models.private_links import PrivateLink, hashed
from consultations.models.short_links import code_for, normalised
from methods.models import Finding
from methods.protocol.vocabulary import BodySite
from scarclinic.staff.private_fields import (
    PrivateDateField,
    PrivateJSONField,
    PrivateTextField,
    RowKeyField,
)
from scarclinic.staff.text.telephones import digits_of

BODY_SITES = dict(BodySite.choices)
INTIMATE = frozenset(
    {
        BodySite.BREAST,
        BodySite.NIPPLE,
        BodySite.BUTTOCK,
        BodySite.GROIN,
        BodySite.GENITAL,
        # Where that is, only its words say.
        BodySite.OTHER,
    }
)
"""Of these nobody under `PHOTOS_FROM` is photographed; photos of adults are covered."""
PHOTOS_FROM = 18
"""By law, whatever ages a clinic sets otherwise."""


class IntakeStatus(models.TextChoices):
    DRAFT = "draft", _("Being written")
    SUBMITTED = "submitted", _("Sent")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class GuardianRelation(models.TextChoices):
    PARENT = "parent", _("Parent")
    GUARDIAN = "guardian", _("Legal guardian")
    OTHER = "other", _("Somebody else who may decide for me")


class ForWhom(models.TextChoices):
    SELF = "self", _("Myself")
    CHILD = "child", _("My child")


def age_on(born, day):
    """Return the age in whole years on a day of who was born on another."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def of_age_from():
    """Return the age, in years, from which nobody decides for a patient."""
    return max(settings.MINOR_BELOW, settings.CHILD_BELOW)


class IntakeQuerySet(models.QuerySet):
    def with_token(self, token):
        """Return the intake that a private link opens, as a queryset of one or none."""
        return self.filter(token_hash=hashed(token))

    def with_code(self, code):
        """Return the intake that a short address leads to, as a queryset of one or none."""
        return self.filter(code_hash=hashed(normalised(code)))

    def sent_with(self, token):
        """Return the intake that was sent with a key, which sending has replaced."""
        return self.filter(sent_with_hash=hashed(token))

    def drafts(self):
        return self.filter(status=IntakeStatus.DRAFT)

    def sent(self):
        """Return what the clinic has got, withdrawn or not."""
        return self.exclude(status=IntakeStatus.DRAFT)

    @transaction.atomic
    def begin(self):
        """Make a draft; return it and the token of its private link."""
        intake = self.model(language=get_language() or settings.LANGUAGE_CODE)
        token = intake.new_token()
        intake.save()
        Scar.objects.create(intake=intake, number=1)
        return intake, token


class Intake(PrivateLink):
    """A patient's answers, first as a draft, then as sent to the clinic."""

    SEALED_BY = ("row_key",)

    row_key = RowKeyField()
    # Of the short address, which a text message and a printed letter give.
    code_hash = models.CharField(max_length=64, unique=True, editable=False)
    # Only the browser that sent it had this key: it needs no new proof. Null until then.
    sent_with_hash = models.CharField(  # noqa: DJ001
        max_length=64, unique=True, null=True, editable=False
    )
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
    language = models.CharField(_("language"), max_length=12, editable=False)
    # While a draft: the pages that are answered, what was typed and cannot be kept as an
    # answer yet ({page: {field: [text]}}), and what `intake.statistics` counts.
    done = models.JSONField(default=list, editable=False)
    typed = PrivateJSONField(editable=False)
    visits = models.JSONField(default=dict, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(default=timezone.now, editable=False)
    warned_at = models.DateTimeField(null=True, editable=False)
    submitted_at = models.DateTimeField(_("sent"), null=True, editable=False)
    promised_on = models.DateField(_("answer promised for"), null=True, editable=False)
    # As the newest `Call` says.
    call_back_on = models.DateField(_("call back on"), null=True, editable=False)
    is_suspected = models.BooleanField(
        _("perhaps not from a person"), default=False, editable=False
    )

    # Names and contact. `consultations.intake.people_search` finds people by them, by
    # hashes under the key named here.
    indexed_with = models.CharField(max_length=8, blank=True, editable=False)
    name = PrivateTextField(_("name"), max_length=120, blank=True)
    date_of_birth = PrivateDateField(_("date of birth"), null=True, blank=True)
    for_whom = ChoiceField(_("answered for"), choices=ForWhom.choices)
    guardian_name = PrivateTextField(_("guardian"), max_length=120, blank=True)
    guardian_relation = ChoiceField(
        _("guardian’s relation"), choices=GuardianRelation.choices
    )
    guardian_telephone = PrivateTextField(
        _("guardian’s telephone"), max_length=40, blank=True
    )
    guardian_telephone_e164 = PrivateTextField(
        max_length=16, blank=True, editable=False
    )
    # Where the other one is written to, who has an access of their own from 16 to 17.
    second_email = PrivateTextField(max_length=254, blank=True)
    email = PrivateTextField(_("e-mail"), max_length=254, blank=True)
    telephone = PrivateTextField(_("telephone"), max_length=40, blank=True)
    telephone_e164 = PrivateTextField(max_length=16, blank=True, editable=False)
    # The `Way`s that the patient ticked; empty while nobody has asked.
    ways = models.JSONField(_("how to reach the patient"), default=list, blank=True)
    leave_message = AnswerField()
    call_time = ChoiceField(_("when to call"), choices=CallTime.choices)
    ask_for = PrivateTextField(_("whom to ask for"), max_length=120, blank=True)
    postal_address = PrivateTextField(_("postal address"), max_length=300, blank=True)

    fitzpatrick = AnswerField()
    tan = AnswerField()
    active_acne = AnswerField()
    isotretinoin = AnswerField()
    isotretinoin_stopped_months = models.PositiveSmallIntegerField(
        null=True, blank=True
    )
    diabetes = AnswerField()
    ctd = AnswerField()
    recent_filler = AnswerField()
    recent_resurfacing = AnswerField()
    preoccupied = AnswerField()
    checks_often = AnswerField()
    distressed = AnswerField()
    wants = models.JSONField(default=list, blank=True)
    wish = PrivateTextField(_("wish"), max_length=2000, blank=True)

    objects = IntakeQuerySet.as_manager()

    class Meta:
        verbose_name = _("intake")
        verbose_name_plural = _("intakes")
        indexes = [
            models.Index(
                fields=["touched_at"],
                condition=Q(status="draft"),
                name="intake_drafts_by_age",
            ),
            models.Index(fields=["submitted_at"], name="intake_by_sending"),
            models.Index(
                fields=["call_back_on"],
                condition=Q(call_back_on__isnull=False),
                name="intake_to_call_back",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    status="draft", reference__isnull=True, submitted_at__isnull=True
                )
                | Q(
                    status__in=["submitted", "withdrawn"],
                    reference__isnull=False,
                    submitted_at__isnull=False,
                ),
                name="consultations_intake_sent_is_whole",
            )
        ]

    def __str__(self):
        return self.reference or str(_("A draft"))

    # The private link

    TOKEN = (*PrivateLink.TOKEN, "code_hash", "sent_with_hash")

    def new_token(self):
        """Return a new token; the browser that sent the intake has to be told it."""
        self.sent_with_hash = None
        token = super().new_token()
        self.code_hash = hashed(code_for(self.link_nonce))
        return token

    def extend_link(self):
        days = settings.DRAFT_DAYS if self.is_draft else settings.LINK_DAYS
        self.link_expires_at = timezone.now() + timedelta(days=days)

    @property
    def case_number(self):
        """Return the number of the intake, for the ledger."""
        return self.pk

    @property
    def code(self):
        """Return the code of the short address, None if our secret key is another."""
        for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
            code = code_for(self.link_nonce, key)
            if hmac.compare_digest(hashed(code), self.code_hash):
                return code
        return None

    @property
    def is_link_over(self):
        """Return whether it opens nothing any more: nor a guardian's of an adult."""
        return super().is_link_over or (self.is_for_child and self.is_of_age)

    # What it says

    @property
    def is_draft(self):
        return self.status == IntakeStatus.DRAFT

    @property
    def is_for_child(self):
        """Return whether somebody answers for a child, who is spoken of and not to."""
        return self.for_whom == ForWhom.CHILD

    @property
    def is_withdrawn(self):
        return self.status == IntakeStatus.WITHDRAWN

    @property
    def open_ways(self):
        """Return the `Way`s that the patient lets us use and that lead anywhere.

        While nobody has asked, these are the e-mail and the telephone that are there.
        """
        chosen = self.ways or [Way.EMAIL, Way.CALL]
        return [each for each in Way if each in chosen and getattr(self, NEEDS[each])]

    @property
    def telephone_link(self):
        """Return what a phone dials: E.164, or digits where the country is not known."""
        return self.telephone_e164 or digits_of(self.telephone)

    @property
    def guardian_telephone_link(self):
        return self.guardian_telephone_e164 or digits_of(self.guardian_telephone)

    @property
    def second(self):
        """Return the `SecondAccess`, None without one."""
        return getattr(self, "second_access", None)

    def is_agreed(self, purpose):
        """Return whether all who must agree to a purpose do; two or three queries."""
        its = self.consents.is_agreed(purpose)
        return its and (self.second is None or self.second.allows(purpose))

    @property
    def is_of_age(self):
        """Return whether the patient is of age today; an age not known is not."""
        age = self.age_on(timezone.localdate())
        return age is not None and age >= of_age_from()

    def is_child_on(self, day):
        """Return whether a guardian decides for the patient; an age not known is none."""
        age = self.age_on(day)
        return age is not None and age < settings.CHILD_BELOW

    def is_minor_on(self, day):
        """Return whether the patient is not of age, no child included."""
        age = self.age_on(day)
        return age is not None and age < of_age_from()

    def needs_guardian_on(self, day):
        """Return whether a guardian has to agree beside the patient who writes."""
        age = self.age_on(day)
        is_below = age is None or age < settings.GUARDIAN_CONSENT_BELOW
        return is_below and not self.is_for_child

    def age_on(self, day):
        """Return the patient's age in whole years, None without a date of birth."""
        return None if self.date_of_birth is None else age_on(self.date_of_birth, day)

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

    SEALED_BY = ("row_key",)
    told_of_lumps = ""
    """What the patient answered of all scars, as `steps.Route` puts it here."""

    row_key = RowKeyField()
    intake = models.ForeignKey(Intake, models.CASCADE, related_name="scars")
    number = models.PositiveSmallIntegerField()

    scar_cause = AnswerField()
    self_harm_status = AnswerField()
    age_amount = models.PositiveSmallIntegerField(null=True, blank=True)
    age_unit = AnswerField()
    wound_closed = AnswerField()
    wound_weeks = models.PositiveSmallIntegerField(null=True, blank=True)
    reopened = AnswerField()
    body_site = AnswerField()
    site_words = PrivateTextField(max_length=200, blank=True)
    side = AnswerField()
    elevation = AnswerField()
    firm = AnswerField()
    stripes = AnswerField()
    colour = AnswerField()
    width = AnswerField()
    beyond_edges = AnswerField()
    still_growing = AnswerField()
    large_area = AnswerField()
    pit_shape = AnswerField()
    pit_width_mm = AnswerField()
    pit_depth = AnswerField()
    flattens_on_stretch = AnswerField()
    visible_at_50cm = AnswerField()
    makeup_covers = AnswerField()
    tight_limits_movement = AnswerField()
    pulls_feature = AnswerField()
    itch = models.PositiveSmallIntegerField(null=True, blank=True)
    pain = models.PositiveSmallIntegerField(null=True, blank=True)
    colour_bothers = AnswerField()
    lump = AnswerField()
    fast = AnswerField()
    spot_pain = AnswerField()
    prior_treatments = models.JSONField(default=list, blank=True)
    treatment_words = PrivateTextField(max_length=200, blank=True)
    treatments = models.JSONField(default=dict, blank=True)

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
        place = BODY_SITES.get(self.body_site)
        label = _("Scar %(number)d") % {"number": self.number}
        return f"{label}: {place}" if place else str(label)

    @property
    def is_for_child(self):
        return self.intake.is_for_child

    @property
    def is_intimate(self):
        """Return whether its photos stay covered until somebody wants to see them.

        Where the patient says that a scar is counts as much as where staff have seen it.
        Reads `examinations`; of a draft nothing.
        """
        return self.is_intimate_at(self._seen_site)

    def is_intimate_at(self, seen_site):
        """Return what `is_intimate` does, where a caller knows where it was seen."""
        return not INTIMATE.isdisjoint({self.body_site, seen_site})

    @property
    def takes_photos(self):
        """Return whether photos of it may be kept, as of today.

        Nobody counts as of age whose age is not known.
        """
        age = self.intake.age_on(timezone.localdate())
        return (age is not None and age >= PHOTOS_FROM) or not self.is_intimate

    @property
    def _seen_site(self):
        """Return where staff have seen this scar, "" if nobody has: nobody sees drafts."""
        if self.pk is None or self.intake.is_draft:
            return ""
        return next(
            (
                each.value
                for each in self.examinations.all()
                if each.name == "body_site" and not each.is_superseded
            ),
            "",
        )

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
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["intake", "finding"], name="consultations_answer_once"
            )
        ]

    def __str__(self):
        return f"{self.question} {self.get_value_display()}"
