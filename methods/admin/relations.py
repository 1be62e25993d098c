"""Relations and ceilings, inside the form of a treatment."""

from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.utils.translation import gettext_lazy as _

from methods.models import Ceiling, Relation
from scarclinic.staff.edit_conflicts import MergedForm, MergedFormSet
from scarclinic.staff.text.forms import ADMIN_FIELDS


class RelationForm(MergedForm):
    class Meta:
        widgets = {
            name: AdminTextareaWidget(attrs={"rows": 3})
            for name in ("for_patient", "for_staff", "contested")
        }
        error_messages = {
            "methods": {"required": _("Choose at least one treatment.")},
            "sources": {"required": _("Choose at least one source.")},
        }


class RelationInline(admin.StackedInline):
    model = Relation
    form = RelationForm
    formset = MergedFormSet
    formfield_overrides = ADMIN_FIELDS
    fk_name = "method"
    extra = 0
    autocomplete_fields = ["methods", "scars", "when", "sources"]
    fieldsets = [
        (None, {"fields": ["kind", "methods", "is_hard", "position"]}),
        (_("It holds"), {"fields": ["scars", "when", "line"]}),
        (_("How much"), {"fields": ["sessions", "weeks", "weeks_dark"]}),
        (_("Reasons"), {"fields": ["for_patient", "for_staff", "contested"]}),
        (_("Evidence"), {"fields": ["sources"]}),
    ]

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows.prefetch_related("methods", "scars", "when", "sources")


class CeilingForm(MergedForm):
    class Meta:
        widgets = {"for_staff": AdminTextareaWidget(attrs={"rows": 2})}
        error_messages = {"sources": {"required": _("Choose at least one source.")}}


class CeilingInline(admin.StackedInline):
    model = Ceiling
    form = CeilingForm
    formset = MergedFormSet
    formfield_overrides = ADMIN_FIELDS
    extra = 0
    autocomplete_fields = ["sources"]
    fields = [
        *("substance", "unit", "reason_above", "refuse_above"),
        *("for_staff", "sources", "position"),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("sources")
