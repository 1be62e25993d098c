"""The queue of plans: order, state filter, assignment."""

from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations import retention
from consultations.admin.claiming import ClinicianField, clinicians
from consultations.admin.desk import DeskAdmin
from consultations.admin.finding_people import people_found
from consultations.admin.plan_status import (
    due_in_words,
    due_on,
    flag_codes,
    in_words,
    state_in_words,
)
from consultations.admin.queue_filters import (
    FOR_ALL,
    FOR_READERS,
    narrowed,
    order_of,
    parameters,
)
from consultations.admin.sealed_search import opened, sealed_address
from consultations.admin.whole_intake import RIGHTS
from consultations.letters.reach import OF_REMINDERS, Reach
from consultations.models import Assessment, Reading
from consultations.models.recalls import first_recall
from consultations.review import business_hours, spam, workflow
from consultations.review.patient_plan import OF_AGE
from methods.protocol.coded_findings import RedFlagCode
from scarclinic.staff.admin.recorded_list import RecordedListAdmin

STATES = {
    "waiting": lazy("Waiting"),
    "mine": lazy("Mine"),
    "unclaimed": lazy("Unclaimed"),
    "in_crisis": lazy("Crisis words"),
    "flagged": lazy("Red flag"),
    "late": lazy("Late"),
    "asking": lazy("Waiting for the patient"),
    "with_messages": lazy("Messages"),
    "with_responses": lazy("Plan answered"),
    "answered": lazy("Answered by the patient"),
    "corrected": lazy("Corrected by the patient"),
    "with_new_photos": lazy("New photos"),
    "awaiting_countersignature": lazy("To be countersigned"),
    "to_call": lazy("To be called"),
    "to_recall": lazy("To be asked back"),
    "to_call_back": lazy("To be called back"),
    "suspected": lazy("Perhaps a robot"),
    "signed_today": lazy("Signed today"),
    "all": lazy("All"),
}
MARK = "admin/consultations/plan/mark.html"
WORRIES = "consultations.view_safeguardingnote"
FLAG_WORDS = dict(RedFlagCode.choices)
"""Each flag by name, shorter than editors’ own words for the desk."""
OF_HEALTH = {"in_crisis", "flagged", "awaiting_countersignature"}
"""The states that say something about somebody's health."""


def reads_answers(user):
    """Return whether a user may see patients' health data."""
    return user.has_perm("consultations.read_answers")


def states_for(user):
    """Return the state filter's choices for a user, {code: name}."""
    hidden = set() if reads_answers(user) else OF_HEALTH
    return {code: name for code, name in STATES.items() if code not in hidden}


def state_asked(request):
    """Return the state filter of a request; a search or filter without one covers all."""
    asked = request.GET.get(StateFilter.parameter_name)
    if asked in states_for(request.user):
        return asked
    is_narrowed = request.GET.get(SEARCH_VAR) or order_of(request)
    return "all" if is_narrowed else "waiting"


class CountedPaginator(Paginator):
    """Paginator with an upper bound on its count: COUNT of a long queue is slow."""

    LIMIT = 500

    @cached_property
    def count(self):
        return self.object_list[: self.LIMIT].count()

    @property
    def is_more(self):
        return self.count == self.LIMIT


class AssignForm(ActionForm):
    """The stock action form with a field for the assignee."""

    to = ClinicianField(
        label=lazy("To:"),
        queryset=clinicians(),
        required=False,
        empty_label=lazy("(only to assign)"),
    )


class StateFilter(admin.SimpleListFilter):
    """Filter by state; waiting by default, all in a search."""

    title = lazy("state")
    parameter_name = "state"
    template = "admin/consultations/plan/filter.html"

    def __init__(self, request, params, model, model_admin):
        super().__init__(request, params, model, model_admin)
        self.asked = request.state = state_asked(request)

    def lookups(self, request, model_admin):
        return list(states_for(request.user).items())

    def value(self):
        return self.asked

    def choices(self, changelist):
        _unfiltered, *states = super().choices(changelist)
        return states

    def queryset(self, request, queryset):
        if self.asked == "mine":
            return queryset.claimed_by(request.user)
        return getattr(queryset, self.asked)()


class QueueAdmin(RecordedListAdmin, DeskAdmin):
    """The queue: words of a crisis, red flags, then who has waited longest."""

    list_per_page = list_max_show_all = 50
    # What `get_search_results` asks for; without a field there is no search.
    search_fields = ["intake__reference"]
    search_help_text = lazy(
        "Reference, name, e-mail, telephone or date of birth, also with a telephone’s last digits"
    )
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CountedPaginator
    action_form = AssignForm
    actions = ["claim", "release", "assign", "from_person", "delete_spam"]
    empty_value_display = ""

    class Media:
        css = {"all": ["clinic/desk.css"]}

    def get_list_filter(self, request):
        of_health = FOR_READERS if reads_answers(request.user) else []
        return [StateFilter, *of_health, *FOR_ALL]

    def get_list_display(self, request):
        flag = ["flag"] if reads_answers(request.user) else []
        flag += ["worry"] if request.user.has_perm(WORRIES) else []
        if state_asked(request) in ("to_call", "to_recall"):
            return ["reference", *flag, "name", "state", "who"]
        return ["reference", *flag, "name", "waiting", "due", "state", "who"]

    def get_ordering(self, request):
        if state_asked(request) == "to_call_back":
            return ["intake__call_back_on", "pk"]
        if state_asked(request) == "all":
            # The newest first, by an index: also of many who have one name.
            return order_of(request) or ["-intake", "-version"]
        if state_asked(request) == "to_recall":
            return [first_recall().asc(), "pk"]
        if reads_answers(request.user):
            return self.opts.ordering
        # The place in the queue would tell who has a red flag.
        return ["is_asking", "waiting_since", "pk"]

    def lookup_allowed(self, lookup, value, request):
        # An address may narrow the queue by any column of a plan, also by what was found.
        if not reads_answers(request.user):
            known = parameters(FOR_ALL)
            return lookup in {StateFilter.parameter_name, *known}
        return super().lookup_allowed(lookup, value, request)

    def get_queryset(self, request):
        is_reader = reads_answers(request.user)
        since = timezone.now() - Reading.COUNTS_FOR
        flags = Assessment.objects.order_by("scar_id").only(
            "intake_id", "round", "red_flags"
        )
        readings = Reading.objects.filter(seen_at__gt=since).select_related("user")
        return (
            super()
            .get_queryset(request)
            .for_queue()
            .prefetch_related(
                OF_REMINDERS,
                *([Prefetch("intake__assessments", flags)] if is_reader else []),
                Prefetch("readings", queryset=readings.exclude(user=request.user)),
            )
        )

    def get_changelist_instance(self, request):
        changelist = super().get_changelist_instance(request)
        changelist.narrowed = narrowed(changelist)
        return changelist

    def get_search_results(self, request, queryset, search_term):
        if search_term:
            found = people_found(request, opened(search_term))
            queryset = queryset.filter(intake__in=found)
        return queryset, False

    def changelist_view(self, request, extra_context=None):
        """List the queue; read clock and opening hours once for all rows.

        What is typed to find a person is posted, and stands sealed in the address.
        """
        if request.method == "POST" and "_search" in request.POST:
            return redirect(sealed_address(request))
        self.now, self.hours = timezone.now(), business_hours.current()
        context = {
            "title": _("Plans"),
            "typed": opened(request.GET.get(SEARCH_VAR, "")),
            "search_var": SEARCH_VAR,
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    # Columns

    @admin.display(description=lazy("reference"))
    def reference(self, plan):
        return plan.intake.reference

    @admin.display(description=lazy("red flag"))
    def flag(self, plan):
        """Name the flags; who only needs a guardian is told apart from who is urgent."""
        codes = flag_codes(plan) if plan.is_flagged else []
        urgent = [
            str(FLAG_WORDS.get(each, each)) for each in codes if each not in OF_AGE
        ]
        marks = [_("Crisis words")] if plan.has_crisis_words else []
        marks += urgent or ([_("Red flag")] if plan.is_flagged and not codes else [])
        guardian = [_("Needs a guardian")] if OF_AGE.intersection(codes) else []
        if not (marks or guardian):
            return ""
        how = str(Reach(plan.intake).first_for_staff)
        text = ", ".join([*marks, *guardian, how])
        return render_to_string(MARK, {"text": text}) if marks else text

    @admin.display(description=lazy("safeguarding"))
    def worry(self, plan):
        return render_to_string(MARK, {"text": _("Worry")}) if plan.has_worry else ""

    @admin.display(description=lazy("name"))
    def name(self, plan):
        return plan.intake.name

    @admin.display(description=lazy("waiting, in opening hours"))
    def waiting(self, plan):
        is_over = plan.is_signed and plan.due_on is None
        if is_over or plan.is_asking or plan.intake.is_withdrawn:
            return ""
        return in_words(self.hours.worked(plan.waiting_since, self.now))

    @admin.display(description=lazy("promised"))
    def due(self, plan):
        today = timezone.localdate(self.now)
        due = due_in_words(plan, today)
        if due:
            due = _("%(due)s, %(how)s") % {
                "due": due,
                "how": Reach(plan.intake).for_staff,
            }
        if due and due_on(plan) < today:
            return render_to_string(MARK, {"text": due})
        return due

    @admin.display(description=lazy("state"))
    def state(self, plan):
        state = state_in_words(plan)
        if plan.intake.call_back_on:
            day = date_format(plan.intake.call_back_on, "j F Y")
            state = f"{state}; " + _("call back on %(day)s") % {"day": day}
        if plan.intake.is_suspected:
            words = _(
                "%(state)s; may be a robot: nothing is sent to them until somebody looks"
            )
            return words % {"state": state}
        return state

    @admin.display(description=lazy("with"))
    def who(self, plan):
        claimed = [plan.claimed_by.display_name] if plan.claimed_by else []
        reading = [
            _("%(name)s reads it now") % {"name": each.user.display_name}
            for each in plan.readings.all()
        ]
        return ", ".join(claimed + reading)

    # Actions

    def get_actions(self, request):
        may = {
            "claim": self.has_change_permission(request),
            "release": self.has_change_permission(request),
            "assign": request.user.has_perm("consultations.assign_plan"),
            "from_person": request.user.has_perm(RIGHTS["_person"]),
            "delete_spam": request.user.has_perm(RIGHTS["_spam"]),
        }
        return {
            name: action
            for name, action in super().get_actions(request).items()
            if may.get(name, True)
        }

    def _with_each(self, request, plans, verb, done):
        """Take a workflow step with each selected plan; report refusals."""
        count = 0
        for plan in plans:
            try:
                verb(plan)
                count += 1
            except workflow.NotAllowed as refused:
                self.message_user(request, f"{plan}: {refused}", messages.ERROR)
        if count:
            self.message_user(request, done % {"count": count}, messages.SUCCESS)

    @admin.action(description=lazy("Claim"))
    def claim(self, request, plans):
        self._with_each(
            request,
            plans,
            lambda plan: workflow.claim(plan, by=request.user),
            _("Claimed: %(count)d."),
        )

    @admin.action(description=lazy("Release"))
    def release(self, request, plans):
        self._with_each(
            request,
            plans,
            lambda plan: workflow.release(plan, by=request.user),
            _("Released: %(count)d."),
        )

    @admin.action(description=lazy("A person sent this: send what waits"))
    def from_person(self, request, plans):
        self._with_each(
            request,
            plans,
            lambda plan: spam.clear(plan.intake, by=request.user),
            _("Noted, and what waited is sent: %(count)d."),
        )

    @admin.action(description=lazy("Delete what is perhaps not from a person"))
    def delete_spam(self, request, plans):
        self._with_each(
            request,
            plans,
            lambda plan: spam.delete(plan.intake, by=request.user),
            _("Deleted, for good: %(count)d."),
        )
        retention.wipe_soon()

    @admin.action(description=lazy("Assign to"))
    def assign(self, request, plans):
        form = AssignForm(request.POST)
        form.fields["action"].choices = self.get_action_choices(request)
        to = form.cleaned_data["to"] if form.is_valid() else None
        if to is None:
            self.message_user(request, _("Choose whom to assign to."), messages.ERROR)
            return
        self._with_each(
            request,
            plans,
            lambda plan: workflow.assign(plan, to, by=request.user),
            _("Assigned: %(count)d."),
        )
