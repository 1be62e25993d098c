"""Conditions: what one finding means for every treatment."""

from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget

from methods.admin.criteria import CriterionInline
from methods.admin.publishable import PublishableAdmin
from methods.models import Condition, NotNeeded
from scarclinic.staff.edit_conflicts import MergedForm, MergedFormSet
from scarclinic.staff.text.forms import ADMIN_FIELDS


class ConditionCriterionInline(CriterionInline):
    """The rows of a condition, each for some treatments."""

    autocomplete_fields = ["methods", *CriterionInline.autocomplete_fields]
    fieldsets = [
        (None, {"fields": ["methods", "kind", "level", "until", "refer", "position"]}),
        *CriterionInline.fieldsets[1:],
    ]
    related = (*CriterionInline.related, "methods")

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        formset.form.base_fields["methods"].required = True
        return formset


class NotNeededForm(MergedForm):
    class Meta:
        widgets = {"why": AdminTextareaWidget(attrs={"rows": 2})}


class NotNeededInline(admin.StackedInline):
    model = NotNeeded
    form = NotNeededForm
    formset = MergedFormSet
    formfield_overrides = ADMIN_FIELDS
    extra = 0
    autocomplete_fields = ["methods"]
    fields = ["methods", "why", "position"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("methods")


@admin.register(Condition)
class ConditionAdmin(PublishableAdmin):
    """Conditions: each live treatment has a row, or a word why it needs none."""

    identity = "finding"
    list_display = ["finding", "is_live", "unpublished_changes"]
    list_select_related = ["finding"]
    search_fields = ["finding__label", "finding__code"]
    autocomplete_fields = ["finding"]
    inlines = [ConditionCriterionInline, NotNeededInline]
    actions = ["unpublish"]
    fields = ["finding"]
