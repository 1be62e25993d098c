"""The clinic itself: details, hours, notices, people, synonyms."""

from itertools import pairwise

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from methods.admin.findings import WAITS
from methods.models import (
    Clinic,
    ClosedDay,
    Notice,
    OpeningHours,
    Person,
    Synonym,
)
from methods.publishing import editions, proposals
from methods.website.views import search
from scarclinic.staff.edit_conflicts import (
    EditedAdmin,
    EditedForm,
    MergedForm,
    MergedFormSet,
)
from scarclinic.staff.text.forms import ADMIN_FIELDS, PersonNameField


class PublicAdmin(EditedAdmin):
    """Rows without a draft: what is saved, visitors see at once."""

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        editions.renew()

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        editions.renew()

    @transaction.atomic
    def delete_queryset(self, request, queryset):
        super().delete_queryset(request, queryset)
        editions.renew()

    def response_add(self, request, obj, post_url_continue=None):
        messages.success(request, self.saved_message(obj))
        return super().response_add(request, obj, post_url_continue)

    def response_change(self, request, obj):
        messages.success(request, self.saved_message(obj))
        return super().response_change(request, obj)

    def saved_message(self, obj):
        """Return what saving a row means for visitors, in a sentence."""
        return _("Visitors see this now.")


# The clinic


class HoursFormSet(MergedFormSet):
    def clean(self):
        super().clean()
        if any(self.errors):
            return
        kept = [form for form in self.forms if form not in self.deleted_forms]
        rows = [
            form.instance for form in kept if form.has_changed() or form.instance.pk
        ]
        rows += self.others
        rows.sort(key=lambda row: (row.weekday, row.opens))
        for earlier, later in pairwise(rows):
            if earlier.weekday == later.weekday and later.opens < earlier.closes:
                message = gettext(
                    "%(day)s: these hours overlap. Join them, or remove one."
                )
                raise forms.ValidationError(
                    message % {"day": later.get_weekday_display()}
                )


class OpeningHoursInline(admin.StackedInline):
    model = OpeningHours
    form = MergedForm
    formset = HoursFormSet
    extra = 0
    fields = [("weekday", "opens", "closes")]
    # The stock widget offers "now", midnight and noon.
    formfield_overrides = ADMIN_FIELDS | {
        models.TimeField: {
            "widget": forms.TimeInput(format="%H:%M", attrs={"type": "time"})
        }
    }


class ClosedDayInline(admin.StackedInline):
    model = ClosedDay
    form = MergedForm
    formset = MergedFormSet
    extra = 0
    fields = [("starts_on", "ends_on", "words")]
    formfield_overrides = ADMIN_FIELDS


class NamedForm(EditedForm):
    class Meta:
        field_classes = {"name": PersonNameField}


@admin.register(Clinic)
class ClinicAdmin(PublicAdmin):
    """How the clinic presents itself: one row, so its list is its form."""

    form = NamedForm
    inlines = [OpeningHoursInline, ClosedDayInline]
    fieldsets = [
        (None, {"fields": ["name", "about"]}),
        (_("Address"), {"fields": ["street", "postal_code", "town", "country"]}),
        (_("How to reach you"), {"fields": ["country_code", "telephone", "email"]}),
        (_("How to come"), {"fields": ["map_url", "how_to_come"]}),
        (_("In an emergency"), {"fields": ["emergency_number", "support_line"]}),
        (_("Prices"), {"fields": ["currency"]}),
        (_("Closed days"), {"fields": ["is_closed_on_holidays", "subdivision"]}),
    ]

    def save_model(self, request, obj, form, change):
        waits = proposals.change(obj, by=request.user) if change else None
        super().save_model(request, obj, form, change)
        if waits:
            messages.warning(request, WAITS % {"name": waits})

    def changelist_view(self, request, extra_context=None):
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        # A site without its starter content has no row yet.
        clinic, _made = Clinic.objects.get_or_create(pk=Clinic.ONLY)
        return redirect("admin:methods_clinic_change", clinic.pk)

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def view_on_site(self, obj):
        return reverse("methods:contact")


# Notices


def _moment(time):
    return date_format(timezone.localtime(time), "DATETIME_FORMAT")


class NoticeForm(EditedForm):
    class Meta:
        widgets = {"text": AdminTextareaWidget(attrs={"rows": 3})}

    def clean(self):
        super().clean()
        starts, ends = (
            self.cleaned_data.get(name) for name in ("starts_at", "ends_at")
        )
        # Name the field, where the constraint of the model names only the rule.
        if starts and ends and ends <= starts:
            self.add_error("ends_at", _("Let it end after it begins."))


@admin.register(Notice)
class NoticeAdmin(PublicAdmin):
    """Notices shown on every page, for a time."""

    form = NoticeForm
    list_display = ["text", "level", "shown"]
    readonly_fields = ["shown"]

    def get_fields(self, request, obj=None):
        fields = ["text", "level", "starts_at", "ends_at"]
        return [*fields, "shown"] if obj else fields

    @admin.display(description=_("on the site"), ordering="starts_at")
    def shown(self, obj):
        now = timezone.now()
        if obj.ends_at and obj.ends_at <= now:
            message = gettext("No longer, since %(ends)s")
        elif obj.starts_at > now and obj.ends_at:
            message = gettext("From %(starts)s until %(ends)s")
        elif obj.starts_at > now:
            message = gettext("From %(starts)s")
        elif obj.ends_at:
            message = gettext("Now, until %(ends)s")
        else:
            message = gettext("Now, until you say otherwise")
        ends = _moment(obj.ends_at) if obj.ends_at else ""
        return message % {"starts": _moment(obj.starts_at), "ends": ends}

    def saved_message(self, obj):
        return gettext("On every page: %(when)s") % {"when": self.shown(obj)}


# People and words


@admin.register(Person)
class PersonAdmin(PublicAdmin):
    form = NamedForm
    list_display = ["name", "profession", "position", "is_public"]
    fields = ["name", "profession", "registration", "about", "methods", "picture"]
    fields += ["position", "is_public"]
    autocomplete_fields = ["methods", "picture"]

    class Media:
        js = ["admin/js/jquery.init.js", "methods/autocomplete.js"]

    def saved_message(self, obj):
        return (
            super().saved_message(obj)
            if obj.is_public
            else _("Visitors do not see this.")
        )


def _index():
    """Return the search as visitors have it now."""
    return search.index(editions.current(catalogue=True))


class SynonymForm(EditedForm):
    class Meta:
        help_texts = {
            "phrase": _(
                "As people type it, for example: sanding. Endings and small typing "
                "mistakes need no row of their own."
            ),
            "means": _(
                "The title or another name of a page, for example: Dermabrasion. "
                "Several with commas between them: the first is shown first. Words that "
                "are no name are looked for in all pages."
            ),
        }

    def clean_phrase(self):
        phrase = " ".join(self.cleaned_data["phrase"].split())
        index = _index()
        key = index.key_of_synonym(phrase)
        if not key:
            raise ValidationError(_("Write words, for example: sanding."))
        for other in Synonym.objects.exclude(pk=self.instance.pk):
            if index.key_of_synonym(other.phrase) == key:
                raise ValidationError(
                    _(
                        "The search takes this for “%(phrase)s”. Change that row instead."
                    ),
                    params={"phrase": other.phrase},
                )
        return phrase

    def clean_means(self):
        means = [
            " ".join(each.split()) for each in self.cleaned_data["means"].split(",")
        ]
        return ", ".join(each for each in means if each)


@admin.register(Synonym)
class SynonymAdmin(PublicAdmin):
    """Synonyms: a visitor's word, and our pages' word for it."""

    form = SynonymForm
    list_display = fields = ["phrase", "means"]
    search_fields = ["phrase", "means"]

    def saved_message(self, obj):
        results = _index().search(obj.phrase).results[:3]
        if not results:
            return gettext("Who looks for “%(phrase)s” still finds nothing.") % {
                "phrase": obj.phrase
            }
        return gettext("Who looks for “%(phrase)s” now finds first: %(titles)s.") % {
            "phrase": obj.phrase,
            "titles": "; ".join(each.page.title for each in results),
        }

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        for text, pages in _index().meant(form.instance.means).items():
            if not pages:
                said = gettext(
                    "“%(text)s” finds no page. Write a name that a page has."
                )
                messages.warning(request, said % {"text": text})
