"""To sign a plan, to countersign it, and to write its next version."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consultations.intake.steps import Route
from consultations.letters import outbox
from consultations.locking import (
    NotAllowed,
    locked_intake,
    locked_plan,
)
from consultations.models import (
    Decision,
    LetterKind,
    OverrideReason,
    Plan,
)
from consultations.review import examined, facets, plan_rules, recalls, scopes
from consultations.review.workflow.claiming import claimed_in_words
from consultations.review.workflow.deciding import (
    WORDS,
    decide,
    decided_of,
    needs_reason,
    unchanged,
)
from consultations.review.workflow.redealing import copied
from consultations.review.workflow.renewing import is_current
from methods.protocol.vocabulary import Verdict
from methods.publishing import editions
from scarclinic.staff import ledger
from scarclinic.staff.models import User

COMING_BACK = ("has_message", "has_response", "due_on")


@dataclass(frozen=True)
class Unsaid:
    """What a plan leaves out that its patient should hear of, before anybody signs it."""

    is_empty: bool
    """Nothing is planned, and no message says so."""
    not_yet: list[Decision]
    """On treatments that wait for something, where nobody has said so."""

    def __bool__(self) -> bool:
        return self.is_empty or bool(self.not_yet)


def unsaid(plan: Plan) -> Unsaid:
    """Return what nobody has said to the patient yet. Reads `decisions`."""
    decisions = plan.current_decisions
    is_planned = any(each.is_included for each in decisions)
    return Unsaid(
        is_empty=not is_planned and not plan.note.strip(),
        # A checklist tells nobody what the engine puts off.
        not_yet=[]
        if settings.CHECKLIST_MODE
        else [
            each
            for each in decisions
            if each.card.is_treatment
            and each.card.verdict == Verdict.DEFERRED
            and not each.choice
        ],
    )


def _faults_of_unsaid(plan: Plan) -> Iterator[str]:
    """Yield what the patient should hear before anybody signs. Reads `decisions`."""
    left = unsaid(plan)
    if left.is_empty:
        yield _("Nothing is planned: say what the patient should hear.")
    if left.not_yet:
        yield _("Say what the patient should hear of what is not yet: %(titles)s.") % {
            "titles": ", ".join(dict.fromkeys(each.card.title for each in left.not_yet))
        }


def say(plan: Plan, note: str, not_yet: str, *, seen_edits: int, by: User) -> Plan:
    """Save a message, and one decision on all that is not yet, of what is left unsaid.

    Raises `NotAllowed` as `decide` does.
    """
    open_ones = {each.pk for each in unsaid(plan).not_yet} if not_yet else set()
    decided = {
        each.card_id: replace(decided_of(each), choice=not_yet)
        if each.pk in open_ones
        else decided_of(each)
        for each in plan.current_decisions
    }
    words = {name: getattr(plan, name) for name in WORDS}
    words["note"] = note.strip() or plan.note
    return decide(
        plan,
        decided,
        **words,
        departures_seen=plan.departures_seen,
        seen_edits=seen_edits,
        by=by,
        # The preview shows no correction, no reply and no photo.
        is_desk=False,
    )


def _is_explained(decision: Decision) -> bool:
    """Return whether it is said why against the card, for the record and to the patient."""
    return bool(
        decision.override_reason
        and decision.reason.strip()
        and decision.patient_words.strip()
    )


def _is_cleared(decision: Decision) -> bool:
    """Return whether a doctor has cleared the red flag, in a clinician's words."""
    return decision.override_reason == OverrideReason.CLEARED and _is_explained(
        decision
    )


def _faults_of_decisions(plan: Plan) -> Iterator[str]:
    open_options, unexplained, stopped = 0, 0, 0
    for decision in plan.current_decisions:
        card = decision.card
        open_options += card.is_option and not decision.choice
        against = needs_reason(card, decision.choice)
        unexplained += against and not _is_explained(decision)
        stopped += (
            plan.is_flagged
            and decision.is_included
            and card.is_treatment
            and not _is_cleared(decision)
        )
    # A checklist tells nobody what the engine calls an option.
    if open_options and not settings.CHECKLIST_MODE:
        yield ngettext(
            "Decide on every option: %(count)d is open.",
            "Decide on every option: %(count)d are open.",
            open_options,
        ) % {"count": open_options}
    if unexplained:
        yield _("Give a reason and words for each decision against a card.")
    if stopped:
        yield _(
            "A red flag stands: include no treatment that a doctor has not cleared."
        )
    yield from plan_rules.never(plan)
    yield from plan_rules.missing_doses(plan)
    without_reason = plan_rules.unexplained(plan)
    yield from without_reason
    if without_reason:
        yield _("Write why this plan departs from the protocol, and tick for what.")


def _faults_of_news(plan: Plan) -> Iterator[str]:
    """Yield what the patient has sent since somebody saved the desk that shows it."""
    if plan.has_correction:
        yield _(
            "The patient has corrected answers since: read them at the desk, and save."
        )
    if plan.has_answer:
        yield _("The patient has answered since: read it at the desk, and save.")
    if plan.has_photos:
        yield _("The patient has added photos since: see them at the desk, and save.")
    if plan.has_message:
        yield _(
            "The patient has written: answer the message at the desk, or say that it "
            "needs no answer."
        )


def _unknown_flags(plan: Plan) -> Iterator[str]:
    """Yield one fault that names the red flags nobody knows of. Reads `decisions`.

    Of those that a look can settle: a patient who stays unsure of another, such as being
    unwell, would never get a plan.
    """
    asked = {code for each in plan.current_decisions for code in each.card.ask}
    if unknown := [str(each.label) for each in examined.FLAGS if each in asked]:
        yield _("A red flag is not known (%(flags)s): ask or look.") % {
            "flags": ", ".join(unknown)
        }


def faults_before_signing(plan: Plan, by: User) -> Iterator[str]:
    """Yield what keeps somebody from signing a plan, a sentence each."""
    if not by.registration_number:
        yield _("Your account has no registration number: ask an administrator.")
    # A doctor who countersigns takes it from nobody.
    if plan.claimed_by not in (None, by) and not plan.awaits_countersignature:
        yield claimed_in_words(plan)
    if plan.intake.is_withdrawn:
        yield _("The patient has withdrawn this intake.")
    if (second := plan.intake.second) and second.is_awaited:
        yield _("%(who)s has not agreed yet: wait for it, or call.") % {
            "who": second.get_who_display()
        }
    # An age may have been corrected into one that needs it.
    if not plan.intake.is_of_age and Route(plan.intake).lacks_guardian:
        yield _(
            "The page about a parent or guardian is not finished: the patient finds it "
            "on the private page. Ask for it, or call."
        )
    if plan.intake.questions.filter(answered_at=None).exists():
        yield _("A question to the patient is open: wait for the answer.")
    if not is_current(plan):
        yield _("The protocol has changed since: read what it changed, then sign.")
    yield from _faults_of_news(plan)
    yield from _unknown_flags(plan)
    yield from _faults_of_decisions(plan)
    if plan.is_flagged and not plan.note.strip():
        yield _("Write a message to the patient: a red flag needs your words.")


@transaction.atomic
def sign(plan: Plan, *, by: User) -> Plan:
    """Sign a plan: it becomes visible to the patient, and immutable.

    What is beyond the scope of who signs waits, unsigned, for a doctor who signs it as
    well; then `awaits_countersignature` is true of the plan returned. Raises
    `NotAllowed`, naming all that is missing, or if somebody has saved the plan since it
    was read.
    """
    # In the order of every verb: who answers a question holds the intake first.
    locked_intake(plan.intake)
    unchanged(locked_plan(plan), plan.edits)
    plan = Plan.objects.for_desk().get(pk=plan.pk)
    if faults := list(faults_before_signing(plan, by)):
        raise NotAllowed(*faults)
    # Asked once all else is in order, so that one answer is enough.
    if faults := list(_faults_of_unsaid(plan)):
        raise NotAllowed(*faults)
    if beyond := scopes.beyond(plan, scopes.reach_of(by)):
        return _propose(plan, beyond, by=by)
    plan.signed_by = by
    plan.signed_at = timezone.now()
    plan.signed_name = by.display_name
    plan.registration_number = by.registration_number
    # What was said to the version before is answered by this one, which asks anew.
    plan.has_response, plan.due_on = False, None
    plan.currency = editions.current().site.clinic.currency
    plan.save()
    facets.note_planned(plan)
    # Nobody calls about the version before: its patient reads this one. But for words
    # that sounded like a crisis, which no plan answers.
    overtaken = plan.intake.plans.to_call().filter(has_crisis_words=False)
    overtaken.update(
        is_to_call=False, call_by=None, has_photos=False, is_unreached=False
    )
    outbox.write(plan.intake, LetterKind.PLAN, key=f"plan-{plan.pk}")
    if second := plan.intake.second:
        key = f"plan-{plan.pk}-second"
        outbox.write(plan.intake, LetterKind.PLAN, key=key, second=second)
    ledger.record(ledger.Action.PLAN_SIGNED, plan, by=by)
    recalls.make(plan, by=by)
    return plan


def _propose(plan: Plan, beyond: list[str], *, by: User) -> Plan:
    """Keep a signature that a doctor has to add theirs to. The patient sees nothing yet."""
    if plan.awaits_countersignature:
        raise NotAllowed(*beyond, _("It waits for a doctor’s signature."))
    plan.first_signed_by = by
    plan.first_signed_at = timezone.now()
    plan.first_signed_name = by.display_name
    plan.save()
    ledger.record(ledger.Action.PLAN_PROPOSED, plan, by=by)
    return plan


@transaction.atomic
def amend(plan: Plan, *, by: User) -> Plan:
    """Return the next version of a signed plan, open, with the same decisions.

    The signed one stays as it is, to both. Raises `NotAllowed` if the plan is not signed,
    is not the latest, or the intake is withdrawn.
    """
    intake = locked_intake(plan.intake)
    latest = intake.plans.latest("version")
    if latest.pk != plan.pk:
        raise NotAllowed(_("There is a later version of this plan."))
    if not latest.is_signed:
        raise NotAllowed(_("This plan is not signed yet: change it as it is."))
    if intake.is_withdrawn:
        raise NotAllowed(_("The patient has withdrawn this intake."))
    amended = Plan.objects.create(
        intake=intake,
        version=latest.version + 1,
        round=latest.round,
        protocol_number=latest.protocol_number,
        rules_version=latest.rules_version,
        is_flagged=latest.is_flagged,
        claimed_by=by,
        # The reason is for what departed then: what departs since asks for one anew.
        departures_seen=latest.departures_seen,
        # What the patient wrote waits here from now on.
        **{name: getattr(latest, name) for name in COMING_BACK},
        **{name: getattr(latest, name) for name in WORDS},
    )
    latest.has_message, latest.has_response, latest.due_on = False, False, None
    latest.save(update_fields=COMING_BACK)
    Decision.objects.bulk_create(
        copied(decision, plan=amended, card=decision.card)
        for decision in latest.decisions.current().select_related("card")
    )
    ledger.record(ledger.Action.PLAN_AMENDED, amended, by=by)
    return amended
