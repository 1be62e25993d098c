"""What may be done with a whole intake, from the desk and from the front desk alike."""

from django import forms
from django.contrib import admin, messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations import retention
from consultations.intake import private_link, second_access
from consultations.letters.reach import FOR_STAFF, Reach
from consultations.models import AskedHow, Identity
from consultations.review import erasure, spam

RIGHTS = {
    "_link": "consultations.renew_link",
    "_second": "consultations.renew_link",
    "_erasure": "consultations.add_erasurerequest",
    "_spam": "consultations.delete_spam",
    "_message": "consultations.answer_message",
    "_noted": "consultations.answer_message",
    # Whoever may have a link sent: what waited is no more than that.
    "_person": "consultations.renew_link",
}
"""Buttons that need a right of their own, and none to change plans."""
QUEUE = "admin:consultations_plan_changelist"


class EnterForm(forms.Form):
    """How somebody has asked to have everything erased, and how staff know who it is."""

    how = forms.ChoiceField(
        label=lazy("How it was asked for"),
        choices=[
            ("", "—"),
            *(each for each in AskedHow.choices if each[0] != AskedHow.PAGE),
        ],
    )
    identity = forms.ChoiceField(
        label=lazy("How you know who asks"), choices=[("", "—"), *Identity.choices]
    )

    def __init__(self, data=None, *, auto_id="id_%s", of_desk=False):
        super().__init__(data, auto_id=auto_id)
        if of_desk:
            for field in self.fields.values():
                field.widget.attrs["form"] = "desk"


class WholeIntakeAdmin(admin.ModelAdmin):
    """Links, erasure, spam: the buttons below a patient's plan."""

    def _may_press(self, request, plan):
        pressed = [right for button, right in RIGHTS.items() if button in request.POST]
        return request.user.has_perms(pressed) and (
            bool(pressed) or self.has_change_permission(request, plan)
        )

    def _about_intake(self, request, plan, *, of_desk=False):
        """Return what both pages show of what may be done with the whole intake.

        `of_desk` makes its fields part of the desk's form, which is saved with them.
        """
        intake = plan.intake
        return {
            "reach": Reach(intake, getattr(plan, "agrees_to_letters", None)),
            "may_answer": request.user.has_perm(RIGHTS["_message"])
            and not intake.is_withdrawn,
            "may_renew": request.user.has_perm(RIGHTS["_link"]),
            "may_delete_spam": intake.is_suspected
            and request.user.has_perm(RIGHTS["_spam"]),
            "may_clear": intake.is_suspected
            and request.user.has_perm(RIGHTS["_person"]),
            "erasure": getattr(intake, "erasure_request", None),
            "erasure_form": EnterForm(auto_id="erasure-%s", of_desk=of_desk)
            if request.user.has_perm(RIGHTS["_erasure"])
            else None,
        }

    def _send_link(self, request, plan):
        """Have a new private link written to the patient."""
        private_link.send_link(plan.intake, by=request.user)
        self.log_change(request, plan, _("New private link."))
        messages.success(
            request,
            _("A new link is on its way to the patient, %(how)s.")
            % {"how": FOR_STAFF[Reach(plan.intake).channel]},
        )

    def _renew(self, request, plan):
        """Send a new link; where no message goes, return it to be read out."""
        if Reach(plan.intake).may_write:
            return self._send_link(request, plan)
        token = private_link.renew_link(plan.intake, by=request.user)
        self.log_change(request, plan, _("New private link."))
        return request.build_absolute_uri(reverse("consultations:status", args=[token]))

    def _renew_second(self, request, plan):
        """Make a new link for the second access; return it to be read out, and send it."""
        access = plan.intake.second
        if access is None or access.is_link_over:
            return None
        token = second_access.renew(access, by=request.user)
        self.log_change(request, plan, _("New private link."))
        return request.build_absolute_uri(reverse("consultations:second", args=[token]))

    def _enter_erasure(self, request, plan):
        """Enter for somebody who telephones or writes that all is to be erased."""
        form = EnterForm(request.POST)
        if not form.is_valid():
            messages.error(
                request, _("Choose how it was asked for, and how you know who asks.")
            )
            return
        erasure.ask(plan.intake, by=request.user, **form.cleaned_data)
        messages.success(request, _("Noted. An administrator settles it."))

    def _delete_spam(self, request, plan):
        spam.delete(plan.intake, by=request.user)
        retention.wipe_soon()
        messages.success(request, _("Deleted, for good."))
        return redirect(QUEUE)

    def _clear(self, request, plan):
        spam.clear(plan.intake, by=request.user)
        messages.success(request, _("Noted: a person sent this. What waited is sent."))
