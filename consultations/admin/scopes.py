"""Who signs what alone, edited by who manages the accounts."""

from django.contrib import admin

from consultations.models import Scope
from scarclinic.staff.admin import RecordedAdmin


@admin.register(Scope)
class ScopeAdmin(RecordedAdmin, admin.ModelAdmin):
    """The scope of each clinician who has one of their own."""

    list_display = ["user", "level"]
    list_select_related = ["user"]
    fields = ["user", "level", "methods"]
    autocomplete_fields = ["user"]
    filter_horizontal = ["methods"]
    search_fields = ["user__username"]
