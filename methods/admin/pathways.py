"""Pathways, and the numbers of the protocol."""

from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from methods.admin.publishable import PublishableAdmin
from methods.models import Pathway, PathwayStep, ProtocolVersion
from methods.publishing import protocol_versions
from scarclinic.staff import proof
from scarclinic.staff.admin.read_only import ReadOnlyAdmin
from scarclinic.staff.edit_conflicts import MergedForm, MergedFormSet
from scarclinic.staff.text.forms import ADMIN_FIELDS


class StepForm(MergedForm):
    class Meta:
        widgets = {
            name: AdminTextareaWidget(attrs={"rows": 3})
            for name in ("enter", "dose", "measure", "next")
        }
        error_messages = {
            "methods": {"required": _("Choose at least one treatment.")},
            "sources": {"required": _("Choose at least one source.")},
        }


class StepInline(admin.StackedInline):
    model = PathwayStep
    form = StepForm
    formset = MergedFormSet
    formfield_overrides = ADMIN_FIELDS
    extra = 0
    autocomplete_fields = ["methods", "sources"]
    fields = [
        *("number", "methods", "enter", "sessions_from", "sessions_to"),
        *("weeks_from", "weeks_to", "dose", "measure", "next", "sources"),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("methods", "sources")


@admin.register(Pathway)
class PathwayAdmin(PublishableAdmin):
    """Pathways: the steps for a scar type, in order."""

    identity = "code"
    list_display = ["title", "code", "is_live", "unpublished_changes"]
    search_fields = ["title", "code"]
    autocomplete_fields = ["when"]
    inlines = [StepInline]
    actions = ["unpublish"]
    fields = ["title", "code", "when", "response", "contested"]


@admin.register(ProtocolVersion)
class ProtocolVersionAdmin(ReadOnlyAdmin):
    """The numbers of the protocol; a doctor approves the latest."""

    list_display = ["number", "note", "created_at", "created_by"]
    list_display += ["approved_at", "approved_by"]
    list_display_links = None
    list_select_related = ["created_by", "approved_by"]
    actions = ["approve"]

    @admin.action(permissions=["view"], description=_("Approve the latest number"))
    def approve(self, request, queryset):
        if page := proof.ask(request):
            return page
        number = max(queryset.values_list("number", flat=True), default=0)
        try:
            protocol_versions.approve_protocol(by=request.user, number=number)
        except protocol_versions.NotADoctor:
            messages.error(request, _("Only a doctor approves the protocol."))
        except protocol_versions.NotCurrent as other:
            message = gettext("The latest number is %(number)d. Select that.")
            messages.error(request, message % {"number": other.number})
        else:
            message = gettext("Protocol %(number)d is approved.")
            messages.success(request, message % {"number": number})
        return None
