"""The pages by what happened."""

from django import forms
from django.contrib import admin
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from methods.admin.publishable import PublishableAdmin
from methods.models import CAUSE_SECTIONS, Cause, CauseKind
from methods.website.drawings import DRAWINGS
from scarclinic.staff.edit_conflicts import MergedForm, MergedFormSet
from scarclinic.staff.text.forms import ADMIN_FIELDS


class CauseKindInline(admin.StackedInline):
    model = CauseKind
    form = MergedForm
    formset = MergedFormSet
    formfield_overrides = ADMIN_FIELDS
    extra = 0
    fields = ["scar", "words", "position"]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "scar":
            # A scar type is chosen here, not made or deleted.
            for verb in ("add", "change", "delete", "view"):
                setattr(field.widget, f"can_{verb}_related", False)
        return field


@admin.register(Cause)
class CauseAdmin(PublishableAdmin):
    """The pages by what happened."""

    identity = "code"
    list_display = ["title", "code", "position", "is_live", "unpublished_changes"]
    search_fields = ["title", "also_called", "code"]
    read_fields = ["summary", *CAUSE_SECTIONS]
    inlines = [CauseKindInline]
    actions = ["unpublish"]
    fieldsets = [
        (None, {"fields": ["title", "code", "also_called", "position", "summary"]}),
        (_("On the home page"), {"fields": ["link", "teaser", "drawing"]}),
        (_("Headings"), {"fields": ["first_heading", "kinds_heading"]}),
        (_("Sections"), {"fields": list(CAUSE_SECTIONS)}),
    ]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "drawing":
            choices = sorted((code, each.title) for code, each in DRAWINGS.items())
            return forms.ChoiceField(label=capfirst(_("drawing")), choices=choices)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def view_on_site(self, obj):
        return obj.get_absolute_url() if obj.live_revision_id else None
