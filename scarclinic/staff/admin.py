"""Accounts of the staff, and who of them may sign."""

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from scarclinic.staff.edit_conflicts import EditedAdmin, EditedForm
from scarclinic.staff.ledger import Action, record
from scarclinic.staff.models import Event
from scarclinic.staff.text.forms import PersonNameField

User = get_user_model()
admin.site.unregister(Group)


# Nobody takes more than they have


def _beyond(user, permissions):
    """Return the permissions that a user lacks."""
    if user.is_superuser:
        return permissions.none()
    held = Permission.objects.filter(Q(user=user) | Q(group__user=user))
    return permissions.exclude(pk__in=held)


def _changed(before, after):
    return sorted(set(before) ^ set(after), key=str)


def _refuse(message, rows):
    if rows:
        raise ValidationError(
            message % {"names": ", ".join(str(each) for each in rows)}
        )


class AccountForm(EditedForm, UserChangeForm):
    """An account. `by` is who edits it."""

    by = None

    class Meta(UserChangeForm.Meta):
        field_classes = {
            **UserChangeForm.Meta.field_classes,
            "first_name": PersonNameField,
            "last_name": PersonNameField,
        }

    def clean_groups(self):
        groups = self.cleaned_data["groups"]
        if self.instance == self.by:
            _refuse(
                _(
                    "You do not give yourself more than you have. Ask another: %(names)s."
                ),
                [
                    group
                    for group in _changed(self.instance.groups.all(), groups)
                    if _beyond(self.by, group.permissions.all()).exists()
                ],
            )
        return groups


class RoleForm(EditedForm):
    """A role. `by` is who edits it."""

    by = None

    def clean_permissions(self):
        permissions = self.cleaned_data["permissions"]
        if self.by.groups.filter(pk=self.instance.pk).exists():
            _refuse(
                _(
                    "You do not give yourself more than you have. Ask another: %(names)s."
                ),
                [each.name for each in _beyond(self.by, permissions)],
            )
        return permissions


class RecordedAdmin(EditedAdmin):
    """Accounts and roles: who adds, changes or deletes one leaves a line in the ledger."""

    def log_addition(self, request, obj, message):
        record(Action.ACCOUNT_ADDED, obj, by=request.user)
        return super().log_addition(request, obj, message)

    def log_change(self, request, obj, message):
        record(Action.ACCOUNT_CHANGED, obj, by=request.user)
        return super().log_change(request, obj, message)

    def log_deletions(self, request, queryset):
        for obj in queryset:
            record(Action.ACCOUNT_DELETED, obj, by=request.user)
        return super().log_deletions(request, queryset)


@admin.register(User)
class ClinicUserAdmin(RecordedAdmin, UserAdmin):
    """Accounts, with the registration number that signing needs."""

    form = AccountForm
    fieldsets = [
        *UserAdmin.fieldsets[:2],
        (lazy("Profession"), {"fields": ["profession", "registration_number"]}),
        *UserAdmin.fieldsets[2:],
    ]
    readonly_fields = ["last_login", "date_joined"]

    class Media:
        js = ["consultations/accounts.js"]

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)
        form.by = request.user
        return form

    def get_readonly_fields(self, request, obj=None):
        more = [] if request.user.is_superuser else ["is_superuser", "user_permissions"]
        return [*self.readonly_fields, *more]

    def has_change_permission(self, request, obj=None):
        may = super().has_change_permission(request, obj)
        return may and not self._is_above(request, obj)

    def has_delete_permission(self, request, obj=None):
        may = super().has_delete_permission(request, obj)
        return may and not self._is_above(request, obj)

    def _is_above(self, request, obj):
        return obj is not None and obj.is_superuser and not request.user.is_superuser

    def get_deleted_objects(self, objs, request):
        rows, counts, lacking, protected = super().get_deleted_objects(objs, request)
        if protected:
            known = User.objects.filter(pk__in=[each.pk for each in objs])
            names = known.filter(events__isnull=False).distinct().order_by("username")
            message = _("what %(name)s has done: deactivate the account instead")
            protected = [message % {"name": name} for name in names] or protected
        return rows, counts, lacking, protected


@admin.register(Group)
class RoleAdmin(RecordedAdmin, GroupAdmin):
    """Roles: what those who have one may do."""

    form = RoleForm
    fields = ["name", "permissions"]

    class Media:
        js = ["consultations/accounts.js"]

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)
        form.by = request.user
        return form


@admin.register(Event)
class EventAdmin(admin.ModelAdmin):
    """The ledger, newest first: to be read, never changed."""

    list_display = ["at", "by", "action", "subject"]
    list_display_links = None
    list_filter = ["action"]
    list_select_related = ["by"]
    list_per_page = 50
    search_fields = ["by__username"]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=lazy("of what"))
    def subject(self, event):
        return event.subject
