"""Take a patient's erasure request; erase the intake, or refuse and say why."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations import removal, tombstones
from consultations.locking import NotAllowed, locked_intake
from consultations.models import AskedHow, ErasureRequest, Intake, Tombstone
from scarclinic.staff import ledger
from scarclinic.staff.models import User


@transaction.atomic
def ask(
    intake: Intake,
    *,
    how: str = AskedHow.PAGE,
    identity: str = "",
    by: User | None = None,
) -> ErasureRequest:
    """Note that a patient wants everything erased; return the request.

    `by` enters it for somebody who asked in another way (`how`), and says how the
    `identity` was checked. Raises `NotAllowed` if it was asked for already, but to the
    patient, who may press twice.
    """
    intake = locked_intake(intake)
    asked = {"asked_how": how, "identity": identity, "entered_by": by}
    request, is_new = ErasureRequest.objects.get_or_create(
        intake=intake, defaults=asked
    )
    if is_new:
        ledger.record(ledger.Action.ERASURE_ASKED, request, by=by)
    elif by:
        raise NotAllowed(_("It was asked for already."))
    return request


@transaction.atomic
def keep(asked: ErasureRequest, told: str, *, by: User) -> ErasureRequest:
    """Keep what a patient wants erased, and tell them why and until when.

    Returns the fresh `ErasureRequest`. Raises `NotAllowed` without words, or if somebody
    has settled it.
    """
    intake = locked_intake(asked.intake)
    asked = ErasureRequest.objects.select_for_update().get(pk=asked.pk)
    if asked.settled_at:
        raise NotAllowed(_("This request is settled already."))
    if not told.strip():
        raise NotAllowed(_("Write why it is kept, and until when."))
    asked.told, asked.settled_by, asked.settled_at = told, by, timezone.now()
    asked.save()
    ledger.record(ledger.Action.ERASURE_REFUSED, intake, by=by)
    return asked


@transaction.atomic
def erase(intake: Intake, *, by: User) -> None:
    """Delete an intake with its plans, cards, photos and e-mails, as its patient asked.

    Raises `NotAllowed` if the patient has not asked for it. What had to be kept may go
    when its time is over.
    """
    intake = locked_intake(intake)
    if not ErasureRequest.objects.filter(intake=intake).exists():
        raise NotAllowed(_("The patient has not asked to erase this."))
    tombstones.enter(intake, Tombstone.Kind.ERASED)
    ledger.record(ledger.Action.INTAKE_ERASED, intake, by=by)
    removal.remove(intake)
