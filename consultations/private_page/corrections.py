"""Correct what was sent: a page of the intake answered anew, and what follows from it.

What cannot be taken as it was posted (it has a fault, somebody was quicker, the plan was
signed meanwhile) is kept beside the intake as it was typed, and the page shows it.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as lazy

from consultations.intake import answers, people_search, second_access, steps
from consultations.intake.forms.page import PageForm, as_posted
from consultations.intake.photos import keeping
from consultations.intake.questions import pages
from consultations.intake.questions.about_person import NAME
from consultations.letters import outbox
from consultations.locking import NotAllowed, locked_intake
from consultations.models import Correction, Intake
from consultations.review.workflow import reassess
from consultations.review.workflow.hurrying import hurry_if_in_crisis
from scarclinic.staff import ledger
from scarclinic.staff.models import User

STANDS = "stands"
"""The input with which a page says what stood when it was opened."""
NEVER = (pages.PHOTOS.slug,)
"""The pages with a way of their own."""
SIGNED = lazy(
    "Your plan is signed: it rests on the answers that you sent. Please call us or write "
    "to us, so that somebody looks at it again."
)
WITHDRAWN = lazy("You have withdrawn what you sent: nobody works on it any more.")
NOT_ASKED = lazy("By what you have told us since, this page is asked no longer.")
WITHDRAWN_FOR_STAFF = lazy(
    "The patient has withdrawn this intake: nothing more may be done with it."
)
QUICKER = lazy(
    "Somebody has changed this meanwhile: see what stands now, and correct it again."
)
OF_CLINIC = replace(
    pages.CONTACT, questions=(NAME, *pages.CONTACT.questions), consents=()
)
"""What the clinic corrects for a patient on the telephone."""
Said = dict[tuple[str, str], tuple[str, str, str]]
"""{(key of a page, question): (title of the page, scar, answer)}, in order."""


# Which pages


def again(route: steps.Route, step: steps.Step) -> steps.Step:
    """Return a step as it is asked again: without consents, which have their own page.

    But for a guardian's, who may be another person now, and one that is not decided yet.
    """
    if step.page is pages.GUARDIAN or not route.is_decided(step):
        return step
    return steps.Step(replace(step.page, consents=()), step.subject)


def find(route: steps.Route, slug: str, number: int | None = None) -> steps.Step | None:
    """Return the step at an address, also of a page that is not asked now; else None."""
    every = (each for each in route.every_step() if each.slug not in NEVER)
    return next((s for s in every if (s.slug, s.number) == (slug, number)), None)


def obstacle(route: steps.Route, step: steps.Step) -> str:
    """Return why a page cannot be corrected now, a sentence, "" if it can."""
    intake = route.intake
    if intake.is_withdrawn:
        return str(WITHDRAWN)
    if step.page is not pages.CONTACT and not intake.plans.unsigned().exists():
        return str(SIGNED)
    return "" if route.find(step.slug, step.number) else str(NOT_ASKED)


def address(token: str, step: steps.Step) -> str:
    """Return the address of the page on which a step is corrected."""
    args = [token, step.slug, *([step.number] if step.number else [])]
    return reverse("consultations:correct_page", args=args)


def linked(token: str, found: Iterable[steps.Step]) -> list[tuple[steps.Step, str]]:
    """Return [(step, address of its page)]."""
    return [(step, address(token, step)) for step in found]


def missing(route: steps.Route) -> list[steps.Step]:
    """Return the pages with a question that what was corrected calls for."""
    return [each for each in route.unfinished() if each.slug not in NEVER]


# Forms


def form_of(
    route: steps.Route, step: steps.Step, data: QueryDict | None = None
) -> PageForm:
    """Return the intake's own form of a page, bound if there is data."""
    asked = again(route, step)
    form: PageForm = route.form(asked, data)
    if data is None and step.page is pages.GUARDIAN:
        # Whoever decides now ticks it anew.
        for purpose in form.boxes.names:
            form.initial[purpose] = False
    return form


def mark_of(route: steps.Route, step: steps.Step) -> str:
    """Return what tells whether the answers of a page are those that were shown."""
    said = [[str(each) for each in pair] for pair in answers.said_on(route, step)]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def key_of(step: steps.Step) -> str:
    """Return under what `Intake.typed` keeps a correction that is not taken yet."""
    return f"correct {step.key}"


def unfinished(route: steps.Route) -> list[steps.Step]:
    """Return the pages of which something was typed that is not sent yet."""
    typed = route.intake.typed
    return [
        each
        for each in route.every_step()
        if key_of(each) in typed and each.slug not in NEVER
    ]


def in_words(form: PageForm) -> list[tuple[str, str]]:
    """Return [(question, what was typed)] of a bound form, to be read and copied."""
    told = []
    for bound in form:
        if bound.is_hidden or getattr(bound.field, "is_consent", False):
            continue
        value = bound.value()
        chosen = value if isinstance(value, list | tuple) else [value]
        known = {str(code): str(label) for code, label in _choices(bound.field)}
        texts = [known.get(str(each), str(each)) for each in chosen if each]
        if texts:
            told.append((str(bound.label), ", ".join(texts)))
    return told


def _choices(field: Any) -> Iterable[tuple[Any, Any]]:
    for code, label in getattr(field, "choices", ()):
        if isinstance(label, list | tuple):
            yield from label
        else:
            yield code, label


# The verb


@dataclass
class Taken:
    """What became of a page that was posted: what follows, and what stands in its way."""

    step: steps.Step
    changes: list[dict[str, str]]
    following: steps.Step | None = None
    is_flagged_anew: bool = False
    is_kept_only: bool = False
    """It is kept as it was typed, and the page says why it is not taken."""


def _said(route: steps.Route) -> Said:
    """Return all that the clinic reads of the answers that count now."""
    done = set(route.intake.done)
    said: Said = {}
    for step in route.applicable:
        if step.key in done and step.slug not in NEVER:
            scar = str(step.subject) if step.number and len(route.scars) > 1 else ""
            for question, answer in answers.said_on(route, step):
                key = (step.key, str(question))
                said[key] = (str(step.title), scar, str(answer or ""))
    return said


def _changes(before: Said, after: Said) -> list[dict[str, str]]:
    found = []
    for key in dict.fromkeys([*before, *after]):
        title, scar, _answer = after.get(key) or before[key]
        was, now = (each[key][2] if key in each else "" for each in (before, after))
        if was != now:
            change = {"page": title, "scar": scar, "question": key[1]}
            found.append(change | {"before": was, "after": now})
    return found


@transaction.atomic
def keep_typed(
    intake: Intake, slug: str, number: int | None, data: QueryDict
) -> steps.Step | None:
    """Keep a page as it was typed, to be shown to the patient; return it.

    None if there is nothing to keep: no such page, or what was posted stands already.
    """
    intake = locked_intake(intake)
    route = steps.Route(intake)
    step = find(route, slug, number)
    form = form_of(route, step, data) if step else None
    if step is None or form is None or not form.has_changed():
        return None
    _note(intake, step, form, data)
    return step


def _note(
    intake: Intake, step: steps.Step, form: PageForm, data: Mapping[str, Any]
) -> None:
    typed = form.typed()
    if typed:
        intake.typed[key_of(step)] = typed | {STANDS: [str(data.get(STANDS, ""))]}
        intake.save(update_fields=["typed"])
        # It may never be sent, and it was said to us all the same.
        hurry_if_in_crisis(intake, [text for texts in typed.values() for text in texts])


@transaction.atomic
def discard(intake: Intake, slug: str, number: int | None) -> None:
    """Forget what was typed of a page and not sent."""
    intake = locked_intake(intake)
    step = find(steps.Route(intake), slug, number)
    if step and intake.typed.pop(key_of(step), None) is not None:
        intake.save(update_fields=["typed"])


@transaction.atomic
def take(
    intake: Intake, slug: str, number: int | None, data: QueryDict
) -> Taken | None:
    """Take a page that was posted as a correction; return what follows.

    The answers of before stay with the `Correction`; the cards are dealt anew, and the
    desk that somebody has open cannot be saved over it. None if there is no such page.
    Raises `NotAllowed` if the intake was erased.
    """
    intake = locked_intake(intake)
    route = steps.Route(intake)
    step = find(route, slug, number)
    if step is None:
        return None
    form = form_of(route, step, data)
    is_open = not obstacle(route, step)
    is_current = data.get(STANDS) == mark_of(route, step)
    if not (is_open and is_current and form.is_valid()):
        if form.has_changed() or (is_open and is_current):
            _note(intake, step, form, data)
            return Taken(step, [], is_kept_only=True)
        return Taken(step, [])
    return _taken(intake, route, step, form)


def _taken(
    intake: Intake, route: steps.Route, step: steps.Step, form: PageForm
) -> Taken:
    before, former_email = _said(route), intake.email
    known = {flag.code for flag in route.red_flags}
    changed = form.save()
    if people_search.FIELDS & set(changed):
        people_search.index(intake)
    intake.typed.pop(key_of(step), None)
    if step.key not in intake.done:
        intake.done.append(step.key)
    intake.save(update_fields=["done", "typed", *changed])
    # Where a scar is, or how old somebody is, may be what was corrected.
    keeping.remove_refused(route.scars)
    route.forget()
    keeping.remove_refused(route.scars)
    second_access.follow(intake, changed)
    changes = _changes(before, _said(route))
    if changes:
        _record(intake, step, changes)
        hurry_if_in_crisis(intake, [change["after"] for change in changes])
    if step.page is pages.CONTACT:
        _follow_contact(intake, former_email)
    still = missing(route)
    return Taken(
        step,
        changes,
        following=still[0] if still else None,
        is_flagged_anew=bool({flag.code for flag in route.red_flags} - known),
    )


def _follow_contact(intake: Intake, former_email: str) -> None:
    """Let letters go where they are to go now, and tell it where they went before."""
    outbox.follow(intake)
    if intake.email.casefold() != former_email.casefold():
        outbox.write_moved(intake, former_email)


def _record(intake: Intake, step: steps.Step, changes: list[dict[str, str]]) -> None:
    is_of_contact = step.page is pages.CONTACT
    correction = Correction.objects.create(
        intake=intake, is_of_contact=is_of_contact, changes=changes
    )
    if is_of_contact:
        ledger.record(ledger.Action.CONTACT_CORRECTED, correction)
        return
    reassess(intake)
    # They keep their place in the queue: it is no new wait.
    intake.plans.unsigned().update(has_correction=True)
    ledger.record(ledger.Action.ANSWERS_CORRECTED, correction)


# By the clinic, for who calls


def contact_form(route: steps.Route, data: QueryDict | None = None) -> PageForm:
    """Return the page of contact with the name, as the clinic corrects them."""
    return route.form(steps.Step(OF_CLINIC, route.intake), data)


def contact_mark(route: steps.Route) -> str:
    """Return what tells whether name and contact are those that were shown."""
    return mark_of(route, steps.Step(OF_CLINIC, route.intake))


@transaction.atomic
def mend_contact(intake: Intake, data: QueryDict, *, by: User) -> PageForm:
    """Correct name and contact for a patient; return the form, bound, maybe with faults.

    It goes through the patient's own gate, and has the same consequences. Raises
    `NotAllowed` if it was withdrawn, or changed since it was shown.
    """
    intake = locked_intake(intake)
    if intake.is_withdrawn:
        raise NotAllowed(str(WITHDRAWN_FOR_STAFF))
    route = steps.Route(intake)
    if data.get(STANDS) != contact_mark(route):
        raise NotAllowed(str(QUICKER))
    form = contact_form(route, data)
    if not form.is_valid():
        return form
    before, former_email = _said(route), intake.email
    changed = form.save()
    if people_search.FIELDS & set(changed):
        people_search.index(intake)
    intake.save(update_fields=changed)
    route.forget()
    second_access.follow(intake, changed)
    if changes := _changes(before, _said(route)):
        correction = Correction.objects.create(
            intake=intake, is_of_contact=True, changes=changes, by=by
        )
        ledger.record(ledger.Action.CONTACT_MENDED, correction, by=by)
        _follow_contact(intake, former_email)
    return form


# The page


@dataclass
class Shown:
    """A page to be corrected, as it is shown."""

    step: steps.Step
    form: PageForm
    obstacle: str
    stands: str
    now: list[answers.Shown]
    """What stands now, where something else is typed and not sent."""
    is_from_elsewhere: bool = False
    """It was typed on a page of before, such as one of the draft in an old tab."""
    typed: list[tuple[str, str]] | None = None


def shown(route: steps.Route, step: steps.Step, *, with_faults: bool) -> Shown:
    """Return a page with what stands, or with what was typed and is not sent."""
    typed = route.intake.typed.get(key_of(step))
    stands = mark_of(route, step)
    reason = obstacle(route, step)
    if not typed:
        return Shown(step, form_of(route, step), reason, stands, [])
    bound = form_of(route, step, as_posted(typed))
    is_elsewhere = typed.get(STANDS) != [stands]
    form = bound
    if not with_faults:
        form = form_of(route, step)
        form.show(typed)
    said = answers.said_on(route, step) if is_elsewhere or reason else []
    told = in_words(bound)
    # What is the same on both sides says nothing.
    same = {(str(question), str(answer)) for question, answer in said} & set(told)
    return Shown(
        step,
        form,
        reason,
        stands,
        [pair for pair in said if (str(pair[0]), str(pair[1])) not in same],
        is_from_elsewhere=is_elsewhere,
        typed=[pair for pair in told if pair not in same],
    )
