"""The pages of health questions, which are rows that staff write: `methods.models.Finding`."""

import hashlib

from django.utils.translation import gettext_lazy as lazy

from consultations.intake.questions.kinds import Page, YesNo, always
from methods.protocol.vocabulary import Elevation, QuestionGroup

WHY = {
    QuestionGroup.CHANGES: lazy(
        "We ask this early: some changes should be seen by a doctor soon."
    ),
    QuestionGroup.INFECTION: lazy(
        "We ask because skin is not treated during an infection, and cold sores can "
        "come back after a treatment."
    ),
    QuestionGroup.SKIN: lazy(
        "We ask because other conditions of the skin can flare up where it is treated."
    ),
    QuestionGroup.PREGNANCY: lazy(
        "We ask because many treatments and creams wait until later. If this does not "
        "concern you, tick the last box."
    ),
    QuestionGroup.MEDICINES: lazy(
        "We ask because some medicines change how skin bleeds, heals or meets light. "
        "Keep taking them."
    ),
    QuestionGroup.HEALTH: lazy(
        "We ask because your health decides what we may think of, and how you heal."
    ),
    QuestionGroup.IMPLANTS: lazy(
        "We ask because current and laser light act on metal, devices and tattoos."
    ),
    QuestionGroup.ALLERGIES: lazy(
        "We ask so that nothing is planned that you react to."
    ),
}
"""Why a page of questions is there, in a sentence."""

PAGES = {
    group: Page(
        f"health-{group}",
        group.label,
        intro=WHY[group],
        group=group,
        # A blank is never "no", so none may stay open.
        marks_optional=False,
    )
    for group in QuestionGroup
}
"""{group: its page}."""


def may_be_raised(scars):
    """Return whether one of the scars is raised, in part or perhaps."""
    return any(
        scar.elevation not in (Elevation.FLAT, Elevation.DEPRESSED) for scar in scars
    )


ASKED_IF = {
    # What they rule out is injected into raised scars only.
    "brivudine": may_be_raised,
    "fluoropyrimidine_reaction": may_be_raised,
    "phenytoin": may_be_raised,
}
"""{code: whether these scars make it matter}; every other question is for everybody."""


def is_asked(finding, scars):
    """Return whether a health question matters to somebody with these scars."""
    return ASKED_IF.get(finding.code, always)(scars)


def question_of(finding, name=None):
    """Return a row as a question, whose input is called by its code or another name."""
    return YesNo(
        name or finding.code,
        ask=finding.question,
        hint=finding.hint,
        fact=None,
        is_required=False,
    )


# What a page carries of the words that it asked. No code of a finding has a hyphen.
ASKED = "words-asked"
NOT_SEEN = lazy(
    "This question is new, or has other words, since you opened the page. Please answer "
    "it: %(question)s"
)


def _mark(finding):
    words = f"{finding.question}\n\n{finding.hint}".encode()
    return f"{finding.code}:{hashlib.sha256(words).hexdigest()[:12]}"


def words_of(findings):
    """Return what tells the words of these questions from any others, as one text."""
    return " ".join(map(_mark, findings))


def not_seen(findings, asked):
    """Return the questions that a page did not ask in these words, from what it carried.

    None carried means that it was posted without a page, and is taken at its word.
    """
    if asked is None:
        return []
    seen = asked.split()
    return [each for each in findings if _mark(each) not in seen]
