"""The review desk: one page per plan to read, ask, decide and sign."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from consultations.admin.claiming import HandOverForm, is_handing_over
from consultations.admin.conversation import note, send
from consultations.admin.next_case import kept, next_case
from consultations.admin.numbers import row_number
from consultations.admin.photos import photos_page
from consultations.admin.recalls import DONE, LATER, settle
from consultations.admin.signing import press_under_preview, preview_page
from consultations.admin.whole_intake import QUEUE, WholeIntakeAdmin
from consultations.intake import crisis
from consultations.letters.reach import Reach
from consultations.models import (
    Letter,
    MessageTemplate,
    Plan,
)
from consultations.review import workflow
from consultations.review.desk import (
    Desk,
    DeskForm,
    FirstLookForm,
    key_of,
    seen_form,
    still_typed,
    unknown_of,
    unsaved,
)
from scarclinic.staff import ledger

private = method_decorator([never_cache, sensitive_post_parameters()])


def _told(intake, question):
    """Return in words how a patient hears of a question."""
    reach = Reach(intake)
    if Letter.objects.filter(key=f"question-{question.pk}").exists():
        if intake.is_suspected:
            return _(
                "Asked. The message to the patient waits until somebody says that a "
                "person sent this."
            )
        return _("Asked. The patient is told %(how)s.") % {"how": reach.for_staff}
    if reach.may_call:
        return _("Asked. Nothing is written to the patient: please call.")
    return _("Asked. Nothing is sent: the patient finds it on the private page only.")


def _here(request):
    """Lead back to the desk, with the filter of the queue that somebody came from."""
    return redirect(kept(request, request.path))


class DeskAdmin(WholeIntakeAdmin):
    """The page of one plan. `PlanAdmin` adds the queue."""

    def get_urls(self):
        preview = path(
            "<int:object_id>/preview/",
            self.admin_site.admin_view(self.preview_view),
            name="consultations_plan_preview",
        )
        side_by_side = path(
            "<int:object_id>/photos/",
            self.admin_site.admin_view(require_safe(self.photos_view)),
            name="consultations_plan_photos",
        )
        return [preview, side_by_side, *super().get_urls()]

    @private
    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Show the desk of one plan, or take the workflow step of the pressed button."""
        plan = self._plan(object_id)
        self._permit(request, plan)
        if request.method != "POST":
            return self._page(request, self._of_now(request, plan))
        try:
            return self._take_step(request, self._of_now(request, plan))
        except Http404:
            # It was here a moment ago: a message tells that it was erased.
            return redirect(QUEUE)

    @private
    def preview_view(self, request, object_id):
        """Show a plan exactly as its patient will see it; under it is signed."""
        plan = self._plan(object_id)
        self._permit(request, plan)
        desk = kept(request, reverse("admin:consultations_plan_change", args=[plan.pk]))
        renewed = self._of_now(request, plan)
        if renewed.round != plan.round or Desk.is_first_look_due(renewed):
            # Of what changed, and on which cards, the desk tells; and it asks for the
            # first impression before anybody reads a plan.
            return redirect(desk)
        may_sign = self._may_decide(request, plan) and self._may_sign(request)
        if request.method != "POST" or not may_sign:
            return preview_page(request, plan, may_sign=may_sign)

        def log(signed, words):
            self.log_change(request, signed, words)

        return press_under_preview(request, plan, desk=desk, log=log)

    @private
    def photos_view(self, request, object_id):
        """Show a patient's photos side by side."""
        plan = self._plan(object_id)
        self._permit(request, plan)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "may_switch_keys": self.has_change_permission(request, plan),
        }
        return photos_page(request, plan, context)

    # Who may what

    def _permit(self, request, plan):
        may = self.has_view_or_change_permission(
            request, plan
        ) and request.user.has_perm("consultations.read_answers")
        if request.method == "POST":
            may = may and self._may_press(request, plan)
        if not may or ("_sign" in request.POST and not self._may_sign(request)):
            raise PermissionDenied

    def _may_sign(self, request):
        return request.user.has_perm("consultations.sign_plan")

    def _may_decide(self, request, plan):
        is_open = not (plan.is_signed or plan.intake.is_withdrawn)
        return is_open and self.has_change_permission(request, plan)

    def _plan(self, object_id):
        plan = Plan.objects.for_desk().filter(pk=row_number(object_id)).first()
        if plan is None:
            raise Http404
        return plan

    def _of_now(self, request, plan):
        """Return the plan, its cards dealt anew if the protocol has changed them."""
        if not self._may_decide(request, plan):
            return plan
        renewed = workflow.renew(plan, by=request.user)
        if renewed.round != plan.round:
            messages.warning(
                request,
                _(
                    "The protocol has changed: the cards are dealt anew. See what changed."
                ),
            )
        return plan if renewed is plan else self._plan(plan.pk)

    # Steps, one a button

    def _take_step(self, request, plan):
        of_all = {
            "_link": self._renew,
            "_second": self._renew_second,
            "_erasure": self._enter_erasure,
            "_person": self._clear,
        }
        try:
            for button, step in of_all.items():
                if button in request.POST:
                    return self._about_all(request, plan, step)
            for button, step in self._steps().items():
                if button in request.POST:
                    return step(request, plan)
            return self._save(request, plan)
        except workflow.NotAllowed as refused:
            self._tell(request, refused)
            return self._not_saved(request, self._plan(plan.pk))

    def _steps(self):
        return {
            "_spam": self._delete_spam,
            "_first": self._look,
            "_ask": self._ask,
            "_ask_about": self._ask_about,
            "_examine": self._examine,
            "_called": self._called,
            DONE: self._settle_recall,
            LATER: self._settle_recall,
            "_amend": self._amend,
            "_claim": self._claim,
            "_release": self._release,
            "_take_over": self._take_over,
            "_hand_over": self._hand_over,
            "_insert": self._insert,
            "_message": self._message,
            "_noted": self._noted,
            "_keys": self._switch_keys,
        }

    def _about_all(self, request, plan, step):
        """Save what is typed, then take a step with the whole intake."""
        if "edits" in request.POST and self._may_decide(request, plan):
            return self._save(request, plan, then=lambda saved: step(request, saved))
        link = step(request, plan)
        return self._page(request, plan, link=link) if link else _here(request)

    def _look(self, request, plan):
        form = FirstLookForm(request.POST)
        if not form.is_valid():
            return self._page(request, plan, first_look=form)
        workflow.first_look(plan, form.cleaned_data["first_look"], by=request.user)
        return _here(request)

    def _amend(self, request, plan):
        amended = workflow.amend(plan, by=request.user)
        self.log_change(request, plan, _("Began version %d.") % amended.version)
        return redirect("admin:consultations_plan_change", amended.pk)

    def _insert(self, request, plan):
        """Insert a message template into its field, without a script. Saves nothing."""
        use = request.POST["_insert"]
        chosen = request.POST.get(f"template-{use}", "")
        template = MessageTemplate.objects.filter(
            use=use, pk=row_number(chosen)
        ).first()
        form = DeskForm(request.POST, plan=plan, may_change=True).unchecked(template)
        return self._page(request, plan, form, ask_data=form.data)

    def _switch_keys(self, request, plan):
        """Switch keys of one letter on or off, for this person on every page."""
        request.user.has_keys = request.POST["_keys"] == "on"
        request.user.save(update_fields=["has_keys"])
        if "edits" not in request.POST:
            return redirect("admin:consultations_plan_photos", plan.pk)
        return self._save(request, plan)

    def _claim(self, request, plan):
        def claim(saved):
            workflow.claim(saved, by=request.user)

        return self._save(request, plan, then=claim)

    def _release(self, request, plan):
        def release(saved):
            workflow.release(saved, by=request.user)

        return self._save(request, plan, then=release)

    def _take_over(self, request, plan):
        """Ask once, then take a colleague's plan over and save what is typed."""
        if request.POST["_take_over"] != "yes":
            return self._page(request, plan, self._unchecked(request, plan), asks=True)
        taken = workflow.take_over(plan, by=request.user)
        self.log_change(request, plan, _("Taken over."))
        messages.success(request, _("The plan is yours now."))
        return self._save(request, self._plan(taken.pk))

    def _hand_over(self, request, plan):
        """Ask to whom, then save what is typed and hand the plan over."""
        if request.POST["_hand_over"] != "yes":
            return self._page(
                request,
                plan,
                self._unchecked(request, plan),
                hand_over=HandOverForm(by=request.user),
            )
        form = HandOverForm(request.POST, by=request.user)
        if not form.is_valid():
            desk_form = self._unchecked(request, plan)
            return self._page(request, plan, desk_form, hand_over=form)

        def give(saved):
            to, note = form.cleaned_data["to"], form.cleaned_data["note"]
            workflow.hand_over(saved, to, note, by=request.user)
            self.log_change(request, plan, _("Handed over."))
            messages.success(
                request, _("Handed over to %(name)s.") % {"name": to.display_name}
            )

        return self._save(request, plan, then=give)

    def _unchecked(self, request, plan):
        """Return the desk's form as it is typed, where nothing of it is saved yet."""
        return DeskForm(request.POST, plan=plan, may_change=True).unchecked(None)

    def _ask(self, request, plan):
        known = unknown_of(plan)

        def ask(saved):
            question = workflow.ask(
                saved,
                request.POST.get("question", ""),
                [code for code in request.POST.getlist("findings") if code in known],
                by=request.user,
            )
            self.log_change(request, plan, _("Asked the patient."))
            messages.success(request, _told(saved.intake, question))

        return self._save(request, plan, then=ask)

    def _ask_about(self, request, plan):
        """Open the question to the patient with what a card does not know. Saves nothing."""
        form = self._unchecked(request, plan)
        asked = {
            code
            for each in plan.current_decisions
            if key_of(each.card) == request.POST["_ask_about"]
            for code in each.card.ask
        }
        data = form.data.copy()
        data.setlist("findings", sorted({*data.getlist("findings"), *asked}))
        return self._page(request, plan, form, ask_data=data)

    def _examine(self, request, plan):
        """Save the form, then what was seen or asked; say what it changed."""

        def examine(saved):
            seen = seen_form(self._plan(saved.pk), request.POST)
            found = seen.found()
            if seen.wrong:
                raise workflow.NotAllowed(*seen.wrong.values())
            changed = workflow.examine(saved, found, how=seen.how, by=request.user)
            self.log_change(request, plan, _("Noted what was seen."))
            messages.success(
                request,
                _("Noted. See below what changed.")
                if changed
                else _("Noted. It changed no card."),
            )

        return self._save(request, plan, then=examine)

    def _called(self, request, plan):
        workflow.called(plan, by=request.user)
        self.log_change(request, plan, _("Called the patient."))
        return _here(request)

    def _settle_recall(self, request, plan):
        self.log_change(request, plan, settle(request, plan))
        return _here(request)

    def _message(self, request, plan):
        return self._about_all(request, plan, send)

    def _noted(self, request, plan):
        return self._about_all(request, plan, note)

    def _save(self, request, plan, then=None):
        """Save the form, then take a further step. If refused, show the form again."""
        if Desk.is_first_look_due(plan):
            # The cards are not open yet: there is nothing of them to keep.
            if link := then and then(plan):
                return self._page(request, plan, link=link)
            if request.POST.get("first_look", "").strip():
                return self._not_saved(request, self._plan(plan.pk))
            return _here(request)
        form = DeskForm(
            request.POST, plan=plan, may_change=self._may_decide(request, plan)
        )
        if not form.is_valid():
            return self._page(request, plan, form, ask_data=request.POST)
        try:
            saved = self._keep(plan, form, by=request.user)
        except workflow.NotAllowed as refused:
            return self._refused(request, plan.pk, form, refused)
        try:
            return self._after(request, saved, then)
        except workflow.NotAllowed as refused:
            messages.warning(request, _("Saved, but no more than that:"))
            self._tell(request, refused)
            plan = self._of_now(request, self._plan(plan.pk))
            return self._page(
                request, plan, ask_data=request.POST, seen_data=request.POST
            )

    def _keep(self, plan, form, *, by):
        return workflow.decide(
            plan,
            form.choices(),
            seen_edits=form.cleaned_data["edits"],
            by=by,
            **form.words(),
        )

    def _after(self, request, plan, then):
        left, warning = still_typed(request.POST)
        link = then(plan) if then else None
        if warning:
            messages.warning(request, warning)
        if warning or link:
            plan = self._plan(plan.pk)
            return self._page(
                request, plan, link=link or "", ask_data=left, seen_data=left
            )
        if "_preview" in request.POST and not then:
            preview = reverse("admin:consultations_plan_preview", args=[plan.pk])
            return redirect(kept(request, preview))
        if not then:
            messages.success(request, _("Saved. The patient sees nothing of it yet."))
        return _here(request)

    def _refused(self, request, object_id, form, refused):
        """Show the form again with what a colleague saved meanwhile next to each field."""
        self._tell(request, refused)
        plan = self._plan(object_id)
        if not self._may_decide(request, plan):
            return self._not_saved(request, plan)
        over = form.over(plan)
        return self._page(request, plan, over, ask_data=request.POST, meanwhile=True)

    def _not_saved(self, request, plan):
        """Show unsaved input in its field, or as text to copy if the field is gone."""
        if Desk.is_first_look_due(plan):
            first_look = FirstLookForm(request.POST)
            return self._page(
                request, plan, first_look=first_look, ask_data=request.POST
            )
        if self._may_decide(request, plan) and "first_look" not in request.POST:
            return self._page(request, plan, ask_data=request.POST)
        return self._page(request, plan, unsaved=unsaved(plan, request.POST))

    def _tell(self, request, refused):
        for fault in refused.faults:
            messages.error(request, fault)

    # The page

    def _page(
        self,
        request,
        plan,
        form=None,
        *,
        ask_data=None,
        meanwhile=False,
        link="",
        first_look=None,
        unsaved=(),
        seen_data=None,
        asks=False,
        hand_over=None,
    ):
        # Also after a button that only shows the page again: nobody reads it unnoticed.
        ledger.record(ledger.Action.PLAN_READ, plan, by=request.user)
        may_change = self._may_decide(request, plan)
        form = form or DeskForm(plan=plan, may_change=may_change)
        desk = Desk(
            plan,
            form,
            user=request.user,
            ask_data=ask_data,
            meanwhile=meanwhile,
            # What is typed there outlives every answer of this page.
            seen_data=seen_data or (request.POST if ask_data else None),
            message_data=ask_data or request.POST,
        )
        if request.method == "GET":
            desk.sidebar.note_reading()
        if hand_over is None and is_handing_over(request.POST):
            hand_over = HandOverForm(request.POST, by=request.user)
        is_left = plan.is_signed or plan.is_asking or plan.awaits_countersignature
        may_amend = plan.is_signed and desk.is_latest and not plan.intake.is_withdrawn
        return render(
            request,
            "admin/consultations/plan/desk.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": _("Plan for %(reference)s") % {"reference": plan},
                "desk": desk,
                "crisis": crisis.in_all(plan.intake) if plan.has_crisis_words else [],
                "plan": plan,
                "form": form,
                "link": link,
                "asks_to_take_over": asks,
                "hand_over": hand_over,
                "next": next_case(request, plan)
                if is_left and self.has_change_permission(request, plan)
                else None,
                "kept": kept(request, ""),
                "unsaved": unsaved,
                "first_look": first_look or FirstLookForm(),
                "may_change": may_change,
                "may_amend": may_amend and self.has_change_permission(request, plan),
                **self._about_intake(request, plan, of_desk=may_change),
                "may_call": self.has_change_permission(request, plan),
                "may_sign": may_change and self._may_sign(request),
            },
        )
