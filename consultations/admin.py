"""The review desk: the queue, and one page per plan to read, decide and sign."""

from django.contrib import admin, messages
from django.contrib.admin.views.main import SEARCH_VAR
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from consultations import references, workflow
from consultations.desk import Desk, DeskForm
from consultations.models import Clinician, Plan

User = get_user_model()
admin.site.unregister(User)


class ClinicianInline(admin.StackedInline):
    model = Clinician
    verbose_name_plural = lazy("registration, for those who sign plans")


@admin.register(User)
class ClinicUserAdmin(UserAdmin):
    """Accounts, with the registration number that signing needs."""

    inlines = [ClinicianInline]

    def get_readonly_fields(self, request, obj=None):
        # Nobody gives away, or takes, more than they have.
        if request.user.is_superuser:
            return []
        return ["is_superuser", "user_permissions"]

    def has_change_permission(self, request, obj=None):
        is_above = (
            obj is not None and obj.is_superuser and not request.user.is_superuser
        )
        return not is_above and super().has_change_permission(request, obj)


class StateFilter(admin.SimpleListFilter):
    """What waits comes first; a search finds the signed ones too."""

    title = lazy("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [
            ("waiting", lazy("Waiting")),
            ("signed", lazy("Signed")),
            ("all", lazy("All")),
        ]

    def value(self):
        is_search = self.request.GET.get(SEARCH_VAR)
        return super().value() or ("all" if is_search else "waiting")

    def choices(self, changelist):
        _unfiltered, *states = super().choices(changelist)
        return states

    def queryset(self, request, queryset):
        if self.value() == "all":
            return queryset
        return queryset.signed() if self.value() == "signed" else queryset.unsigned()


@admin.register(Plan)
class PlanAdmin(admin.ModelAdmin):
    """The queue, red flags first, then the oldest; and the desk for one plan."""

    list_display = ["reference", "flag", "waiting", "name", "scar_count", "signed"]
    list_filter = [StateFilter, "is_flagged"]
    list_per_page = 50
    search_fields = ["intake__name", "intake__email", "intake__telephone"]
    search_help_text = lazy("Reference, name, e-mail or telephone")
    show_full_result_count = False
    empty_value_display = ""

    class Media:
        css = {"all": ["clinic/desk.css"]}

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        return super().get_queryset(request).for_queue()

    def get_search_results(self, request, queryset, search_term):
        if reference := references.normalised(search_term):
            return queryset.filter(intake__reference=reference), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description=lazy("reference"), ordering="intake__reference")
    def reference(self, plan):
        return plan.intake.reference

    @admin.display(description=lazy("red flag"))
    def flag(self, plan):
        if not plan.is_flagged:
            return ""
        return format_html('<strong class="desk-mark">{}</strong>', _("Red flag"))

    @admin.display(description=lazy("name"), ordering="intake__name")
    def name(self, plan):
        return plan.intake.name

    @admin.display(description=lazy("scars"))
    def scar_count(self, plan):
        return plan.scar_count

    @admin.display(description=lazy("waiting for"), ordering="created_at")
    def waiting(self, plan):
        return "" if plan.is_signed else timesince(plan.created_at, timezone.now())

    @admin.display(description=lazy("signed"), ordering="signed_at")
    def signed(self, plan):
        return plan.signed_name

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
        return request.build_absolute_uri(reverse("consultations:plan", args=[token]))

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
