"""Note what was seen or asked, beside the patient's answers; deal the cards anew."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations.intake.photos import keeping
from consultations.locking import NotAllowed, locked_intake, locked_plan
from consultations.models import Examination, How, Plan, Redeal
from consultations.review import examined
from consultations.review.workflow.claiming import refuse_anothers
from consultations.review.workflow.redealing import reassess
from methods.models import Finding
from scarclinic.staff import ledger
from scarclinic.staff.models import User

Found = Mapping[tuple[int | None, str], Any]
"""{(number of the scar, None for the person; name of the fact): value, None to take back}."""


@transaction.atomic
def examine(plan: Plan, found: Found, *, how: str, by: User) -> list[Redeal]:
    """Keep what a clinician has established of a patient, and reassess the intake.

    The patient's answers stay as they are; what staff found before stays too, superseded.
    `how` is a `How`. Returns a `Redeal` for each cause that changed cards. Raises
    `NotAllowed` for a fact that nobody can establish, or if there is nothing new.
    """
    intake = locked_intake(plan.intake)
    plan = locked_plan(plan)
    refuse_anothers(plan, by)
    if intake.is_withdrawn:
        raise NotAllowed(_("The patient has withdrawn this intake."))
    if how not in How.values:
        raise NotAllowed(_("Say how you know it."))
    scars = {scar.number: scar for scar in intake.scars.all()}
    questions = list(Finding.objects.all())
    of_person = examined.of_person(questions, [each.code for each in questions])
    current = {
        (row.scar_id, row.name): row
        for row in Examination.objects.filter(intake=intake).current()
    }
    now, superseded, new = timezone.now(), [], []
    for (number, name), value in found.items():
        known = of_person if number is None else examined.OF_SCAR
        if name not in known or (number is not None and number not in scars):
            raise NotAllowed(_("Nobody can find this out at an examination: %s") % name)
        scar = None if number is None else scars[number]
        before = current.get((scar and scar.pk, name))
        if before is None and value is None:
            continue
        if before and (before.value, before.how) == (value, how):
            continue
        if before:
            superseded.append(before.pk)
        if value is not None:
            new.append(
                Examination(
                    intake=intake,
                    scar=scar,
                    name=name,
                    value=known[name].parsed(str(value)),
                    how=how,
                    seen_by=by,
                    seen_at=now,
                )
            )
    if not (superseded or new):
        raise NotAllowed(_("Say what you have seen or asked: nothing is new."))
    Examination.objects.filter(pk__in=superseded).update(is_superseded=True)
    Examination.objects.bulk_create(new)
    # Where a scar is may be what was seen: of some places nobody young is photographed.
    keeping.remove_refused(scars.values(), by=by)
    changed = reassess(intake, by=by)
    ledger.record(ledger.Action.EXAMINED, plan, by=by)
    return changed
