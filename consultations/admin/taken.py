"""What was shown, taken and overridden: a page and a CSV file for the lead doctor."""

import csv
from datetime import date

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from consultations.models import Plan
from consultations.review import taken
from scarclinic.staff import ledger, proof

RIGHT = "consultations.read_overrides"
MONTHS = 6
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for a formula at a cell's beginning."""


class MonthField(forms.DateField):
    """A month: its first day."""

    widget = forms.DateInput(format="%Y-%m", attrs={"type": "month"})

    def __init__(self, **kwargs):
        super().__init__(
            input_formats=["%Y-%m"],
            error_messages={
                "invalid": lazy("Write a month as year and month, such as 2026-09.")
            },
            **kwargs,
        )


class MonthsForm(forms.Form):
    """From which month to which plans were signed; of the last six, if none is said."""

    first = MonthField(label=lazy("From"))
    last = MonthField(label=lazy("To"))

    def clean(self):
        said = super().clean()
        if not self.errors and said["first"] > said["last"]:
            self.add_error("last", _("The last month comes after the first."))
        return said


def _six_months():
    today = timezone.localdate()
    ago = today.year * 12 + today.month - MONTHS
    return date(ago // 12, ago % 12 + 1, 1), date(today.year, today.month, 1)


def _asked(request):
    """Return (form, first month, last month) of a request; no months if it has a fault."""
    first, last = _six_months()
    names = ("first", "last")
    if not any(name in request.GET for name in names):
        return MonthsForm(initial={"first": first, "last": last}), first, last
    form = MonthsForm(request.GET)
    if not form.is_valid():
        return form, None, None
    return form, form.cleaned_data["first"], form.cleaned_data["last"]


def _permit(request):
    if not request.user.has_perm(RIGHT):
        raise PermissionDenied


@never_cache
@require_safe
def page(request):
    """Show both tables for some months."""
    _permit(request)
    form, first, last = _asked(request)
    context = {
        **admin.site.each_context(request),
        "title": _("What was shown, taken and overridden"),
        "opts": Plan._meta,
        "form": form,
        "columns": taken.columns(),
        "fewest": taken.FEWEST,
        "taken": taken.counted(first, last) if first else None,
        "query": f"?first={first:%Y-%m}&last={last:%Y-%m}" if first else "",
    }
    return render(request, "admin/consultations/plan/taken.html", context)


def safe(text):
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


@never_cache
@require_safe
def download(request):
    """Send both tables as one CSV file; the ledger knows who took it."""
    _permit(request)
    if asked := proof.ask(request):
        return asked
    _form, first, last = _asked(request)
    if first is None:
        return page(request)
    ledger.record(ledger.Action.NUMBERS_EXPORTED, None, by=request.user)
    counted = taken.counted(first, last)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="taken.csv"'
    response["X-Content-Type-Options"] = "nosniff"
    # So that Excel reads it as UTF-8.
    response.write("\ufeff")
    write = csv.writer(response).writerow
    write([_("Treatment"), _("Rule"), *taken.columns()])
    rows = [(title, "", tally) for title, tally in counted.methods] + counted.rules
    for title, rule, tally in rows:
        write(map(safe, [title, rule, *tally.cells, tally.why]))
    return response


def urls():
    """Return the addresses of both, for the admin of plans."""
    return [
        path("taken/", admin.site.admin_view(page), name="consultations_plan_taken"),
        path(
            "taken.csv",
            admin.site.admin_view(download),
            name="consultations_plan_taken_csv",
        ),
    ]
