"""Criteria, inside the form of a treatment, a trait or a condition."""

from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from methods.models import (
    Criterion,
)
from methods.protocol import entries
from methods.protocol.vocabulary import WEAK_GRADES, CriterionKind
from scarclinic.staff.edit_conflicts import MergedForm, MergedFormSet
from scarclinic.staff.text.forms import ADMIN_FIELDS


class CriterionForm(MergedForm):
    class Meta:
        widgets = {
            name: AdminTextareaWidget(attrs={"rows": 3})
            for name in ("for_patient", "for_staff", "contested")
        }
        error_messages = {
            "methods": {"required": _("Choose at least one treatment.")},
            "when": {"required": _("Choose at least one finding.")},
            "sources": {"required": _("Choose at least one source.")},
        }

    def clean(self):
        super().clean()
        kind = self.cleaned_data.get("kind")
        if kind:
            self._check_presence(
                "line",
                kind == CriterionKind.INDICATION,
                _("Choose a line: an indication needs one."),
                _("Leave the line empty: only an indication has one."),
            )
            self._check_presence(
                "until",
                kind == CriterionKind.DEFERRAL,
                _("Say until when: a deferral ends."),
                _("Leave this empty: only a deferral has an end."),
            )
            if kind != CriterionKind.PRECAUTION and self.cleaned_data.get("level"):
                self.add_error(
                    "level", _("Leave the level empty: only a precaution has one.")
                )
            if kind != CriterionKind.CONTRAINDICATION and self.cleaned_data.get(
                "refer"
            ):
                self.add_error(
                    "refer",
                    _("Leave this empty: only a contraindication refers elsewhere."),
                )
        both = set(self.cleaned_data.get("when", ()))
        both &= set(self.cleaned_data.get("unless", ()))
        if both:
            names = ", ".join(sorted(str(each) for each in both))
            self.add_error(
                "unless",
                gettext("Remove “%(names)s” here or from “when”: it cannot be in both.")
                % {"names": names},
            )

    def _check_presence(self, name, is_needed, if_missing, if_given):
        """Report at the field; the model's constraint reports for the whole form."""
        if name in self.cleaned_data and bool(self.cleaned_data[name]) != is_needed:
            self.add_error(name, if_missing if is_needed else if_given)


class CriterionInline(admin.StackedInline):
    model = Criterion
    form = CriterionForm
    formset = MergedFormSet
    formfield_overrides = ADMIN_FIELDS
    extra = 0
    autocomplete_fields = ["when", "unless", "refer", "sources"]
    readonly_fields = ["weakness"]
    fieldsets = [
        (None, {"fields": ["kind", "line", "level", "until", "refer", "position"]}),
        (_("It holds"), {"fields": ["when", "unless"]}),
        (_("Reasons"), {"fields": ["for_patient", "for_staff", "contested"]}),
        (_("Evidence"), {"fields": ["sources", "weakness", "reviewed_on"]}),
    ]

    related = ("when", "unless", "refer", "sources")
    """What its rows show of others."""

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related(*self.related)

    @admin.display(description=_("weak source"))
    def weakness(self, obj):
        sources = obj.sources.all() if obj.pk else ()
        grades = {entries.grade_of(each.code) for each in sources}
        if grades and grades <= WEAK_GRADES:
            return _("Weak source: the clinic’s doctor must confirm.")
        return "–"
