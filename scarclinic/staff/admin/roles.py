"""Roles: what those who have one may do."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.utils.translation import gettext as _

from scarclinic.staff import accounts
from scarclinic.staff.admin.own_rights import beyond, refuse
from scarclinic.staff.admin.recorded import RecordedAdmin
from scarclinic.staff.edit_conflicts import EditedForm

admin.site.unregister(Group)


class RoleForm(EditedForm):
    """A role. `by` is who edits it."""

    by = None

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

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)
        form.by = request.user
        return form
