"""Number the live protocol, and have a doctor approve a number."""

from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from methods.models import Finding, ProtocolVersion
from methods.protocol import fingerprint
from methods.protocol.entries import Method
from methods.publishing import editions, live
from scarclinic.staff import ledger
from scarclinic.staff.models import User

DOCTOR = "doctor"

_listeners: list[Callable[[], None]] = []


def when_renewed(tell: Callable[[], None]) -> None:
    """Register what a new number is told to, at start-up: rooms above this one.

    Called inside the transaction of the publication, so let it only enqueue a task.
    """
    if tell not in _listeners:
        _listeners.append(tell)


class NotADoctor(Exception):
    """The approval was refused: only a doctor approves the protocol."""


class NotCurrent(Exception):
    """The approval was refused: another number is live by now, `number`."""

    def __init__(self, number: int):
        super().__init__(number)
        self.number = number


def current() -> ProtocolVersion | None:
    """Return the version that is live, or None before the first publication."""
    return ProtocolVersion.objects.first()


@transaction.atomic
def renew(
    *, by: User | None, note: str, methods: tuple[Method, ...] | None = None
) -> int:
    """Give the live protocol the next number if its cards may differ; return its number.

    Whoever changes what decides cards calls it in the same transaction. Two who do so at
    once take turns, and each gets a number. `methods` are `live.methods()`, where read
    under the lock of the edition.
    """
    editions.lock()
    last = current()
    asked = Finding.objects.health_questions().filter(is_asked=True)
    print_now = fingerprint.of_protocol(
        live.protocol(methods), asked.values_list("code", flat=True)
    )
    if last and last.fingerprint == print_now:
        return last.number
    number = last.number + 1 if last else 1
    ProtocolVersion.objects.create(
        number=number, fingerprint=print_now, note=note[:200], created_by=by
    )
    for tell in _listeners:
        tell()
    return number


@transaction.atomic
def approve_protocol(*, by: User, number: int) -> ProtocolVersion:
    """Mark the live number as approved by a doctor; it stays so, whatever comes later.

    `number` is the one that the doctor has read. Raises `NotADoctor`, and `NotCurrent`
    if another is live by now. Approved twice, the first approval holds.
    """
    if by.profession != DOCTOR:
        raise NotADoctor
    editions.lock()
    version = ProtocolVersion.objects.select_for_update().first()
    if version is None or number != version.number:
        raise NotCurrent(version.number if version else 0)
    if version.approved_at is None:
        version.approved_at, version.approved_by = timezone.now(), by
        version.save(update_fields=["approved_at", "approved_by"])
        ledger.record(ledger.Action.PROTOCOL_APPROVED, version, by=by)
    return version
