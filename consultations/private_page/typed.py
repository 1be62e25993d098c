"""Keep what was posted on a private page with a fault, so that a redirect shows it.

Then Back and reload send nothing again. It lies encrypted with what was typed on pages of
the intake, `Intake.typed`, until it is sent without a fault.
"""

from collections.abc import Iterable

from django.db import transaction
from django.http import QueryDict

from consultations.intake.forms.page import as_posted
from consultations.locking import locked_intake
from consultations.models import Intake

Typed = dict[str, list[str]]
"""{input: [text]}."""


def of(data: QueryDict, names: Iterable[str]) -> Typed:
    """Return what was posted of some inputs."""
    return {name: data.getlist(name) for name in names if name in data}


def posted(intake: Intake, key: str) -> QueryDict | None:
    """Return what is kept under a key as it was posted, None if nothing is."""
    typed = intake.typed.get(key)
    return as_posted(typed) if typed else None


@transaction.atomic
def keep(intake: Intake, key: str, typed: Typed) -> None:
    """Keep what was typed, in the place of what was before."""
    intake = locked_intake(intake)
    intake.typed[key] = typed
    intake.save(update_fields=["typed"])


@transaction.atomic
def forget(intake: Intake, key: str) -> None:
    """Forget what was typed: it is sent, or somebody else's."""
    intake = locked_intake(intake)
    if intake.typed.pop(key, None) is not None:
        intake.save(update_fields=["typed"])
