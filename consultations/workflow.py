"""What happens to an intake and its plan: submit, decide, sign."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consultations import references, steps
from consultations.models import (
    INCLUDED,
    Assessment,
    Card,
    Clinician,
    Decision,
    Intake,
    IntakeStatus,
    Plan,
)
from consultations.rules import RULES_VERSION, engine
from consultations.rules.facts import read
from methods import entries, publishing


class NotAllowed(Exception):
    """The step cannot be taken now. `faults` says why, a sentence each."""

    def __init__(self, *faults):
        super().__init__(" ".join(str(fault) for fault in faults))
        self.faults = faults


# Assess


def as_stored(reason):
    """Return an engine's `Reason` as a card keeps it."""
    return {
        "kind": reason.kind,
        "findings": list(reason.findings),
        "rationale": reason.rationale,
        "for_patient": reason.for_patient,
        "sources": list(reason.sources),
        "contested": reason.contested,
        "line": reason.line,
    }


def card_fields(card):
    """Return what a stored card says, from the engine's `Card`."""
    return {
        "verdict": card.verdict,
        "line": card.line,
        "until": card.until,
        "until_days": card.until_days,
        "reasons": [as_stored(reason) for reason in card.reasons],
        "ask": list(card.ask),
    }


def _assess(intake, route, number, day):
    """Store a round of assessments, one per scar with every card; return its cards."""
    protocol = publishing.live_protocol()
    raw_facts = [route.facts_of(scar, day) for scar in route.scars]
    answers = engine.of_one_person([read(raw, protocol) for raw in raw_facts], protocol)
    cards = []
    for scar, raw, answer in zip(route.scars, raw_facts, answers, strict=True):
        assessment = Assessment.objects.create(
            intake=intake,
            scar=scar,
            round=number,
            facts=raw,
            questions=sorted(protocol.questions),
            red_flag_words=[
                {"code": flag.code, "route": flag.route, "told": flag.told}
                for flag in protocol.red_flags
            ],
            rules_version=RULES_VERSION,
            types=list(answer.types),
            red_flags=[flag.code for flag in answer.red_flags],
            assessed_on=day,
        )
        cards += Card.objects.bulk_create(
            Card(
                assessment=assessment,
                revision_id=card.revision,
                place=place,
                **card_fields(card),
            )
            for place, card in enumerate(answer.cards, start=1)
        )
    return cards


def _is_flagged(cards):
    return any(card.assessment.red_flags for card in cards)


def recomputed(assessments):
    """Return the engine's `Answer`s from what one round of assessments kept."""
    first = assessments[0]
    protocol = entries.Protocol(
        methods=tuple(
            entries.method(card.revision.content, revision=card.revision_id)
            for card in first.cards.all()
        ),
        questions=frozenset(first.questions),
        red_flags=tuple(entries.RedFlag(**words) for words in first.red_flag_words),
    )
    return engine.of_one_person(
        [read(each.facts, protocol) for each in assessments], protocol
    )


# Submit


def _new_reference():
    """Return a reference that no intake has."""
    while Intake.objects.filter(reference=(reference := references.new())).exists():
        pass
    return reference


@transaction.atomic
def submit(intake):
    """Hand a finished draft to the clinic, with a card for every method.

    Raises `NotAllowed` if it has been sent already, or a page is not finished.
    """
    intake = Intake.objects.select_for_update().get(pk=intake.pk)
    if intake.status != IntakeStatus.DRAFT:
        raise NotAllowed(_("This intake has been sent already."))
    route = steps.Route(intake)
    if unfinished := route.unfinished():
        raise NotAllowed(*(route.form(page).title for page in unfinished))
    intake.status = IntakeStatus.SUBMITTED
    intake.reference = _new_reference()
    intake.submitted_at = timezone.now()
    intake.save(update_fields=["status", "reference", "submitted_at"])
    cards = _assess(intake, route, 1, timezone.localdate(intake.submitted_at))
    plan = Plan.objects.create(
        intake=intake,
        is_flagged=_is_flagged(cards),
        waiting_since=intake.submitted_at,
    )
    Decision.objects.bulk_create(Decision(plan=plan, card=card) for card in cards)
    return intake


# Decide and sign


def _locked(plan):
    plan = Plan.objects.select_for_update().get(pk=plan.pk)
    if plan.is_signed:
        raise NotAllowed(_("This plan is signed and cannot change."))
    return plan


def _unchanged(plan, seen_edits):
    if plan.edits != seen_edits:
        raise NotAllowed(_("Somebody else saved this plan while you were deciding."))
    return plan


@transaction.atomic
def decide(plan, choices, *, note, seen_edits, by):
    """Keep a clinician's decisions, {card's pk: (choice, reason)}, and note.

    `seen_edits` is the plan's `edits` as the clinician saw it. Raises `NotAllowed` when the
    plan is signed, or somebody else has saved it since.
    """
    plan = _unchanged(_locked(plan), seen_edits)
    now = timezone.now()
    changed = []
    for decision in plan.decisions.all():
        choice, reason = choices.get(decision.card_id, ("", ""))
        if (choice, reason) != (decision.choice, decision.reason):
            decision.choice, decision.reason = choice, reason
            decision.decided_by = by if choice else None
            decision.decided_at = now if choice else None
            changed.append(decision)
    Decision.objects.bulk_update(
        changed, ["choice", "reason", "decided_by", "decided_at"]
    )
    plan.note = note
    plan.edits += 1
    plan.save(update_fields=["note", "edits"])
    return plan


def needs_reason(card, choice):
    """Return whether this choice goes against the card."""
    return choice in INCLUDED and not card.is_option


def _faults_before_signing(plan, clinician):
    if clinician is None:
        yield _("Your account has no registration number: ask an administrator.")
    open_options, unexplained, stopped = 0, 0, 0
    for decision in plan.decisions.all():
        card = decision.card
        open_options += card.is_option and not decision.choice
        unexplained += (
            needs_reason(card, decision.choice) and not decision.reason.strip()
        )
        stopped += plan.is_flagged and decision.is_included
    if open_options:
        yield ngettext(
            "Decide on every option: %(count)d is open.",
            "Decide on every option: %(count)d are open.",
            open_options,
        ) % {"count": open_options}
    if unexplained:
        yield _("Give a reason for each decision against a card.")
    if stopped:
        yield _("A red flag stands: include no treatment, a doctor comes first.")
    if plan.is_flagged and not plan.note.strip():
        yield _("Write a note to the patient: a red flag needs your words.")


@transaction.atomic
def sign(plan, *, by):
    """Sign a plan: from now on the patient sees it, and nobody changes it.

    Raises `NotAllowed`, naming all that is missing, or if somebody has saved the plan
    since it was read.
    """
    _unchanged(_locked(plan), plan.edits)
    plan = Plan.objects.for_desk().get(pk=plan.pk)
    clinician = Clinician.objects.filter(user=by).first()
    if faults := list(_faults_before_signing(plan, clinician)):
        raise NotAllowed(*faults)
    plan.signed_by = by
    plan.signed_at = timezone.now()
    plan.signed_name = by.get_full_name() or by.get_username()
    plan.registration_number = clinician.registration_number
    plan.save()
    return plan


# The private link


@transaction.atomic
def renew_link(intake):
    """Return the token of a new private link; the old one opens nothing any more."""
    intake = Intake.objects.select_for_update().get(pk=intake.pk)
    token = intake.new_token()
    intake.save(update_fields=["token_hash", "link_nonce", "link_expires_at"])
    return token
