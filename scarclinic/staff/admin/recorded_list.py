"""Lists of which each read leaves a line in the ledger."""

from django.contrib import admin
from django.db import transaction

from scarclinic.staff import ledger


class RecordedListAdmin(admin.ModelAdmin):
    """Records whose list says who is a patient: one event for each page that is read."""

    def changelist_view(self, request, extra_context=None):
        """Show the list; if its event cannot be written, nothing is shown."""
        if request.method == "POST":
            # An action has a transaction of its own; most lead back to the list.
            return self._recorded(request, extra_context)
        with transaction.atomic():
            return self._recorded(request, extra_context)

    def _recorded(self, request, extra_context):
        response = super().changelist_view(request, extra_context)
        shown = (getattr(response, "context_data", None) or {}).get("cl")
        if shown:
            count = len(shown.result_list)
            ledger.record_list(self.model, count, by=request.user)
        return response
