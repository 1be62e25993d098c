"""Roles: what those who have one may do."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from scarclinic.staff import accounts
from scarclinic.staff.admin.own_rights import beyond, refuse
from scarclinic.staff.admin.recorded import PowerForm, RecordedAdmin

admin.site.unregister(Group)


class RoleForm(PowerForm):
    """A role. It gets no power here, so nothing of it waits."""

    def clean_name(self):
        name = self.cleaned_data["name"]
        is_renamed = self.instance.pk and name != self.instance.name
        if is_renamed and accounts.gives_power(self.instance):
            # Under another they would confirm what they did not read.
            raise ValidationError(
                _("Administrators confirm by its name who gets this role: it stays.")
            )
        return name

    def clean_permissions(self):
        permissions = self.cleaned_data["permissions"]
        held = self.instance.permissions.all() if self.instance.pk else []
        refuse(
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
            refuse(
                _(
                    "You do not give yourself more than you have. Ask another: %(names)s."
                ),
                [each.name for each in beyond(self.by, permissions)],
            )
        return permissions


@admin.register(Group)
class RoleAdmin(RecordedAdmin, GroupAdmin):
    """Roles: what those who have one may do."""

    form = RoleForm
    fields = ["name", "permissions"]

    class Media:
        js = ["consultations/accounts.js"]
