"""Erasure requests: erase everything, or refuse with a reason."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations import retention
from consultations.admin.numbers import row_number
from consultations.models import ErasureRequest
from consultations.review import erasure, workflow
from scarclinic.staff import ledger, proof
from scarclinic.staff.admin.recorded_list import RecordedListAdmin


class KeepForm(forms.ModelForm):
    """The reason for refusing, which the patient reads."""

    class Meta:
        model = ErasureRequest
        fields = ["told"]
        labels = {"told": lazy("What you tell the patient")}
        widgets = {"told": AdminTextareaWidget(attrs={"rows": 6})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["told"].required = True
        self.fields["told"].error_messages["required"] = _(
            "Write why it is kept, and until when."
        )


class SettledFilter(admin.SimpleListFilter):
    """Filter of open and settled requests; open by default."""

    title = lazy("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("waiting", lazy("Waiting")), ("kept", lazy("Kept"))]

    def value(self):
        return "kept" if super().value() == "kept" else "waiting"

    def choices(self, changelist):
        _unfiltered, *states = super().choices(changelist)
        return states

    def queryset(self, request, queryset):
        return queryset.filter(settled_at__isnull=self.value() == "waiting")


@admin.register(ErasureRequest)
class ErasureRequestAdmin(RecordedListAdmin):
    """Erasure requests, oldest first. An erasure deletes its request too."""

    list_display = ["reference", "name", "asked_at", "asked_how"]
    list_display += ["settled_at", "settled_by"]
    list_filter = [SettledFilter]
    list_per_page = 50
    list_select_related = ["intake", "settled_by"]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None
    empty_value_display = ""

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=lazy("reference"))
    def reference(self, asked):
        return str(asked)

    @admin.display(description=lazy("name"))
    def name(self, asked):
        return asked.intake.name

    def get_urls(self):
        erase = path(
            "<int:object_id>/erase/",
            self.admin_site.admin_view(self.erase_view),
            name="consultations_erasurerequest_erase",
        )
        return [erase, *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Show a request; on POST, refuse it with a reason."""
        asked = self._asked(request, object_id)
        data = request.POST if request.method == "POST" else None
        form = KeepForm(data, instance=asked)
        # Bound to the row, a form that was filled in has changed it: read it anew.
        if form.is_valid():
            return self._keep(request, object_id, form.cleaned_data["told"])
        return self._page(request, self._asked(request, object_id), form=form)

    def erase_view(self, request, object_id):
        """Ask for confirmation, then erase."""
        asked = self._asked(request, object_id)
        if not self.has_change_permission(request, asked):
            raise PermissionDenied
        if request.method != "POST":
            return self._page(request, asked, template="erase")
        if page := proof.ask(request):
            return page
        try:
            erasure.erase(asked.intake, by=request.user)
        except workflow.NotAllowed as refused:
            messages.error(request, str(refused))
            return redirect(self._list())
        retention.wipe_soon()
        messages.success(request, _("Erased. The private link opens nothing any more."))
        return redirect(self._list())

    def history_view(self, request, object_id, extra_context=None):
        response = super().history_view(request, object_id, extra_context)
        asked = self._asked(request, object_id)
        ledger.record(ledger.Action.CONTACT_READ, asked, by=request.user)
        return response

    def _asked(self, request, object_id):
        asked = self.get_queryset(request).select_related(
            "intake", "settled_by", "entered_by"
        )
        asked = asked.filter(pk=row_number(object_id)).first()
        may = self.has_view_permission(request, asked)
        if request.method == "POST":
            may = self.has_change_permission(request, asked)
        if not may:
            raise PermissionDenied
        if asked is None:
            raise Http404
        return asked

    def _keep(self, request, object_id, told):
        asked = self._asked(request, object_id)
        try:
            erasure.keep(asked, told, by=request.user)
        except workflow.NotAllowed as refused:
            messages.error(request, str(refused))
            return self._page(request, asked, form=KeepForm({"told": told}))
        messages.success(request, _("Kept. The patient reads why under their link."))
        return redirect(self._list())

    def _list(self):
        return "admin:consultations_erasurerequest_changelist"

    def _page(self, request, asked, *, form=None, template="request"):
        ledger.record(ledger.Action.CONTACT_READ, asked, by=request.user)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Erase %(reference)s?") % {"reference": asked},
            "asked": asked,
            "signed": asked.intake.plans.signed().order_by("version"),
            "form": form,
            "may_settle": self.has_change_permission(request, asked),
        }
        where = f"admin/consultations/erasurerequest/{template}.html"
        return render(request, where, context)
