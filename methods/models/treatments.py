"""Treatments (methods), their traits, addresses and revisions."""

from itertools import combinations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from methods.models.fields import CountField, LinesField, PriceField, protect
from methods.models.findings import Finding
from methods.models.revisions import PublishableQuerySet, Revision
from methods.protocol.vocabulary import MethodGroup, PainLevel

METHOD_SECTIONS = {
    "can": _("What it can do"),
    "cannot": _("What it cannot do"),
    "feel": _("How it feels"),
    "gravest": _("The gravest risk"),
    "darker_skin": _("On brown or black skin"),
    "before_do": _("Before: do"),
    "before_do_not": _("Before: do not"),
    "steps": _("What happens"),
    "after_do": _("After: do"),
    "after_do_not": _("After: do not"),
    "risks_common": _("Common risks"),
    "risks_less_common": _("Less common risks"),
    "risks_rare": _("Rare risks"),
    "call_today": _("Call us today if"),
    "call_emergency": _("Emergency if"),
    "alternatives": _("Alternatives, doing nothing included"),
    "questions": _("Questions to ask"),
}

KEY_FACTS = {
    "sessions": _("Sessions"),
    "apart": _("Time between sessions"),
    "days_off": _("Days off"),
    "days_off_note": _("What those days are like"),
    "pain": _("Pain"),
    "anaesthetic": _("Anaesthetic"),
    "scar_age": _("Age of the scar"),
}

MEASURES = (
    "sessions_from",
    "sessions_to",
    "sessions_most",
    "days_off_from",
    "days_off_to",
    "days_off_most",
    "pain_level",
    "visit_minutes",
)
"""Key facts once more, as the numbers that filters and estimates read."""
PRICE = ("price_from", "price_to", "price_remark")
"""What one session costs: two decimals, or one, and a remark."""
SESSIONS, DAYS_OFF = MEASURES[:3], MEASURES[3:6]
REFERRAL_SECTIONS = ("can", "cannot", "steps", "call_today", "questions")
"""The sections that the page of a referral or of advice must have; others may be empty."""
CRITERIA = (
    "criteria__when",
    "criteria__unless",
    "criteria__refer",
    "criteria__sources",
)


def _in_order(*names):
    """Return a `Q`: the values of these fields, nulls skipped, are in ascending order."""
    condition = Q()
    for low, high in combinations(names, 2):
        empty = Q(**{f"{low}__isnull": True}) | Q(**{f"{high}__isnull": True})
        condition &= empty | Q(**{f"{high}__gte": F(low)})
    return condition


class MethodQuerySet(PublishableQuerySet):
    def for_draft(self):
        """Load what a draft's content consists of, at a fixed number of queries."""
        return self.select_related("live_revision", "follows").prefetch_related(
            "traits",
            *CRITERIA,
            *(f"relations__{name}" for name in ("methods", "scars", "when", "sources")),
            "ceilings__sources",
        )

    def due_for_review(self):
        """Return the live ones whose review is due; one without a date never had any."""
        date = "live_revision__next_review_on"
        due = Q(**{date: None}) | Q(**{f"{date}__lte": timezone.localdate()})
        return self.filter(due, live_revision__isnull=False)


class TraitQuerySet(PublishableQuerySet):
    def for_draft(self):
        """Load what a draft's content consists of, at a fixed number of queries."""
        return self.select_related("live_revision").prefetch_related(*CRITERIA)


class Trait(models.Model):
    """A property shared by several methods, with criteria that hold for all of them."""

    slug = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    description = models.CharField(_("description"), max_length=200)
    live_revision = models.ForeignKey(
        "TraitRevision", models.PROTECT, null=True, editable=False, related_name="+"
    )
    # Whether the working copy differs from what is live: `drafts.mark_changes`.
    has_changes = models.BooleanField(default=True, editable=False)

    objects = TraitQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("trait")
        verbose_name_plural = _("traits")

    def __str__(self):
        return self.name


class TraitRevision(Revision):
    subject = models.ForeignKey(Trait, models.PROTECT, related_name="revisions")
    findings = models.ManyToManyField(Finding, related_name="+")

    class Meta(Revision.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "number"], name="methods_traitrevision_number"
            )
        ]


class Method(models.Model):
    """A treatment, as staff edit it."""

    slug = models.SlugField(
        _("code"),
        max_length=60,
        unique=True,
        help_text=_("Its name in rules and files. Fixed once published."),
    )
    address = models.SlugField(
        _("address"),
        max_length=60,
        unique=True,
        editable=False,
        help_text=_("The end of the page's address, at first its code."),
    )
    title = models.CharField(_("title"), max_length=120)
    also_called = LinesField(
        _("also called"),
        help_text=_("Names that visitors use, one per line. The search finds them."),
    )
    group = models.CharField(_("group"), max_length=20, choices=MethodGroup)
    position = models.PositiveSmallIntegerField(
        _("order"), default=1000, help_text=_("The clinic's own order within a line.")
    )
    is_ranked = models.BooleanField(
        _("ranked"),
        default=True,
        help_text=_("Off for advice that everybody gets and no rule sorts."),
    )
    follows = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("variant of"),
        related_name="variants",
        help_text=_(
            "A variant follows its main entry's criteria, except where it has its own."
        ),
    )
    traits = models.ManyToManyField(Trait, blank=True, verbose_name=_("traits"))

    summary = models.TextField(_("summary"), blank=True)
    sessions = models.CharField(KEY_FACTS["sessions"], max_length=120, blank=True)
    sessions_from = CountField(
        _("sessions, from"),
        help_text=_("What is usual, as in the words above. 0: none at the clinic."),
    )
    sessions_to = CountField(_("sessions, to"))
    sessions_most = CountField(
        _("sessions, the most"),
        help_text=_("If the words name more than what is usual."),
    )
    apart = models.CharField(KEY_FACTS["apart"], max_length=120, blank=True)
    days_off = models.CharField(KEY_FACTS["days_off"], max_length=160, blank=True)
    days_off_note = models.CharField(
        KEY_FACTS["days_off_note"], max_length=60, blank=True
    )
    days_off_from = CountField(
        _("days off, from"), help_text=_("What is usual, as in the words above.")
    )
    days_off_to = CountField(_("days off, to"))
    days_off_most = CountField(
        _("days off, the most"),
        help_text=_("If the words name more than what is usual."),
    )
    pain = models.CharField(KEY_FACTS["pain"], max_length=120, blank=True)
    pain_level = models.CharField(
        _("pain, for the filter"), max_length=10, choices=PainLevel, blank=True
    )
    visit_minutes = CountField(
        _("minutes of a visit"),
        help_text=_(
            "At your clinic, numbing included. Leave it empty if nobody knows."
        ),
    )
    anaesthetic = models.CharField(KEY_FACTS["anaesthetic"], max_length=120, blank=True)
    scar_age = models.CharField(KEY_FACTS["scar_age"], max_length=160, blank=True)
    price_from = PriceField(
        _("price of a session, from"),
        help_text=_("A number. The site adds the currency."),
    )
    price_to = PriceField(
        _("price of a session, to"),
        help_text=_("Leave it empty if every session costs the same."),
    )
    price_remark = models.CharField(
        _("remark on the price"),
        max_length=80,
        blank=True,
        help_text=_("Shown after it, for example: with numbing cream"),
    )

    can = LinesField(METHOD_SECTIONS["can"])
    cannot = LinesField(METHOD_SECTIONS["cannot"])
    feel = LinesField(METHOD_SECTIONS["feel"])
    gravest = LinesField(METHOD_SECTIONS["gravest"])
    darker_skin = LinesField(METHOD_SECTIONS["darker_skin"])
    before_do = LinesField(METHOD_SECTIONS["before_do"])
    before_do_not = LinesField(METHOD_SECTIONS["before_do_not"])
    steps = LinesField(METHOD_SECTIONS["steps"])
    after_do = LinesField(METHOD_SECTIONS["after_do"])
    after_do_not = LinesField(METHOD_SECTIONS["after_do_not"])
    risks_common = LinesField(METHOD_SECTIONS["risks_common"])
    risks_less_common = LinesField(METHOD_SECTIONS["risks_less_common"])
    risks_rare = LinesField(METHOD_SECTIONS["risks_rare"])
    call_today = LinesField(METHOD_SECTIONS["call_today"])
    call_emergency = LinesField(METHOD_SECTIONS["call_emergency"])
    alternatives = LinesField(METHOD_SECTIONS["alternatives"])
    questions = LinesField(METHOD_SECTIONS["questions"])

    reviewed_by = models.CharField(
        _("reviewed by"),
        max_length=120,
        blank=True,
        help_text=_("Name and profession."),
    )
    reviewed_on = models.DateField(_("reviewed on"), null=True, blank=True)
    next_review_on = models.DateField(_("next review"), null=True, blank=True)

    live_revision = models.ForeignKey(
        "MethodRevision", models.PROTECT, null=True, editable=False, related_name="+"
    )
    # Whether the working copy differs from what is live: `drafts.mark_changes`.
    has_changes = models.BooleanField(default=True, editable=False)

    objects = MethodQuerySet.as_manager()

    class Meta:
        ordering = ["position", "title"]
        verbose_name = _("method")
        verbose_name_plural = _("methods")
        constraints = [
            models.CheckConstraint(
                condition=~Q(follows=F("id")) | Q(follows__isnull=True),
                name="methods_method_does_not_follow_itself",
                violation_error_message=_("A method cannot be a variant of itself."),
            ),
            models.CheckConstraint(
                condition=_in_order(*SESSIONS),
                name="methods_method_sessions_increase",
                violation_error_message=_("Let the numbers of sessions increase."),
            ),
            models.CheckConstraint(
                condition=_in_order(*DAYS_OFF),
                name="methods_method_days_off_increase",
                violation_error_message=_("Let the numbers of days off increase."),
            ),
            models.CheckConstraint(
                condition=Q(price_from__isnull=True, price_to__isnull=True)
                | Q(price_from__isnull=False, price_from__gte=0)
                & (Q(price_to__isnull=True) | Q(price_to__gte=F("price_from"))),
                name="methods_method_price_is_a_range",
                violation_error_message=_(
                    "A price begins with the lower number, and may end with a higher."
                ),
            ),
        ]

    def __str__(self):
        return self.title

    def save(self, **kwargs):
        self.address = self.address or self.slug
        super().save(**kwargs)

    def get_absolute_url(self):
        return reverse("methods:detail", args=[self.address])

    def clean(self):
        # Only a new method takes its address from its code.
        if not self.address and (
            Method.objects.filter(address=self.slug).exists()
            or FormerAddress.objects.filter(address=self.slug).exists()
        ):
            raise ValidationError(
                {"slug": _("Another page has or had this address. Choose another.")}
            )
        for names in (SESSIONS, DAYS_OFF, PRICE[:2]):
            for low, high in combinations(names, 2):
                least, value = getattr(self, low), getattr(self, high)
                if None not in (least, value) and value < least:
                    message = _("Write %(least)s or more, or leave it empty.")
                    raise ValidationError({high: message % {"least": least}})
        if self.price_from is None and self.price_to is not None:
            raise ValidationError({"price_from": _("Write the lower price here.")})
        # A form leaves "id" out, and with it the constraint.
        if self.pk and self.follows_id == self.pk:
            raise ValidationError(
                {"follows": _("A method cannot be a variant of itself.")}
            )
        if self.follows and self.follows.follows_id:
            raise ValidationError(
                {"follows": _("Choose the main entry, not another variant.")}
            )
        if self.follows_id and self.pk and self.variants.exists():
            raise ValidationError(
                {"follows": _("This is a main entry: others are variants of it.")}
            )


class FormerAddress(models.Model):
    """Where a page once was. It leads to the method, however often that moved since."""

    address = models.SlugField(_("address"), max_length=60, unique=True)
    method = models.ForeignKey(Method, models.CASCADE, related_name="former_addresses")

    class Meta:
        ordering = ["address"]
        verbose_name = _("former address")
        verbose_name_plural = _("former addresses")

    def __str__(self):
        return self.address


class MethodRevision(Revision):
    subject = models.ForeignKey(Method, models.PROTECT, related_name="revisions")
    # As in its content, where no query could compare it.
    next_review_on = models.DateField(_("next review"), null=True, editable=False)
    findings = models.ManyToManyField(Finding, related_name="+")

    class Meta(Revision.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "number"], name="methods_methodrevision_number"
            )
        ]


for _relation in (MethodRevision.findings, TraitRevision.findings):
    protect(_relation, "finding")
