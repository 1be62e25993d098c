"""The review desk: one page per plan to read, decide and sign."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from consultations import workflow
from consultations.desk import Desk, DeskForm
from consultations.models import Plan


class DeskAdmin(admin.ModelAdmin):
    """The page of one plan. `PlanAdmin` adds the queue."""

    @method_decorator([never_cache, sensitive_post_parameters()])
    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Show the desk of one plan; keep and sign through the workflow."""
        plan = self._plan(object_id)
        if not self.has_view_or_change_permission(request, plan):
            raise PermissionDenied
        if request.method != "POST":
            return self._page(request, plan)
        if not self.has_change_permission(request, plan) or (
            "_sign" in request.POST and not self._may_sign(request)
        ):
            raise PermissionDenied
        if "_link" in request.POST:
            return self._page(request, plan, link=self._new_link(request, plan))
        form = DeskForm(request.POST, plan=plan, may_change=not plan.is_signed)
        if not form.is_valid():
            return self._page(request, plan, form)
        try:
            self._keep(request, plan, form)
        except workflow.NotAllowed as refused:
            return self._refused(request, object_id, form, refused)
        return redirect(request.path)

    def _new_link(self, request, plan):
        """Return a new private link for a patient who has lost theirs. Told only now."""
        token = workflow.renew_link(plan.intake)
        self.log_change(request, plan, _("New private link."))
        return request.build_absolute_uri(reverse("consultations:status", args=[token]))

    def _may_sign(self, request):
        return request.user.has_perm("consultations.sign_plan")

    def _plan(self, object_id):
        if not str(object_id).isdecimal():
            raise Http404
        plan = Plan.objects.for_desk().filter(pk=object_id).first()
        if plan is None:
            raise Http404
        return plan

    def _keep(self, request, plan, form):
        """Save, and sign if asked to; raises `NotAllowed` if nothing was saved."""
        decided = workflow.decide(
            plan,
            form.choices(),
            note=form.cleaned_data["note"],
            seen_edits=form.cleaned_data["edits"],
            by=request.user,
        )
        if "_sign" not in request.POST:
            messages.success(request, _("Saved. The patient sees nothing of it yet."))
            return
        try:
            workflow.sign(decided, by=request.user)
        except workflow.NotAllowed as refused:
            messages.warning(request, _("Saved, but not signed:"))
            self._tell(request, refused)
        else:
            self.log_change(request, plan, _("Signed."))
            messages.success(request, _("Signed. The patient can read the plan now."))

    def _refused(self, request, object_id, form, refused):
        """Show what was typed beside what was saved meanwhile, to be saved again."""
        self._tell(request, refused)
        plan = self._plan(object_id)
        if plan.is_signed:
            return self._page(request, plan)
        form.data = form.data.copy()
        form.data["edits"] = plan.edits
        return self._page(request, plan, form, meanwhile=True)

    def _tell(self, request, refused):
        for fault in refused.faults:
            messages.error(request, fault)

    def _page(self, request, plan, form=None, *, meanwhile=False, link=""):
        may_change = self.has_change_permission(request, plan) and not plan.is_signed
        form = form or DeskForm(plan=plan, may_change=may_change)
        return render(
            request,
            "admin/consultations/plan/desk.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": _("Plan for %(reference)s") % {"reference": plan},
                "desk": Desk(plan, form, meanwhile=meanwhile),
                "plan": plan,
                "form": form,
                "link": link,
                "may_change": may_change,
                "may_renew": self.has_change_permission(request, plan),
                "may_sign": may_change and self._may_sign(request),
            },
        )
