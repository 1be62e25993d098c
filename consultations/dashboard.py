"""Counts of pending work on the admin's home, each with a link to its list."""

from dataclasses import dataclass

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations.models import ErasureRequest, Letter, Plan
from consultations.models.plans import late_on
from methods.models import Cause, Condition, Method, Pathway, Proposal, ScarType, Trait
from scarclinic.staff.models import AccountChange


@dataclass(frozen=True)
class Waiting:
    """One count: its label, and the URL of a list with as many rows."""

    label: str
    count: int
    url: str
    is_urgent: bool = False


def _queue(state):
    return f"{reverse('admin:consultations_plan_changelist')}?state={state}"


def _plans(user):
    today = timezone.localdate()
    counts = Plan.objects.waiting().aggregate(
        crisis=Count("pk", filter=Q(has_crisis_words=True)),
        flagged=Count("pk", filter=Q(is_flagged=True)),
        unclaimed=Count("pk", filter=Q(claimed_by=None)),
        late=Count("pk", filter=late_on(today)),
        messages=Count("pk", filter=Q(has_message=True)),
        responses=Count("pk", filter=Q(has_response=True)),
        mine=Count("pk", filter=Q(claimed_by=user)),
        answered=Count("pk", filter=Q(has_answer=True)),
        corrected=Count("pk", filter=Q(has_correction=True)),
        photos=Count("pk", filter=Q(has_photos=True)),
        countersign=Count("pk", filter=Q(first_signed_at__isnull=False)),
    )
    if user.has_perm("consultations.read_answers"):
        yield Waiting(_("Crisis words"), counts["crisis"], _queue("in_crisis"), True)
        yield Waiting(_("Red flags"), counts["flagged"], _queue("flagged"), True)
        yield Waiting(
            _("Plans that a doctor has to sign"),
            counts["countersign"],
            _queue("awaiting_countersignature"),
        )
    # Why, stands on the desk, for who may read answers.
    yield Waiting(
        _("Patients to call"), Plan.objects.to_call().count(), _queue("to_call"), True
    )
    to_call_back = Plan.objects.to_call_back().aggregate(
        all=Count("pk"), due=Count("pk", filter=Q(intake__call_back_on__lte=today))
    )
    yield Waiting(
        _("Patients to call back"),
        to_call_back["all"],
        _queue("to_call_back"),
        bool(to_call_back["due"]),
    )
    yield Waiting(
        _("Patients to be asked back"),
        Plan.objects.to_recall().count(),
        _queue("to_recall"),
    )
    yield Waiting(
        _("Perhaps from a robot: nothing is sent until somebody looks"),
        Plan.objects.suspected().count(),
        _queue("suspected"),
    )
    yield Waiting(
        _("Messages from patients"), counts["messages"], _queue("with_messages")
    )
    yield Waiting(_("Late"), counts["late"], _queue("late"), True)
    yield Waiting(_("Unclaimed"), counts["unclaimed"], _queue("unclaimed"))
    if user.has_perm("consultations.change_plan"):
        yield Waiting(_("Mine"), counts["mine"], _queue("mine"))
        yield Waiting(
            _("Plans that patients have answered"),
            counts["responses"],
            _queue("with_responses"),
        )
        yield Waiting(
            _("Questions that patients have answered"),
            counts["answered"],
            _queue("answered"),
        )
        yield Waiting(
            _("Answers that patients have corrected"),
            counts["corrected"],
            _queue("corrected"),
        )
        yield Waiting(
            _("Photos that patients have added"),
            counts["photos"],
            _queue("with_new_photos"),
        )


def _content():
    methods = reverse("admin:methods_method_changelist")
    due = Method.objects.due_for_review().count()
    yield Waiting(_("Reviews due"), due, f"{methods}?review=due")
    for model in (Method, ScarType, Cause, Trait, Condition, Pathway):
        kind = model._meta.verbose_name_plural
        rows = reverse(f"admin:methods_{model._meta.model_name}_changelist")
        yield Waiting(
            _("Drafts not published: %(kind)s") % {"kind": kind},
            model.objects.unpublished().count(),
            f"{rows}?draft=unpublished",
        )


def _proposals():
    return Waiting(
        _("Changes that a clinician has to confirm"),
        Proposal.objects.waiting().count(),
        reverse("admin:methods_proposal_changelist"),
    )


def for_user(user):
    """Return the counts for a user, a `Waiting` each, at a fixed number of queries."""
    waiting = []
    if user.has_perm("consultations.view_plan"):
        waiting += _plans(user)
    if user.has_perm("consultations.change_erasurerequest"):
        waiting.append(
            Waiting(
                _("Requests to erase"),
                ErasureRequest.objects.filter(settled_at=None).count(),
                reverse("admin:consultations_erasurerequest_changelist"),
            )
        )
    if user.has_perm("staff.change_user"):
        waiting.append(
            Waiting(
                _("Changes of accounts to confirm"),
                AccountChange.objects.filter(settled_at=None).count(),
                reverse("admin:staff_accountchange_changelist"),
            )
        )
    if user.has_perms(["consultations.print_letter", "consultations.read_answers"]):
        waiting.append(
            Waiting(
                _("Letters to print"),
                Letter.objects.to_print().count(),
                reverse("admin:consultations_letter_to_print"),
            )
        )
    if user.has_perm("consultations.view_letter"):
        waiting.append(
            Waiting(
                _("E-mails that could not be sent"),
                Letter.objects.given_up().count(),
                reverse("admin:consultations_letter_changelist") + "?state=given_up",
                True,
            )
        )
    if user.has_perm("methods.confirm_proposal") or user.has_perm(
        "methods.change_method"
    ):
        waiting.append(_proposals())
    if user.has_perm("methods.change_method"):
        waiting += _content()
    return waiting
