"""The clinic: address, hours, closed days, people, notices, synonyms."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from methods.models.fields import LinesField
from methods.protocol.vocabulary import ConsentUse, NoticeLevel, Weekday
from scarclinic.staff.text.countries import country_choices, subdivisions
from scarclinic.staff.text.telephones import to_e164

CURRENCIES = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP
    BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD
    FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD
    JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK
    MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR
    PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP
    SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD
    XCG XOF XPF YER ZAR ZMW ZWG
"""
"""What people pay with, by ISO 4217, with spaces between them."""


def known_currency(code):
    """Raise `ValidationError` unless a code is that of a currency."""
    if code not in CURRENCIES.split():
        message = gettext("Write the three capitals of a currency, for example EUR.")
        raise ValidationError(message)


class Clinic(models.Model):
    """How the clinic presents itself. There is one."""

    ONLY = 1

    name = models.CharField(_("name"), max_length=80, default="Scar clinic")
    street = models.CharField(_("street and number"), max_length=120, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    town = models.CharField(_("town"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=80, blank=True)
    country_code = models.CharField(
        _("country of telephones and holidays"),
        max_length=2,
        blank=True,
        choices=country_choices,
        help_text=_(
            "Numbers without a country code are read as those of this country, and its "
            "public holidays are no working days."
        ),
    )
    is_closed_on_holidays = models.BooleanField(
        _("closed on public holidays"),
        default=True,
        help_text=_(
            "Those of the country chosen above. They count as no working days."
        ),
    )
    subdivision = models.CharField(
        _("state or region"),
        max_length=20,
        blank=True,
        help_text=_("Its code, where public holidays differ, for example BY."),
    )
    telephone = models.CharField(
        _("telephone"),
        max_length=40,
        blank=True,
        help_text=_("On every page, and above all where a patient must call at once."),
    )
    telephone_e164 = models.CharField(max_length=16, blank=True, editable=False)
    email = models.EmailField(_("e-mail"), blank=True)
    emergency_number = models.CharField(
        _("emergency number"),
        max_length=20,
        default="112",
        help_text=_("That of your country: on every page that speaks of emergencies."),
    )
    support_line = LinesField(
        _("who listens in a crisis"),
        help_text=_(
            "One line each, with the number: shown wherever somebody may be in need. "
            "For example: Samaritans: 116 123, free, day and night"
        ),
    )
    map_url = models.URLField(_("address of a map"), max_length=400, blank=True)
    how_to_come = LinesField(
        _("how to come"),
        help_text=_("One line each: transport, parking, steps and lifts."),
    )
    currency = models.CharField(
        _("currency of prices"),
        max_length=3,
        default="EUR",
        validators=[known_currency],
        help_text=_("Three capitals, for example EUR. It follows every price."),
    )
    about = LinesField(_("about the clinic"), help_text=_("One paragraph per line."))

    class Meta:
        verbose_name = _("clinic")
        verbose_name_plural = _("clinic")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="methods_clinic_is_one")
        ]

    def __str__(self):
        return self.name

    def save(self, **kwargs):
        self.pk = self.ONLY
        super().save(**kwargs)

    def clean(self):
        known = subdivisions(self.country_code) if self.subdivision else ()
        if self.subdivision and self.subdivision not in known:
            message = _("Leave it empty, or write one of: %(codes)s")
            codes = ", ".join(known) or "–"
            raise ValidationError({"subdivision": message % {"codes": codes}})
        self.telephone_e164 = ""
        if self.telephone:
            try:
                e164 = to_e164(self.telephone, self.country_code)
            except ValidationError as error:
                raise ValidationError({"telephone": error}) from None
            self.telephone_e164 = e164


def country_code():
    """Return the clinic's country by ISO 3166, "" if it is not known. One query."""
    clinics = Clinic.objects.filter(pk=Clinic.ONLY)
    return clinics.values_list("country_code", flat=True).first() or ""


class OpeningHours(models.Model):
    """When the clinic is open on one weekday; a break makes two rows."""

    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday)
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))

    class Meta:
        ordering = ["weekday", "opens"]
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        constraints = [
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")),
                name="methods_openinghours_close_after_opening",
                violation_error_message=_("Let it close after it opens."),
            )
        ]

    def __str__(self):
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"


class ClosedDay(models.Model):
    """Some days in a row on which the clinic is closed, whatever its opening hours."""

    MOST = timedelta(days=366)

    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="closed_days")
    starts_on = models.DateField(_("closed from"))
    ends_on = models.DateField(
        _("closed until"), help_text=_("The last day on which it is closed.")
    )
    words = models.CharField(
        _("why"),
        max_length=80,
        blank=True,
        help_text=_("Visitors read it, for example: Summer holidays"),
    )

    class Meta:
        ordering = ["starts_on", "ends_on"]
        verbose_name = _("closed days")
        verbose_name_plural = _("closed days")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="methods_closedday_ends_after_its_start",
                violation_error_message=_("Let it end on its first day or later."),
            )
        ]

    def __str__(self):
        return f"{self.starts_on} – {self.ends_on}"

    def clean(self):
        if not (self.starts_on and self.ends_on):
            return
        if self.ends_on < self.starts_on:
            message = _("Let it end on its first day or later.")
            raise ValidationError({"ends_on": message})
        if self.ends_on - self.starts_on > self.MOST:
            raise ValidationError({"ends_on": _("Check the year: a year at most.")})


class Notice(models.Model):
    """Something to announce on every page, for a time."""

    text = models.CharField(_("text"), max_length=300)
    level = models.CharField(
        _("level"), max_length=10, choices=NoticeLevel, default=NoticeLevel.NEWS
    )
    starts_at = models.DateTimeField(_("from"), default=timezone.now)
    ends_at = models.DateTimeField(
        _("until"),
        null=True,
        blank=True,
        help_text=_("Leave it empty to show it until you say otherwise."),
    )

    class Meta:
        ordering = ["-starts_at"]
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="methods_notice_ends_after_its_start",
                violation_error_message=_("Let it end after it begins."),
            )
        ]

    def __str__(self):
        return self.text


class Person(models.Model):
    """Somebody of the clinic whom visitors may know."""

    name = models.CharField(_("name"), max_length=120)
    profession = models.CharField(_("profession"), max_length=120)
    registration = models.CharField(
        _("registration"),
        max_length=120,
        blank=True,
        help_text=_("Where and under which number, so that visitors can check it."),
    )
    about = LinesField(_("about"), help_text=_("One paragraph per line."))
    methods = models.ManyToManyField(
        "Method",
        related_name="people",
        blank=True,
        verbose_name=_("treatments"),
        help_text=_("Those that this person gives: each treatment’s page says so."),
    )
    picture = models.ForeignKey(
        "Picture",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="people",
        limit_choices_to={"consent__use": ConsentUse.PEOPLE},
        verbose_name=_("photo"),
        help_text=_(
            "Only photos are offered that somebody agreed to show on the page about us."
        ),
    )
    position = models.PositiveSmallIntegerField(_("order"), default=1000)
    is_public = models.BooleanField(_("shown to visitors"), default=True)

    class Meta:
        ordering = ["position", "name"]
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self):
        return self.name

    def clean(self):
        if self.picture and (
            message := self.picture.consent.obstacle(ConsentUse.PEOPLE)
        ):
            raise ValidationError({"picture": message})


class Synonym(models.Model):
    """A synonym for the search: a visitor's word, and our pages' word for it."""

    phrase = models.CharField(
        _("visitors say"),
        max_length=80,
        unique=True,
        help_text=_("For example: sanding"),
    )
    means = models.CharField(
        _("our pages say"),
        max_length=200,
        help_text=_("For example: dermabrasion. Several, with commas between them."),
    )

    class Meta:
        ordering = ["phrase"]
        verbose_name = _("synonym")
        verbose_name_plural = _("synonyms")

    def __str__(self):
        return f"{self.phrase} → {self.means}"
