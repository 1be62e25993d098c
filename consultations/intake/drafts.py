"""A draft: which one a browser writes at, and what it keeps."""

from datetime import timedelta

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from consultations.intake import devices, people_search, statistics
from consultations.intake.forms.page import PageForm
from consultations.intake.forms.start import HoneypotForm
from consultations.intake.photos import keeping
from consultations.intake.questions.about_person import YOU
from consultations.intake.questions.about_scar import PLACE
from consultations.intake.questions.health import CHANGES
from consultations.intake.steps import Route, Step
from consultations.models import Intake, Scar

NO_PERSON_FINISHES_IN = timedelta(seconds=30)


def current(request: HttpRequest, *, lock: bool = False) -> Intake | None:
    """Return the intake that the browser holds the key of, or None.

    That with which it was sent is one, so that a second press on "Send" finds its way.
    """
    token = devices.held(request).token
    for intakes in (Intake.objects.with_token(token), Intake.objects.sent_with(token)):
        found = (intakes.select_for_update() if lock else intakes).first()
        if found or not token:
            return found
    return None


class Overtaken(Exception):
    """A draft was saved by another request since it was read."""


def hold(intake: Intake) -> None:
    """Lock the row of a draft that was read before; raises Overtaken if it changed.

    Every change of a draft sets `touched_at`, which serves as its version (optimistic
    locking).
    """
    drafts = Intake.objects.drafts().select_for_update().filter(pk=intake.pk)
    if list(drafts.values_list("touched_at", flat=True)) != [intake.touched_at]:
        raise Overtaken


def save(intake: Intake, *fields: str) -> None:
    """Save some fields, and let the draft and its link live on from now."""
    intake.touched_at = timezone.now()
    intake.extend_link()
    intake.save(update_fields=[*fields, "touched_at", "link_expires_at"])


def keep(
    intake: Intake, step: Step, form: PageForm, *, is_late: bool = False
) -> list[str]:
    """Keep a page that was posted, as an answer or as it was typed.

    One that `is_late` comes from whoever must prove first who they are: it is kept as it
    was typed, to be shown to the patient, and is an answer once the patient sends it.

    Returns the fields of the intake that are to be saved: `save` does, and the caller
    holds the row.
    """
    if form.is_valid() and not is_late:
        changed = form.save()
        if step.slug == PLACE.slug and isinstance(step.subject, Scar):
            keeping.remove_refused([step.subject])
        elif step.slug == YOU.slug:
            keeping.remove_refused(intake.scars.all())
        if people_search.FIELDS & set(changed):
            people_search.index(intake)
        intake.typed.pop(step.key, None)
        intake.done = [key for key in intake.done if key != step.key]
        if not form.stays:
            intake.done.append(step.key)
        statistics.completed(intake, step.key)
        return ["done", "typed", "visits", *changed]
    if typed := form.typed():
        intake.typed[step.key] = typed
    return ["typed", "visits"]


def add_scar(route: Route) -> None:
    """Add a scar to a draft, but for one that waits for its first answer.

    What has changed lately was asked of the scars that were told of: it is asked again.
    The caller holds the row.
    """
    number = route.scars[-1].number
    is_begun = any(key.endswith(f"/{number}") for key in route.intake.done)
    if is_begun and route.may_add_a_scar:
        intake = route.intake
        scar = Scar.objects.create(intake=intake, number=number + 1)
        scar.intake = intake
        route.scars.append(scar)
        intake.done = [key for key in intake.done if key != CHANGES.slug]
        intake.save(update_fields=["done"])
        route.forget()


@transaction.atomic
def remove_scar(intake: Intake, scar: Scar) -> None:
    """Take a scar out of a draft, with all that was said and shown of it."""
    its = f"/{scar.number}"
    keeping.remove_of([scar])
    scar.delete()
    intake.done = [key for key in intake.done if not key.endswith(its)]
    intake.typed = {k: v for k, v in intake.typed.items() if not k.endswith(its)}
    save(intake, "done", "typed")


def suspect(intake: Intake, form: HoneypotForm) -> None:
    """Note of a draft that perhaps no person writes it. Nothing is refused for it.

    To press a button within a second is human; to have answered all pages as well is not.
    """
    is_new = timezone.now() - intake.created_at < NO_PERSON_FINISHES_IN
    is_robot = form.is_trapped or (form.is_quick and is_new and bool(intake.done))
    if is_robot and not intake.is_suspected:
        intake.is_suspected = True
        intake.save(update_fields=["is_suspected"])
