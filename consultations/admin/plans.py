"""The queue of plans."""

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.utils import timezone
from django.utils.html import format_html
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations import references
from consultations.admin.desk import DeskAdmin
from consultations.models import Plan


class StateFilter(admin.SimpleListFilter):
    """What waits comes first; a search finds the signed ones too."""

    title = lazy("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [
            ("waiting", lazy("Waiting")),
            ("signed", lazy("Signed")),
            ("all", lazy("All")),
        ]

    def value(self):
        is_search = self.request.GET.get(SEARCH_VAR)
        return super().value() or ("all" if is_search else "waiting")

    def choices(self, changelist):
        _unfiltered, *states = super().choices(changelist)
        return states

    def queryset(self, request, queryset):
        if self.value() == "all":
            return queryset
        return queryset.signed() if self.value() == "signed" else queryset.unsigned()


@admin.register(Plan)
class PlanAdmin(DeskAdmin):
    """The queue, red flags first, then the oldest; and the desk of each plan."""

    list_display = ["reference", "flag", "waiting", "name", "signed"]
    list_filter = [StateFilter, "is_flagged"]
    list_per_page = 50
    search_fields = ["intake__name", "intake__email", "intake__telephone"]
    search_help_text = lazy("Reference, name, e-mail or telephone")
    show_full_result_count = False
    empty_value_display = ""

    class Media:
        css = {"all": ["clinic/desk.css"]}

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        return super().get_queryset(request).for_queue()

    def get_search_results(self, request, queryset, search_term):
        if reference := references.normalised(search_term):
            return queryset.filter(intake__reference=reference), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description=lazy("reference"), ordering="intake__reference")
    def reference(self, plan):
        return plan.intake.reference

    @admin.display(description=lazy("red flag"))
    def flag(self, plan):
        if not plan.is_flagged:
            return ""
        return format_html('<strong class="desk-mark">{}</strong>', _("Red flag"))

    @admin.display(description=lazy("name"), ordering="intake__name")
    def name(self, plan):
        return plan.intake.name

    @admin.display(description=lazy("waiting for"), ordering="waiting_since")
    def waiting(self, plan):
        return "" if plan.is_signed else timesince(plan.waiting_since, timezone.now())

    @admin.display(description=lazy("signed"), ordering="signed_at")
    def signed(self, plan):
        return plan.signed_name
