"""Accounts of the staff, and who of them may sign."""

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as lazy

from consultations.models import Clinician

User = get_user_model()
admin.site.unregister([Group, User])


class ClinicianInline(admin.StackedInline):
    model = Clinician
    verbose_name_plural = lazy("registration, for those who sign plans")


@admin.register(User)
class ClinicUserAdmin(UserAdmin):
    """Accounts, with the registration number that signing needs."""

    inlines = [ClinicianInline]
    readonly_fields = ["last_login", "date_joined"]

    class Media:
        js = ["consultations/accounts.js"]

    def get_readonly_fields(self, request, obj=None):
        # Nobody gives away, or takes, more than they have.
        more = [] if request.user.is_superuser else ["is_superuser", "user_permissions"]
        return [*self.readonly_fields, *more]

    def has_change_permission(self, request, obj=None):
        is_above = (
            obj is not None and obj.is_superuser and not request.user.is_superuser
        )
        return not is_above and super().has_change_permission(request, obj)


@admin.register(Group)
class RoleAdmin(GroupAdmin):
    """Roles: what those who have one may do."""

    class Media:
        js = ["consultations/accounts.js"]
