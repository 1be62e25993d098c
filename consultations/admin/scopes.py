"""Who signs what alone, edited by who manages the accounts."""

from django.contrib import admin
from django.db.models import ManyToManyField
from django.forms import CheckboxSelectMultiple

from consultations.models import Scope
from scarclinic.staff.admin import RecordedAdmin


@admin.register(Scope)
class ScopeAdmin(RecordedAdmin, admin.ModelAdmin):
    """The scope of each clinician who has one of their own."""

    list_display = ["user", "level"]
    list_select_related = ["user"]
    fields = ["user", "level", "methods"]
    search_fields = ["user__username"]
    formfield_overrides = {ManyToManyField: {"widget": CheckboxSelectMultiple}}
