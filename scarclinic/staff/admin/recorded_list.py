"""Lists and pages of patients, of which each read leaves a line in the ledger."""

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
            self.record_rows(request, shown.result_list)
        return response

    def record_rows(self, request, rows):
        """Record that a page of the list was read, here or in an autocomplete."""
        ledger.record_list(self.model, len(rows), by=request.user)


class RecordedPagesAdmin(RecordedListAdmin):
    """Records of which each page says who is a patient as well."""

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        return self.record_page(
            request,
            super().changeform_view(request, object_id, form_url, extra_context),
        )

    def delete_view(self, request, object_id, extra_context=None):
        return self.record_page(
            request, super().delete_view(request, object_id, extra_context)
        )

    def history_view(self, request, object_id, extra_context=None):
        return self.record_page(
            request, super().history_view(request, object_id, extra_context)
        )

    def record_page(self, request, response):
        """Record whom a page shows, and return it; one that leads elsewhere shows nobody.

        It is not rendered yet: what cannot be recorded is not shown.
        """
        context = getattr(response, "context_data", None) or {}
        shown = context.get("original") or context.get("object")
        if shown is not None:
            ledger.record(ledger.Action.CONTACT_READ, shown, by=request.user)
        return response
