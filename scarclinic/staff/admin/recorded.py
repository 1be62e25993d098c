"""Whoever changes accounts, roles or scopes proves who they are, and leaves a line."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from scarclinic.staff import account_mail, accounts, proof
from scarclinic.staff.account_mail import Kind
from scarclinic.staff.edit_conflicts import EditedAdmin, EditedForm
from scarclinic.staff.ledger import Action, record
from scarclinic.staff.models import User


class PowerForm(EditedForm):
    """A form of which a part may wait for a second administrator.

    `by` is who edits; `waiting` what waits, as `AccountChange.changes` has it; `kept` the
    fields that therefore stay as they are stored.
    """

    by = None
    waiting = {}
    kept = ()

    @property
    def changed_data(self):
        return [name for name in super().changed_data if name not in self.kept]

    def refuse_a_second(self, account):
        """Refuse what would wait while another change of an account does."""
        if self.waiting and accounts.waits(account):
            raise ValidationError(
                _("Another change of this account waits: confirm or refuse that first.")
            )


class RecordedAdmin(EditedAdmin):
    """Accounts and roles: whoever changes one proves who they are, and leaves a line."""

    form = PowerForm

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)
        form.by = request.user
        return form

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

    # What waits for a second administrator: a form says so as `waiting`

    def save_model(self, request, obj, form, change):
        obj.only_waits = bool(form.waiting) and not form.changed_data
        if not obj.only_waits:
            super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        if not form.instance.only_waits:
            super().save_related(request, form, formsets, change)
        if form.waiting:
            account = self.account_of(form.instance)
            accounts.ask(account, form.waiting, by=request.user)
            messages.warning(
                request,
                _("This waits until another administrator confirms it: %(what)s.")
                % {"what": ", ".join(accounts.in_words(form.waiting))},
            )

    def account_of(self, obj):
        """Return the account whose power a record gives."""
        return obj

    def response_add(self, request, obj, post_url_continue=None):
        if obj.only_waits:
            return self.response_post_save_add(request, obj)
        return super().response_add(request, obj, post_url_continue)

    def response_change(self, request, obj):
        if obj.only_waits:
            return self.response_post_save_change(request, obj)
        return super().response_change(request, obj)

    # The line, and the e-mail

    def log_addition(self, request, obj, message):
        if obj.only_waits:
            return None
        record(Action.ACCOUNT_ADDED, obj, by=request.user)
        return super().log_addition(request, obj, message)

    def log_change(self, request, obj, message):
        if not message:
            # Nothing was changed, or only asked for, which `accounts.ask` records.
            return None
        record(Action.ACCOUNT_CHANGED, obj, by=request.user)
        if isinstance(obj, User):
            account_mail.tell(obj, Kind.CHANGED)
        return super().log_change(request, obj, message)

    def log_deletions(self, request, queryset):
        for obj in queryset:
            record(Action.ACCOUNT_DELETED, obj, by=request.user)
        return super().log_deletions(request, queryset)
