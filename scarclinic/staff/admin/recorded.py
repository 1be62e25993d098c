"""Whoever changes accounts, roles or scopes proves who they are, and leaves a line."""

from scarclinic.staff import account_mail, proof
from scarclinic.staff.account_mail import Kind
from scarclinic.staff.edit_conflicts import EditedAdmin
from scarclinic.staff.ledger import Action, record
from scarclinic.staff.models import User


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
