"""Plans in the admin: queue, desk, and the contact page of the front desk."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from consultations.admin.contact import (
    check_caller,
    contact_page,
    correct_contact,
    note_call,
)
from consultations.admin.queue import QueueAdmin, reads_answers
from consultations.admin.safeguarding import safeguarding_view
from consultations.admin.taken import urls as urls_of_taken
from consultations.admin.visits import visits_view
from consultations.admin.whole_intake import QUEUE
from consultations.models import Plan
from consultations.review import documents, workflow
from scarclinic.staff import ledger, proof


@admin.register(Plan)
class PlanAdmin(QueueAdmin):
    """The desk for users with `read_answers`, the contact page for others."""

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Show the desk with `read_answers`, else the contact page."""
        if reads_answers(request.user):
            return super().change_view(request, object_id, form_url, extra_context)
        plan = self._plan(object_id)
        if not self.has_view_permission(request, plan):
            raise PermissionDenied
        return self._contact(request, plan)

    @method_decorator([never_cache, sensitive_post_parameters()])
    def contact_view(self, request, pk):
        """Show the contact page to those who have the desk as well."""
        plan = self._plan(pk)
        if not self.has_view_permission(request, plan):
            raise PermissionDenied
        return self._contact(request, plan)

    def _contact(self, request, plan):
        about = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            **self._about_intake(request, plan),
        }
        if request.method != "POST":
            return contact_page(request, plan, about)
        if "_born" in request.POST:
            return check_caller(request, plan)
        if "_call" in request.POST:
            return note_call(request, plan, about)
        if "_contact" in request.POST:
            return correct_contact(request, plan, about)
        return self._take_contact_step(request, plan)

    def _take_contact_step(self, request, plan):
        steps = {
            "_link": self._send_link,
            "_erasure": self._enter_erasure,
            "_spam": self._delete_spam,
            "_person": self._clear,
        }
        step = next((steps[each] for each in steps if each in request.POST), None)
        if step is None or not self._may_press(request, plan):
            raise PermissionDenied
        try:
            return step(request, plan) or redirect(request.path)
        except workflow.NotAllowed as refused:
            messages.error(request, str(refused))
            return redirect(QUEUE)

    def get_urls(self):
        worries = path(
            "<int:pk>/safeguarding/",
            self.admin_site.admin_view(safeguarding_view),
            name="consultations_plan_safeguarding",
        )
        reached = path(
            "<int:pk>/contact/",
            self.admin_site.admin_view(self.contact_view),
            name="consultations_plan_contact",
        )
        visits = path(
            "<int:pk>/visits/",
            self.admin_site.admin_view(visits_view),
            name="consultations_plan_visits",
        )
        ways = {
            "plan": ("plan/", self.plan_document, False),
            "plan_pdf": ("plan.pdf", self.plan_document, True),
            "answers": ("answers/", self.answers_document, False),
            "answers_pdf": ("answers.pdf", self.answers_document, True),
        }
        return [
            path(
                f"<int:pk>/{ending}",
                self.admin_site.admin_view(require_safe(view)),
                {"as_pdf": as_pdf},
                name=f"consultations_plan_{name}",
            )
            for name, (ending, view, as_pdf) in ways.items()
        ] + [worries, reached, visits, *urls_of_taken(), *super().get_urls()]

    def _readable(self, request, pk):
        if not (self.has_view_permission(request) and reads_answers(request.user)):
            raise PermissionDenied
        return self._plan(pk)

    def plan_document(self, request, pk, *, as_pdf):
        """Show the plan as its patient reads it, to print or as a PDF."""
        plan = self._readable(request, pk)
        if as_pdf and (page := proof.ask(request)):
            return page
        ledger.record(ledger.Action.PLAN_PRINTED, plan, by=request.user)
        pdf_url = reverse("admin:consultations_plan_plan_pdf", args=[pk])
        return documents.plan(request, plan, as_pdf=as_pdf, pdf_url=pdf_url)

    def answers_document(self, request, pk, *, as_pdf):
        """Show the patient's answers, to print or as a PDF."""
        plan = self._readable(request, pk)
        if as_pdf and (page := proof.ask(request)):
            return page
        ledger.record(ledger.Action.ANSWERS_PRINTED, plan, by=request.user)
        pdf_url = reverse("admin:consultations_plan_answers_pdf", args=[pk])
        return documents.answers(request, plan.intake, as_pdf=as_pdf, pdf_url=pdf_url)

    def history_view(self, request, object_id, extra_context=None):
        """Show the history, with `read_answers` only."""
        if not reads_answers(request.user):
            raise PermissionDenied
        response = super().history_view(request, object_id, extra_context)
        ledger.record(ledger.Action.PLAN_READ, self._plan(object_id), by=request.user)
        return response
