"""Accounts of the staff, who of them may sign, and the ledger of what they did."""

import re
from datetime import date, datetime, time, timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from scarclinic.staff import ledger, proof
from scarclinic.staff.edit_conflicts import EditedAdmin, EditedForm
from scarclinic.staff.ledger import Action, record
from scarclinic.staff.models import Event
from scarclinic.staff.text.forms import PersonNameField

User = get_user_model()
admin.site.unregister(Group)
# Nobody edits these by hand: factors and sessions have pages of their own.
admin.site.unregister([Authenticator, EmailAddress, UserSession])


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
    """Accounts and roles: whoever changes one proves who they are, and leaves a line."""

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        return self._proof(request) or super().changeform_view(
            request, object_id, form_url, extra_context
        )

    def delete_view(self, request, object_id, extra_context=None):
        return self._proof(request) or super().delete_view(
            request, object_id, extra_context
        )

    def changelist_view(self, request, extra_context=None):
        return self._proof(request) or super().changelist_view(request, extra_context)

    def _proof(self, request):
        return proof.ask(request) if request.method == "POST" else None

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


class DayFilter(admin.SimpleListFilter):
    """Filter by day; the search finds any single one."""

    title = lazy("day")
    parameter_name = "since"
    DAYS = {"0": lazy("Today"), "1": lazy("Since yesterday"), "6": lazy("Seven days")}
    DAYS |= {"29": lazy("Thirty days")}

    def lookups(self, request, model_admin):
        return list(self.DAYS.items())

    def queryset(self, request, queryset):
        if self.value() not in self.DAYS:
            return queryset
        first = timezone.localdate() - timedelta(days=int(self.value()))
        return queryset.filter(at__gte=_midnight(first))


def _midnight(day):
    return timezone.make_aware(datetime.combine(day, time()))


def _events_named(word):
    """Return the condition for one word of a search: a day, a case, a number, a person."""
    try:
        day = date.fromisoformat(word) if "-" in word else None
    except ValueError:
        day = None
    if day and date.min < day < date.max - timedelta(days=1):
        return Q(at__gte=_midnight(day), at__lt=_midnight(day + timedelta(days=1)))
    for find in ledger.case_finders:
        if (case := find(word)) is not None:
            return Q(case_id=case)
    if re.fullmatch(r"[0-9]{1,18}", word):
        return Q(case_id=word) | Q(subject_id=word)
    people = User.objects.filter(
        Q(username__icontains=word)
        | Q(first_name__icontains=word)
        | Q(last_name__icontains=word)
    )
    return Q(by__in=people)


@admin.register(Event)
class EventAdmin(admin.ModelAdmin):
    """The ledger, newest first: to be read, never changed."""

    list_display = ["at", "by", "action", "subject", "case_id"]
    list_display_links = None
    list_filter = [DayFilter, "action", "by"]
    list_select_related = ["by"]
    list_per_page = 50
    # What `get_search_results` asks for; without a field there is no search.
    search_fields = ["by__username"]
    search_help_text = lazy(
        "Who did it, a day (2026-11-30), a reference, the number of a case or of what it "
        "is about; several words narrow it"
    )
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None
    fields = ["at", "by", "action", "subject", "case_id"]

    def get_search_results(self, request, queryset, search_term):
        for word in search_term.split():
            queryset = queryset.filter(_events_named(word))
        return queryset, False

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=lazy("of what"))
    def subject(self, event):
        return event.subject
