"""Accounts of the staff, who of them may sign, and the ledger of what they did."""

import re
from datetime import date, datetime, time, timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import UserChangeForm, UsernameField
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from scarclinic.staff import (
    account_mail,
    accounts,
    factors,
    ledger,
    proof,
    session_list,
)
from scarclinic.staff.account_mail import Kind
from scarclinic.staff.edit_conflicts import EditedAdmin, EditedForm
from scarclinic.staff.ledger import Action, record
from scarclinic.staff.models import AccountChange, Event
from scarclinic.staff.text.forms import EmailField, PersonNameField

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
    """An account. `by` is who edits it; `waiting` what a second one has to confirm."""

    by = None
    waiting = {}

    class Meta(UserChangeForm.Meta):
        field_classes = {
            **UserChangeForm.Meta.field_classes,
            "first_name": PersonNameField,
            "last_name": PersonNameField,
        }

    def clean(self):
        cleaned = super().clean()
        stored = User.objects.get(pk=self.instance.pk)
        self.waiting = accounts.powerful(stored, cleaned)
        if self.waiting and accounts.waits(stored):
            raise ValidationError(
                _("Another change of this account waits: confirm or refuse that first.")
            )
        for name in self.waiting:
            if name in accounts.RIGHTS:
                given = cleaned[name].exclude(pk__in=self.waiting[name])
                cleaned[name] = given
            else:
                cleaned[name] = getattr(stored, name)
        return cleaned

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
        held = self.instance.permissions.all() if self.instance.pk else []
        _refuse(
            _(
                "These make people sign, or administrators: no role gets them here: %(names)s."
            ),
            [
                each.name
                for each in permissions.select_related("content_type")
                if each not in held and accounts.gives_power(each)
            ],
        )
        if self.by.groups.filter(pk=self.instance.pk).exists():
            _refuse(
                _(
                    "You do not give yourself more than you have. Ask another: %(names)s."
                ),
                [each.name for each in _beyond(self.by, permissions)],
            )
        return permissions


class NewAccountForm(forms.ModelForm):
    """A new account, without a password: a link to choose one goes to its owner."""

    class Meta:
        model = User
        fields = ["username", "first_name", "last_name", "email"]
        field_classes = {
            "username": UsernameField,
            "first_name": PersonNameField,
            "last_name": PersonNameField,
            "email": EmailField,
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True

    def save(self, commit=True):
        self.instance.is_staff = True
        self.instance.set_unusable_password()
        return super().save(commit)


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
        if isinstance(obj, User):
            account_mail.tell(obj, Kind.CHANGED)
        return super().log_change(request, obj, message)

    def log_deletions(self, request, queryset):
        for obj in queryset:
            record(Action.ACCOUNT_DELETED, obj, by=request.user)
        return super().log_deletions(request, queryset)


@admin.register(User)
class ClinicUserAdmin(RecordedAdmin, UserAdmin):
    """Accounts, with the registration number that signing needs."""

    form = AccountForm
    add_form = NewAccountForm
    add_fieldsets = [
        (None, {"fields": ["username", "first_name", "last_name", "email"]})
    ]
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

    def get_urls(self):
        access = path(
            "<int:object_id>/password/",
            self.admin_site.admin_view(self.access_view),
            # Where the stock form leads to for a new password.
            name="auth_user_password_change",
        )
        stock = super().get_urls()
        return [access, *(each for each in stock if each.name != access.name)]

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if not change:
            self._welcome(request, form.instance)
        elif form.waiting:
            accounts.ask(form.instance, form.waiting, by=request.user)
            messages.warning(
                request,
                _("This waits until another administrator confirms it: %(what)s.")
                % {"what": ", ".join(accounts.in_words(form.waiting))},
            )

    def _welcome(self, request, user):
        accounts.send_reset_link(user, by=request.user)
        messages.success(request, _("A link to choose a password is on its way."))

    def access_view(self, request, object_id):
        """Show how somebody gets in: a link for a password, sessions, lost factors."""
        user = self.get_object(request, str(object_id))
        if user is None:
            raise Http404
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        if request.method == "POST":
            return proof.ask(request) or self._change_access(request, user)
        context = self.admin_site.each_context(request) | {
            "title": _("How %(name)s gets in") % {"name": user},
            "opts": self.opts,
            "account": user,
            "sessions": session_list.of(user),
            "has_factor": factors.has_factor(user),
            "waits": accounts.waits(user),
        }
        return TemplateResponse(request, "admin/staff/access.html", context)

    def _change_access(self, request, user):
        try:
            if "_link" in request.POST:
                accounts.send_reset_link(user, by=request.user)
                said = _("A link to choose a password is on its way.")
            elif "_sessions" in request.POST:
                session_list.end(user, by=request.user)
                said = _("%(name)s is logged out everywhere.") % {"name": user}
            else:
                accounts.ask(user, {"factors": True}, by=request.user)
                said = _("This waits until another administrator confirms it.")
        except accounts.NotAllowed as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, said)
        return redirect(request.path)

    def _is_above(self, request, obj):
        return obj is not None and obj.is_superuser and not request.user.is_superuser

    def get_deleted_objects(self, objs, request):
        rows, counts, lacking, protected = super().get_deleted_objects(objs, request)
        # What was asked for goes with the account, whose ledger stays.
        lacking = lacking - {AccountChange._meta.verbose_name}
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


class WaitingFilter(admin.SimpleListFilter):
    """Filter of what waits and what is settled; what waits, by default."""

    title = lazy("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("waiting", lazy("Waiting")), ("settled", lazy("Settled"))]

    def value(self):
        return "settled" if super().value() == "settled" else "waiting"

    def choices(self, changelist):
        _unfiltered, *states = super().choices(changelist)
        return states

    def queryset(self, request, queryset):
        return queryset.filter(settled_at__isnull=self.value() == "waiting")


@admin.register(AccountChange)
class AccountChangeAdmin(admin.ModelAdmin):
    """Changes that give power, for the second administrator."""

    list_display = ["user", "email", "what", "asked_by", "asked_at"]
    list_display += ["is_confirmed", "settled_by", "settled_at"]
    list_display_links = None
    list_filter = [WaitingFilter]
    list_select_related = ["user", "asked_by", "settled_by"]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = ["confirm", "refuse"]
    empty_value_display = ""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_confirm_permission(self, request):
        return request.user.has_perm("staff.change_user")

    @admin.display(description=lazy("e-mail"))
    def email(self, change):
        return change.user.email

    @admin.display(description=lazy("what"))
    def what(self, change):
        return "; ".join(accounts.in_words(change.changes))

    @admin.action(permissions=["confirm"], description=lazy("Confirm"))
    def confirm(self, request, queryset):
        return self._settle(request, queryset, accounts.confirm, _("Confirmed: %s."))

    @admin.action(permissions=["confirm"], description=lazy("Refuse"))
    def refuse(self, request, queryset):
        return self._settle(request, queryset, accounts.refuse, _("Refused: %s."))

    def _settle(self, request, queryset, verb, said):
        if page := proof.ask(request):
            return page
        for change in queryset:
            try:
                verb(change, by=request.user)
            except accounts.NotAllowed as refused:
                messages.error(request, f"{change}: {refused}")
            else:
                messages.success(request, said % change)
        return None


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
