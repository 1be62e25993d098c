"""Answers of a patient: store them, read them as text, and as facts for the rules."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations.intake.questions import pages
from consultations.intake.questions.kinds import NONE, NOT_SURE, Part, Question
from consultations.models import YES_NO, Answer, Intake, PhotoSlot, Scar
from methods.models import Finding
from methods.protocol import thresholds

Shown = tuple[Any, Any]
"""A question and its answer, as text or lazy text."""


class Given(NamedTuple):
    """An answer to a health question, in the words that were asked."""

    finding_id: int
    question: str
    value: str

    @property
    def words(self) -> str:
        return str(dict(YES_NO).get(self.value, ""))


def given(intake: Intake) -> dict[int, Given]:
    """Return {finding's pk: `Given`} of the health questions that are answered."""
    rows = intake.answers.order_by().values_list(*Given._fields)
    return {row[0]: Given(*row) for row in rows}


def keep(intake: Intake, values: Mapping[Finding, str]) -> dict[int, Given]:
    """Keep answers to health questions, {finding: value}, with the words that were asked.

    Returns what `given` does, of these.
    """
    Answer.objects.bulk_create(
        [
            Answer(
                intake=intake, finding=finding, question=finding.question, value=value
            )
            for finding, value in values.items()
        ],
        update_conflicts=True,
        unique_fields=["intake", "finding"],
        update_fields=["question", "value"],
    )
    return {
        finding.pk: Given(finding.pk, finding.question, value)
        for finding, value in values.items()
    }


# Facts


def own_ages() -> dict[str, int]:
    """Return the ages that this clinic's settings set otherwise than `thresholds`."""
    ages = {
        "child_below": (settings.CHILD_BELOW, thresholds.CHILD_BELOW),
        "minor_below": (settings.MINOR_BELOW, thresholds.MINOR_BELOW),
    }
    return {name: own for name, (own, common) in ages.items() if own != common}


def facts(route: Any, scar: Scar, day: date) -> dict[str, Any]:
    """Return what is known of one scar on a day, {name: JSON value}.

    A page counts once it is answered and as long as it is asked; a health question for
    good. What is certain without asking counts as well.
    """
    known = {
        finding.code: route.given[finding.pk].value
        for finding in route.findings
        if finding.pk in route.given
    }
    for page in pages.PAGES:
        known |= page.certain(scar) if page.is_of_scar else {}
    methods = route.offer.treatments.keys()
    for step in route.answered():
        if step.subject in (scar, route.intake):
            for question in step.page.told_by(step.subject):
                known |= question.facts(step.subject, day, methods)
    return known | own_ages() if "age_years" in known else known


def before_health(route: Any, scar: Scar, day: date) -> dict[str, Any]:
    """Return what is known of one scar before anything is asked about health.

    Which questions follow must not depend on how they are answered.
    """
    known: dict[str, Any] = {
        finding.code: route.given[finding.pk].value
        for finding in route.findings
        if finding.route and finding.pk in route.given
    }
    methods = route.offer.treatments.keys()
    for page in pages.PAGES:
        known |= page.certain(scar) if page.is_of_scar else {}
    done = set(route.intake.done)
    for step in route.every_step():
        page, subject = step.page, step.subject
        is_health = page.part == Part.HEALTH and page is not pages.WISHES
        if is_health or step.key not in done or subject not in (scar, route.intake):
            continue
        if page.is_asked(subject):
            for question in page.questions_for(subject):
                known |= question.facts(subject, day, methods)
    return known | own_ages() if "age_years" in known else known


# Words


def on_page(route: Any, step: Any) -> list[Shown]:
    """Return what was asked and answered on a page, [(question, answer)], for reading."""
    return [*_consents(route, step), *said_on(route, step)]


def said_on(route: Any, step: Any) -> list[Shown]:
    """Return what was asked and answered on a page, without its consents."""
    said: list[Shown] = []
    if step.page is pages.PHOTOS:
        kept = route.photos(step.subject)
        said += [
            (slot.label, _("Added") if slot in kept else _("No photo"))
            for slot in PhotoSlot
            if slot != PhotoSlot.LATER
        ]
    said += [
        each
        for question in told_on(step)
        for each in question.said(step.subject, route.offer.titles)
    ]
    if step.page.groups:
        # Beside the words that were asked at the time.
        said += [
            (answer.question, answer.words)
            for finding in route.questions_on(step.page)
            if (answer := route.given.get(finding.pk))
        ]
    return said


def not_sure_on(route: Any, step: Any) -> list[Shown]:
    """Return what of a page was answered with "not sure", [(question, answer)]."""
    said = [
        each
        for question in told_on(step)
        if question.is_not_sure(step.subject)
        for each in question.said(step.subject, route.offer.titles)
    ]
    return said + [
        (answer.question, answer.words)
        for finding in route.questions_on(step.page)
        if (answer := route.given.get(finding.pk)) and answer.value == NOT_SURE
    ]


def ruled_out_on(route: Any, step: Any) -> list[str]:
    """Return the questions of a page's list that were answered with "no"."""
    row = step.subject
    unticked = [each.ask for each in step.page.ticks_for(row) if each.kept(row) == NONE]
    return unticked + [
        answer.question
        for finding in route.questions_on(step.page)
        if (answer := route.given.get(finding.pk)) and answer.value == "no"
    ]


def told_on(step: Any) -> list[Question]:
    """Return the declared questions that stand on a page, for reading.

    What was ticked stands where it is asked about; what is not asked of everybody, where
    there is an answer.
    """
    row = step.subject
    asked = [
        each
        for each in step.page.questions_for(row)
        if (each.follows(row) and not each.where_it_matters) or each.is_answered(row)
    ]
    listed = [
        each
        for each in step.page.ticks_for(row)
        if each.is_answered(row) and not each.is_ticked(row)
    ]
    return asked + listed


def _consents(route: Any, step: Any) -> list[Shown]:
    agreed = {True: _("I agree"), False: _("I do not agree")}
    asked = route.consents_on(step)
    texts = route.consent_texts(step.page) if asked else {}
    return [
        (
            texts[purpose].label,
            agreed[route.consents[purpose].is_given]
            if purpose in route.consents
            else "",
        )
        for purpose in asked
        if purpose in texts
    ]


def by_page(route: Any) -> list[tuple[Any, Any, list[Shown]]]:
    """Return [(step, title, [(question, answer)])] of all that has been answered.

    At the end, without a step, what is asked no longer and counts all the same.
    """
    read = [
        (
            step,
            step.title,
            on_page(route, step) if step.key in route.intake.done else [],
        )
        for step in route.pages
    ]
    others = asked_no_longer(route, (said for *_page, said in read))
    return [*read, (None, ASKED_BEFORE, others)] if others else read


ASKED_BEFORE = lazy("Asked at the time")


def asked_no_longer(route: Any, pages: Iterable[list[Shown]]) -> list[Shown]:
    """Return the answers to health questions that stand on none of these pages.

    The rules read them for good: see `facts`.
    """
    shown = {question for said in pages for question, _answer in said}
    return [
        (answer.question, answer.words)
        for answer in route.given.values()
        if answer.question not in shown
    ]
