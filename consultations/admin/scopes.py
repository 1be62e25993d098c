"""Who signs what alone, edited by who manages the accounts."""

from django.contrib import admin
from django.db.models import ManyToManyField
from django.forms import CheckboxSelectMultiple

from consultations.models import Scope
from scarclinic.staff import account_mail
from scarclinic.staff.account_mail import Kind
from scarclinic.staff.admin.recorded import RecordedAdmin


@admin.register(Scope)
class ScopeAdmin(RecordedAdmin, admin.ModelAdmin):
    """The scope of each clinician who has one of their own."""

    list_display = ["user", "level"]
    list_select_related = ["user"]
    fields = ["user", "level", "methods"]
    search_fields = ["user__username"]
    formfield_overrides = {ManyToManyField: {"widget": CheckboxSelectMultiple}}

    def log_addition(self, request, obj, message):
        account_mail.tell(obj.user, Kind.CHANGED)
        return super().log_addition(request, obj, message)

    def log_change(self, request, obj, message):
        account_mail.tell(obj.user, Kind.CHANGED)
        return super().log_change(request, obj, message)

    def log_deletions(self, request, queryset):
        for scope in queryset:
            account_mail.tell(scope.user, Kind.CHANGED)
        return super().log_deletions(request, queryset)
