"""Photos of people, and the consent that each of them needs."""

import secrets

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from methods.models.scar_types import ScarType
from methods.models.treatments import Method
from methods.protocol.vocabulary import ConsentUse, Phototype
from scarclinic.staff.private_fields import PrivateTextField, RowKeyField


def picture_token():
    """Return a random token that names a picture's files; it cannot be guessed."""
    return secrets.token_hex(8)


class Consent(models.Model):
    """A person's consent to show photos of them. Outlives the photos."""

    SEALED_BY = ("row_key",)

    row_key = RowKeyField()
    person_name = PrivateTextField(
        _("whose photos"), max_length=120, help_text=_("Only staff see this name.")
    )
    shows = PrivateTextField(
        _("what they show"),
        max_length=200,
        help_text=_("For staff. For example: left cheek, before and after."),
    )
    use = models.CharField(_("what for"), max_length=10, choices=ConsentUse)
    given_on = models.DateField(_("given on"))
    until = models.DateField(
        _("until"), null=True, blank=True, help_text=_("The last day it holds.")
    )
    until_withdrawn = models.BooleanField(_("until it is withdrawn"), default=False)
    paper = models.CharField(
        _("signed paper"),
        max_length=120,
        help_text=_("Where it is, for example: folder 3, number 17."),
    )
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        editable=False,
        related_name="+",
        verbose_name=_("recorded by"),
    )
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, editable=False)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("withdrawal recorded by"),
    )

    class Meta:
        ordering = ["-given_on", "-pk"]
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=False, until_withdrawn=False)
                | Q(until__isnull=True, until_withdrawn=True),
                name="methods_consent_says_until_when",
                violation_error_message=_(
                    "Give the last day, or tick “until it is withdrawn”; not both."
                ),
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("given_on")),
                name="methods_consent_ends_after_it_was_given",
                violation_error_message=_("Let it end after the day it was given."),
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="methods_consent_withdrawal_is_whole",
            ),
        ]

    def __str__(self):
        return f"{self.person_name}, {date_format(self.given_on)}"

    def clean(self):
        if self.given_on and self.given_on > timezone.localdate():
            message = gettext("This day has not come yet. Record it once it is given.")
            raise ValidationError({"given_on": message})

    def obstacle(self, use=None):
        """Return why nothing may be shown today by this consent, or "".

        With a `ConsentUse`, also if it was given for something else.
        """
        if self.withdrawn_at:
            day = timezone.localdate(self.withdrawn_at)
            message = gettext("The consent was withdrawn on %(day)s.")
        elif self.until and self.until < timezone.localdate():
            day = self.until
            message = gettext("The consent ran out on %(day)s.")
        elif use and self.use != use:
            message = gettext("The consent is only for this: %(use)s.")
            return message % {"use": self.get_use_display()}
        else:
            return ""
        return message % {"day": date_format(day)}


class PictureQuerySet(models.QuerySet):
    def permitted(self, use):
        """Return those that may be shown today for a `ConsentUse`, with their consent."""
        in_force = Q(consent__until__isnull=True) | Q(
            consent__until__gte=timezone.localdate()
        )
        return self.filter(
            in_force, consent__use=use, consent__withdrawn_at__isnull=True
        ).select_related("consent")

    def for_list(self):
        """Load what says whether and where each is shown, at a fixed number of queries."""
        return self.select_related("consent").prefetch_related(
            "people",
            *(
                f"{side}__{other}"
                for side in ("as_before", "as_after")
                for other in (
                    "method",
                    "scar_type",
                    "before__consent",
                    "after__consent",
                )
            ),
        )


class Picture(models.Model):
    """A photo of a person. `methods.pictures.keeping` writes its files; no original is kept."""

    consent = models.ForeignKey(
        Consent,
        models.PROTECT,
        related_name="pictures",
        verbose_name=_("consent"),
        help_text=_("Record it first, with the plus sign; then choose it here."),
    )
    alt = models.CharField(
        _("description"),
        max_length=250,
        blank=True,
        help_text=_(
            "What the photo shows, for those who do not see it. No name of a patient."
        ),
    )
    is_decorative = models.BooleanField(
        _("decorative"),
        default=False,
        help_text=_("It tells nothing that the text beside it does not."),
    )
    token = models.CharField(
        max_length=16, unique=True, editable=False, default=picture_token
    )
    renditions = models.JSONField(editable=False)
    """[[width, height, format]], narrowest first: the smallest file of each width."""
    fallback = models.JSONField(editable=False)
    """The same of one JPEG, for browsers that know nothing newer."""

    objects = PictureQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        constraints = [
            models.CheckConstraint(
                condition=Q(is_decorative=True, alt="")
                | (Q(is_decorative=False) & ~Q(alt="")),
                name="methods_picture_is_described_or_decorative",
                violation_error_message=_(
                    "Describe the photo, or tick “decorative”; not both."
                ),
            )
        ]

    def __str__(self):
        label = self.alt or gettext("decorative")
        return f"{self.pk}: {label}" if self.pk else label

    def pairs(self):
        """Return the pairs that it is part of."""
        return [*self.as_before.all(), *self.as_after.all()]

    def places(self):
        """Return where visitors see it now, in words. Costs nothing after `for_list`."""
        if self.consent.obstacle():
            return []
        people = [
            str(each)
            for each in self.people.all()
            if each.is_public and self.consent.use == ConsentUse.PEOPLE
        ]
        pairs = [str(pair) for pair in self.pairs() if not pair.obstacle()]
        return people + pairs


class BeforeAfter(models.Model):
    """The same scar before and after treatment: both photos are shown, or none."""

    before = models.ForeignKey(
        Picture,
        models.CASCADE,
        related_name="as_before",
        limit_choices_to={"consent__use": ConsentUse.RESULTS},
        verbose_name=_("photo before"),
        help_text=_("Only photos are offered whose consent is for results."),
    )
    after = models.ForeignKey(
        Picture,
        models.CASCADE,
        related_name="as_after",
        limit_choices_to={"consent__use": ConsentUse.RESULTS},
        verbose_name=_("photo after"),
    )
    method = models.ForeignKey(
        Method, models.CASCADE, null=True, blank=True, verbose_name=_("treatment")
    )
    scar_type = models.ForeignKey(
        ScarType, models.CASCADE, null=True, blank=True, verbose_name=_("scar type")
    )
    sessions = models.PositiveSmallIntegerField(
        _("sessions"),
        validators=[MinValueValidator(1)],
        help_text=_("All that this person had between the two photos."),
    )
    months = models.PositiveSmallIntegerField(
        _("months between the photos"), validators=[MinValueValidator(1)]
    )
    phototype = models.PositiveSmallIntegerField(_("phototype"), choices=Phototype)
    taken = models.CharField(
        _("how they were taken"),
        max_length=160,
        help_text=_("For visitors, for example: Same light and angle, no make-up."),
    )
    is_drawn = models.BooleanField(
        _("drawn"),
        default=False,
        help_text=_("No photos but drawings, as in a demonstration: the page says so."),
    )
    position = models.PositiveSmallIntegerField(_("order"), default=1000)
    is_public = models.BooleanField(_("shown to visitors"), default=True)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("before and after")
        verbose_name_plural = _("before and after")
        constraints = [
            models.CheckConstraint(
                condition=Q(method__isnull=False) | Q(scar_type__isnull=False),
                name="methods_beforeafter_has_a_page",
                violation_error_message=_("Choose a treatment, a scar type, or both."),
            ),
            models.CheckConstraint(
                condition=~Q(before=F("after")),
                name="methods_beforeafter_shows_two_photos",
                violation_error_message=_("Choose two different photos."),
            ),
            models.CheckConstraint(
                condition=Q(sessions__gte=1, months__gte=1),
                name="methods_beforeafter_counts_from_one",
            ),
        ]

    def __str__(self):
        return " · ".join(str(each) for each in (self.method, self.scar_type) if each)

    def clean(self):
        message = {
            side: obstacle
            for side in ("before", "after")
            if getattr(self, f"{side}_id")
            and (obstacle := getattr(self, side).consent.obstacle(ConsentUse.RESULTS))
        }
        if message:
            raise ValidationError(message)

    def obstacle(self):
        """Return why visitors do not see it, or ""."""
        if not self.is_public:
            return gettext("It is not shown to visitors.")
        consents = (self.before.consent, self.after.consent)
        found = (each.obstacle(ConsentUse.RESULTS) for each in consents)
        return next(filter(None, found), "")
