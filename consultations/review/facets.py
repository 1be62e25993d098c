"""Write the codes by which the queue is narrowed: after each deal, after each signature."""

from collections.abc import Iterable

from consultations.models import Assessment, Decision, Facet, FacetKind, Intake, Plan

Coded = set[tuple[FacetKind, str]]
FOUND = (FacetKind.TYPE, FacetKind.SITE, FacetKind.CAUSE)


def _found(assessments: Iterable[Assessment]) -> Coded:
    """Return what is known of the scars: by the patient, or by staff who have looked."""
    coded: Coded = set()
    for each in assessments:
        coded |= {(FacetKind.TYPE, code) for code in each.types}
        for kind, fact in (
            (FacetKind.SITE, "body_site"),
            (FacetKind.CAUSE, "scar_cause"),
        ):
            if code := each.facts.get(fact):
                coded.add((kind, code))
    return coded


def _planned(decisions: Iterable[Decision]) -> Coded:
    return {
        (FacetKind.METHOD, each.card.revision.subject.slug)
        for each in decisions
        if each.is_included
    }


def _forget(intake: Intake, kinds: Iterable[FacetKind]) -> None:
    Facet.objects.filter(intake=intake, kind__in=kinds).delete()


def _write(intake: Intake, coded: Coded) -> None:
    Facet.objects.bulk_create(
        Facet(intake=intake, kind=kind, code=code) for kind, code in sorted(coded)
    )


def note_found(
    intake: Intake, assessments: Iterable[Assessment], *, is_first: bool = False
) -> None:
    """Replace type, place and cause of an intake by those of a new round.

    One query for the first, of which there is none to replace; else two.
    """
    if not is_first:
        _forget(intake, FOUND)
    _write(intake, _found(assessments))


def note_planned(plan: Plan) -> None:
    """Replace the planned treatments of an intake by those of a plan that is signed.

    Reads `decisions`. Two queries.
    """
    _forget(plan.intake, [FacetKind.METHOD])
    _write(plan.intake, _planned(plan.current_decisions))


def note_all(intake: Intake) -> None:
    """Write all codes of an intake anew, from what its plans and assessments keep."""
    latest = intake.assessments.order_by("round").last()
    if latest:
        note_found(intake, intake.assessments.filter(round=latest.round))
    signed = Plan.objects.for_desk().signed().filter(intake=intake)
    if plan := signed.order_by("version").last():
        note_planned(plan)
