"""The pages of scar types."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from methods.admin.publishable import PublishableAdmin
from methods.models import (
    SCAR_TYPE_SECTIONS,
    ScarType,
)


@admin.register(ScarType)
class ScarTypeAdmin(PublishableAdmin):
    """The pages of scar types."""

    identity = "finding"
    list_display = ["title", "finding", "position", "is_live", "unpublished_changes"]
    search_fields = ["title", "also_called", "finding__code"]
    read_fields = ["summary", *SCAR_TYPE_SECTIONS]
    actions = ["unpublish"]
    fieldsets = [
        (None, {"fields": ["title", "finding", "also_called", "position", "summary"]}),
        (_("Sections"), {"fields": list(SCAR_TYPE_SECTIONS)}),
    ]

    def view_on_site(self, obj):
        return obj.get_absolute_url() if obj.live_revision_id else None
