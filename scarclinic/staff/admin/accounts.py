"""Accounts of the staff, and how they get in."""

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm, UsernameField
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from scarclinic.staff import accounts, factors, proof, session_list
from scarclinic.staff.admin.own_rights import beyond, changed, refuse
from scarclinic.staff.admin.recorded import PowerForm, RecordedAdmin
from scarclinic.staff.models import AccountChange, User
from scarclinic.staff.text.forms import EmailField, PersonNameField


class AccountForm(PowerForm, UserChangeForm):
    """An account, of which what gives power waits."""

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
        self.refuse_a_second(stored)
        for name in self.waiting:
            if name in accounts.RIGHTS:
                given = cleaned[name].exclude(pk__in=self.waiting[name])
                cleaned[name] = given
                is_kept = set(given) == set(getattr(stored, name).all())
            else:
                cleaned[name] = getattr(stored, name)
                is_kept = True
            if is_kept:
                self.kept += (name,)
        return cleaned

    def clean_groups(self):
        groups = self.cleaned_data["groups"]
        if self.instance == self.by:
            refuse(
                _(
                    "You do not give yourself more than you have. Ask another: %(names)s."
                ),
                [
                    group
                    for group in changed(self.instance.groups.all(), groups)
                    if beyond(self.by, group.permissions.all()).exists()
                ],
            )
        return groups


class NewAccountForm(forms.ModelForm):
    """A new account, without a password: a link to choose one goes to its owner."""

    waiting = {}

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
            elif "_factors" in request.POST:
                accounts.ask(user, {"factors": True}, by=request.user)
                said = _("This waits until another administrator confirms it.")
            else:
                raise accounts.NotAllowed(_("Nothing was done: press a button."))
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
