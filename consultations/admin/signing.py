"""Signing: a press of its own, under the plan as its patient will read it."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations.admin.next_case import kept
from consultations.admin.numbers import row_number
from consultations.letters.reach import WRITTEN, Reach
from consultations.models import Choice
from consultations.review import patient_plan, scopes, workflow
from scarclinic.staff import ledger, proof


class SayForm(forms.Form):
    """What a patient should hear where nothing is planned, or something is not yet."""

    note = forms.CharField(
        label=lazy("Nothing is planned. What should the patient hear?"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    not_yet = forms.ChoiceField(
        label=lazy("What should the patient hear of what is not yet?"),
        choices=[
            (Choice.NOT_NOW, lazy("“Not now”, and until when")),
            (Choice.NOT_INCLUDED, lazy("Nothing of it")),
        ],
        widget=forms.RadioSelect,
    )

    def __init__(self, data=None, *, unsaid):
        super().__init__(data)
        if not unsaid.is_empty:
            del self.fields["note"]
        if not unsaid.not_yet:
            del self.fields["not_yet"]


def preview_page(request, plan, *, may_sign, told=(), form=None):
    """Show a plan as its patient will read it; under it, who may sign it does."""
    ledger.record(ledger.Action.PLAN_READ, plan, by=request.user)
    context = {"plan": patient_plan.for_patient(plan, preview=True), "told": told}
    if may_sign:
        unsaid = workflow.unsaid(plan)
        context |= {
            "may_sign": True,
            "unsaid": unsaid,
            "form": form or SayForm(unsaid=unsaid),
            "faults": list(workflow.faults_before_signing(plan, request.user)),
            "beyond": scopes.beyond(plan, scopes.reach_of(request.user)),
        }
    return render(request, "admin/consultations/plan/preview.html", context)


def _was_read(request, plan):
    """Return whether the plan is still the one that stood above the button."""
    return row_number(request.POST.get("edits", "")) == plan.edits


CHANGED = lazy("This plan was changed since you read it: read it again, then sign.")


def press_under_preview(request, plan, *, desk, log):
    """Save what the patient should hear, or sign what was read; return the answer.

    `desk` is the address of the plan's desk, `log` writes a line of its history.
    """
    if "_say" not in request.POST and "_sign" not in request.POST:
        return preview_page(request, plan, may_sign=True)
    if not _was_read(request, plan):
        return preview_page(request, plan, may_sign=True, told=[CHANGED])
    if "_say" in request.POST:
        return _say(request, plan)
    if page := proof.ask(request):
        return page
    try:
        signed = workflow.sign(plan, by=request.user)
    except workflow.NotAllowed as refused:
        return preview_page(
            request, plan, may_sign=not plan.is_signed, told=list(refused.faults)
        )
    log(signed, _("Signed."))
    messages.success(
        request,
        _("Signed. It waits for a doctor’s signature: no patient reads it yet.")
        if signed.awaits_countersignature
        else _("Signed. The patient can read the plan now."),
    )
    reach = Reach(signed.intake)
    if signed.is_signed and reach.way not in WRITTEN:
        message = _("Nothing is written to this patient, who chose so.")
        if reach.may_call:
            message = _("Nothing is written to this patient: please call.")
        messages.warning(request, message)
    return redirect(desk)


def _say(request, plan):
    """Save what the patient should hear, and show the plan with it."""
    form = SayForm(request.POST, unsaid=workflow.unsaid(plan))
    if not form.is_valid():
        return preview_page(request, plan, may_sign=True, form=form)
    said = form.cleaned_data
    try:
        workflow.say(
            plan,
            said.get("note", ""),
            said.get("not_yet", ""),
            seen_edits=plan.edits,
            by=request.user,
        )
    except workflow.NotAllowed as refused:
        return preview_page(
            request, plan, may_sign=True, form=form, told=list(refused.faults)
        )
    return redirect(kept(request, request.path))
