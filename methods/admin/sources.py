"""Sources."""

from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _

from methods.admin.findings import UsedAdmin
from methods.models import (
    Source,
)
from methods.publishing.usage import titles_using


@admin.register(Source)
class SourceAdmin(UsedAdmin):
    list_display = ["code", "title", "kind", "year"]
    search_fields = ["code", "title", "note"]
    fields = ["code", "title", "kind", "year", "url", "note"]

    def get_fields(self, request, obj=None):
        return [*self.fields, "used_by"] if obj else self.fields

    def get_readonly_fields(self, request, obj=None):
        return ["code", "used_by"] if obj else []

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if change and form.changed_data and (users := titles_using(obj)):
            message = _(
                "Visitors see the correction once these are published again: %s"
            )
            messages.info(request, message % ", ".join(users))
