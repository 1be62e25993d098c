"""Narrow the queue: by what a scar is, what is planned, who signed, and dates.

A filter's codes stand in the address: they say nothing of anybody. What is typed to find
a person does not: `QueueAdmin` seals it.
"""

from datetime import datetime, time, timedelta

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations.admin.numbers import row_number
from consultations.models import Facet, FacetKind
from methods.models import Method
from methods.protocol.coded_findings import ScarTypeCode
from methods.protocol.vocabulary import BodySite, ScarCause
from scarclinic.staff.text.dates import read_date

CHOICES = "admin/consultations/plan/filter_choices.html"
DATES = "admin/consultations/plan/filter_dates.html"


class CodeFilter(admin.SimpleListFilter):
    """One code out of a list, chosen in a form: too many for a list of links."""

    template = CHOICES
    order = ["-intake", "-version"]

    @property
    def chosen(self):
        """Return what is chosen in words, "" for nothing."""
        return self.named.get(self.value(), "")

    @cached_property
    def named(self):
        return {str(code): str(name) for code, name in self.lookup_choices}

    def value(self):
        given = super().value()
        return given if given in self.named else ""

    @classmethod
    def names(cls):
        return [cls.parameter_name]

    def choices(self, changelist):
        for code, name in self.lookup_choices:
            yield {"value": code, "name": name, "selected": str(code) == self.value()}

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        facets = Facet.objects.with_code(self.parameter_name, self.value())
        if request.state == "all":
            # The newest first, by the index of codes.
            return queryset.filter(intake__in=facets.values("intake"))
        # In the order of the queue, by the index of the queue.
        return queryset.filter(Exists(facets.filter(intake=OuterRef("intake"))))


class TypeFilter(CodeFilter):
    title = FacetKind.TYPE.label
    parameter_name = str(FacetKind.TYPE)

    def lookups(self, request, model_admin):
        return ScarTypeCode.choices


class SiteFilter(CodeFilter):
    title = FacetKind.SITE.label
    parameter_name = str(FacetKind.SITE)

    def lookups(self, request, model_admin):
        return BodySite.choices


class CauseFilter(CodeFilter):
    title = FacetKind.CAUSE.label
    parameter_name = str(FacetKind.CAUSE)

    def lookups(self, request, model_admin):
        return ScarCause.choices


class MethodFilter(CodeFilter):
    title = FacetKind.METHOD.label
    parameter_name = str(FacetKind.METHOD)

    def lookups(self, request, model_admin):
        return Method.objects.order_by("title").values_list("slug", "title")


class SignerFilter(CodeFilter):
    title = lazy("Signed by")
    parameter_name = "signed_by"
    order = ["-signed_at", "-pk"]

    def lookups(self, request, model_admin):
        users = get_user_model().objects.exclude(registration_number="")
        users = users.order_by("first_name", "last_name", "username")
        return [(str(each.pk), each.display_name) for each in users]

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        return queryset.signed().filter(signed_by=row_number(self.value()))


class DatesFilter(admin.ListFilter):
    """From one day to another, both included, as people write days; either may be open."""

    template = DATES
    field_name = ""

    def __init__(self, request, params, model, model_admin):
        super().__init__(request, params, model, model_admin)
        self.faults = {}
        self.ends = [
            {
                "name": name,
                "label": label,
                "text": (params.pop(name, None) or [""])[-1].strip(),
            }
            for name, label in zip(self.names(), self.labels, strict=True)
        ]
        for end in self.ends:
            end["day"] = None
            try:
                end["day"] = read_date(end["text"]) if end["text"] else None
            except ValidationError as wrong:
                end["fault"] = wrong.message

    @classmethod
    def names(cls):
        return [f"{cls.parameter_name}_from", f"{cls.parameter_name}_to"]

    def expected_parameters(self):
        return self.names()

    def has_output(self):
        return True

    @property
    def chosen(self):
        """Return the days in words, "" for none."""
        words = (
            _("from %(day)s") % {"day": date_format(end["day"])}
            if end is self.ends[0]
            else _("until %(day)s") % {"day": date_format(end["day"])}
            for end in self.ends
            if end["day"]
        )
        return " ".join(words)

    def choices(self, changelist):
        return self.ends

    def queryset(self, request, queryset):
        first, last = (end["day"] for end in self.ends)
        if first:
            queryset = queryset.filter(**{f"{self.field_name}__gte": _midnight(first)})
        if last:
            after = _midnight(last + timedelta(days=1))
            queryset = queryset.filter(**{f"{self.field_name}__lt": after})
        return queryset


def _midnight(day):
    return timezone.make_aware(datetime.combine(day, time.min))


class SentFilter(DatesFilter):
    title = lazy("Sent")
    parameter_name = "sent"
    labels = [lazy("Sent from"), lazy("Sent until")]
    field_name = "intake__submitted_at"
    order = ["-intake__submitted_at", "-pk"]


class SignedFilter(DatesFilter):
    title = lazy("Signed")
    parameter_name = "signed"
    labels = [lazy("Signed from"), lazy("Signed until")]
    field_name = "signed_at"
    order = ["-signed_at", "-pk"]


FOR_ALL = [SignerFilter, SentFilter, SignedFilter]
FOR_READERS = [TypeFilter, SiteFilter, CauseFilter, MethodFilter]
EVERY = [*FOR_READERS, *FOR_ALL]


def parameters(filters):
    """Return the names that filters have in an address."""
    return [name for each in filters for name in each.names()]


def narrowed(changelist):
    """Return what narrows a list: (title, what is chosen, address without it) each."""
    return [
        (spec.title, spec.chosen, changelist.get_query_string(remove=spec.names()))
        for spec in changelist.filter_specs
        if getattr(spec, "chosen", "")
    ]


def order_of(request):
    """Return the order in which an index lists what is narrowed, None without a filter."""
    for each in EVERY:
        if any(request.GET.get(name, "").strip() for name in each.names()):
            return each.order
    return None
