"""The page of contact: how to reach a patient, who calls, what came of calls."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations.admin.plan_status import due_in_words, state_in_words
from consultations.intake import private_link, steps
from consultations.intake.history import history_of
from consultations.locking import NotAllowed
from consultations.models import Call, CallResult
from consultations.private_page import corrections
from consultations.review import calls
from scarclinic.staff import ledger
from scarclinic.staff.text.forms import DateField

NOTE_CALLS = "consultations.add_call"
CORRECT = "consultations.correct_contact"
LINK_HISTORY = "consultations.add_sameperson"
READ_ANSWERS = "consultations.read_answers"
LABELS = {
    "name": lazy("Name"),
    "ways": lazy("How we may reach them"),
    "email": lazy("E-mail"),
    "telephone": lazy("Telephone"),
    "leave_message": lazy("May we leave a message?"),
    "call_time": lazy("When to call"),
    "ask_for": lazy("Ask for"),
    "postal_address": lazy("Postal address"),
}
"""For staff: the questions are put to the patient."""


class CallForm(forms.Form):
    """What came of a call, and when to call back."""

    result = forms.ChoiceField(
        label=lazy("The call"),
        choices=CallResult.choices,
        widget=forms.RadioSelect,
        error_messages={"required": lazy("Choose what came of the call.")},
    )
    call_back_on = DateField(
        label=lazy("Call back on"),
        required=False,
        help_text=lazy("A day such as 27 March 2026. Empty: nobody need call back."),
    )
    note = forms.CharField(
        label=lazy("Note"),
        required=False,
        help_text=lazy(
            "Nothing about health: that the patient writes, or tells a clinician."
        ),
        max_length=Call._meta.get_field("note").max_length,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean_call_back_on(self):
        day = self.cleaned_data["call_back_on"]
        if day and day < timezone.localdate():
            raise ValidationError(_("Call back today or later."))
        return day


class OfReaderForm(CallForm):
    """The same for whoever may read answers: the note is theirs, and their colleagues'."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["note"].help_text = _(
            "Read by those who may read answers, and by the patient in a download; not by "
            "the front desk."
        )


def contact_page(request, plan, about, *, call_form=None, contact_form=None):
    """Show the page of contact of a plan; `about` is what may be done with its intake."""
    ledger.record(ledger.Action.CONTACT_READ, plan, by=request.user)
    intake, user = plan.intake, request.user
    checked = calls.checked_at(intake, user) if user.has_perm(NOTE_CALLS) else None
    form_of = OfReaderForm if user.has_perm(READ_ANSWERS) else CallForm
    may_correct = user.has_perm(CORRECT) and not intake.is_withdrawn
    route = steps.Route(intake)
    if may_correct and (checked or contact_form) and not contact_form:
        contact_form = corrections.contact_form(route)
    if contact_form:
        contact_form.auto_id = "contact-%s"
        for field in contact_form:
            field.label, field.help_text = LABELS[field.name], ""
    context = {
        "title": intake.reference,
        "plan": plan,
        "state": state_in_words(plan),
        "corrections": intake.corrections.filter(is_of_contact=True).select_related(
            "by"
        ),
        "due": due_in_words(plan, timezone.localdate()),
        "checked": checked,
        "calls": intake.calls.select_related("called_by"),
        "call_form": call_form or form_of(auto_id="call-%s"),
        "contact_form": contact_form,
        "stands": corrections.contact_mark(route) if contact_form else "",
        "may_correct": may_correct,
        "may_call_back": user.has_perm(NOTE_CALLS),
        "may_link_history": user.has_perm(LINK_HISTORY),
        "history": history_of(intake),
        **about,
    }
    return render(request, "admin/consultations/plan/contact.html", context)


def check_caller(request, plan):
    """Say whether a caller named the right date of birth; never which it is."""
    _need(request, NOTE_CALLS)
    try:
        is_right = calls.check(
            plan.intake, request.POST.get("born", ""), by=request.user
        )
    except ValidationError as wrong:
        messages.error(request, wrong.messages[0])
    except NotAllowed as refused:
        messages.error(request, str(refused))
    else:
        if is_right:
            messages.success(request, _("The date of birth is right."))
        else:
            messages.error(
                request,
                _(
                    "This is not the date of birth that we have. Tell the caller nothing."
                ),
            )
    return redirect(f"{request.path}#caller")


def note_call(request, plan, about):
    """Keep what came of a call, or show the form with its faults."""
    _need(request, NOTE_CALLS)
    form_of = OfReaderForm if request.user.has_perm(READ_ANSWERS) else CallForm
    form = form_of(request.POST, auto_id="call-%s")
    if not form.is_valid():
        return contact_page(request, plan, about, call_form=form)
    said = form.cleaned_data
    try:
        calls.note(
            plan.intake,
            said["result"],
            said["note"],
            said["call_back_on"],
            by=request.user,
        )
    except NotAllowed as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Noted."))
    return redirect(request.path)


def correct_contact(request, plan, about):
    """Correct name and contact of a patient who has named the date of birth."""
    _need(request, CORRECT)
    if not calls.checked_at(plan.intake, request.user):
        messages.error(request, _("Check the caller’s date of birth first."))
        return redirect(f"{request.path}#caller")
    try:
        form = corrections.mend_contact(plan.intake, request.POST, by=request.user)
    except NotAllowed as refused:
        messages.error(request, str(refused))
        return redirect(request.path)
    if form.errors:
        return contact_page(request, plan, about, contact_form=form)
    messages.success(request, _("Corrected: letters go there from now on."))
    if private_link.is_redirected(plan.intake):
        messages.warning(
            request,
            _(
                "Their link opens on a new device once somebody who may read answers has "
                "sent a new one."
            ),
        )
    return redirect(request.path)


def _need(request, right):
    if not request.user.has_perm(right):
        raise PermissionDenied
