"""The pages of health questions, which are rows that staff write: `methods.models.Finding`."""

import hashlib

from django.utils.translation import gettext_lazy as lazy

from consultations.intake.questions import about_person as person
from consultations.intake.questions.kinds import NOT_SURE, Page, Part, Question, YesNo
from consultations.intake.questions.treatments import ticked
from methods.protocol.about_scar import STEROIDS
from methods.protocol.vocabulary import QuestionGroup

CHANGES = Page(
    "health-changes",
    QuestionGroup.CHANGES.label,
    groups=(QuestionGroup.CHANGES,),
    # A blank is never "no", so none may stay open.
    marks_optional=False,
)
SKIN = Page(
    "skin",
    lazy("Your skin"),
    (person.FITZPATRICK, person.ISOTRETINOIN, person.ISOTRETINOIN_STOPPED),
    groups=(QuestionGroup.SKIN, QuestionGroup.INFECTION, QuestionGroup.IMPLANTS),
    ticks=(
        person.ACTIVE_ACNE,
        person.TAN,
        person.RECENT_FILLER,
        person.RECENT_RESURFACING,
    ),
    marks_optional=False,
    part=Part.HEALTH,
    for_child={"title": lazy("Your child’s skin")},
)
HEALTH = Page(
    "health",
    lazy("Your health"),
    intro=lazy("Never stop a medicine because of us."),
    groups=(
        QuestionGroup.PREGNANCY,
        QuestionGroup.MEDICINES,
        QuestionGroup.HEALTH,
    ),
    ticks=(person.DIABETES, person.CTD),
    marks_optional=False,
    part=Part.HEALTH,
    for_child={"title": lazy("Your child’s health")},
)
ALLERGIES = Page(
    "allergies",
    QuestionGroup.ALLERGIES.label,
    groups=(QuestionGroup.ALLERGIES,),
    marks_optional=False,
    part=Part.HEALTH,
)


def may_have_grown_despite_injections(scars):
    """Return whether one of the scars was injected with steroid, or perhaps."""
    return any(
        NOT_SURE in scar.prior_treatments or set(ticked(scar)).intersection(STEROIDS)
        for scar in scars
    )


ASKED_IF = {"rf_treated_grew": may_have_grown_despite_injections}
"""{code: whether these scars make a red flag matter}; the others are for everybody."""
REVIEWER_MUST_KNOW = frozenset(
    ["pregnant", "anticoagulant", "immunosuppressed", "keloid_history_self"]
)
"""The health questions that are asked of everybody, whatever the protocol reads."""


def is_asked(finding, scars, matters):
    """Return whether a health question matters to somebody with these scars.

    `matters(code)` says whether it may change a card, or is for the reviewer alone.
    """
    if finding.route or finding.group == QuestionGroup.CHANGES:
        asked_if = ASKED_IF.get(finding.code)
        return asked_if is None or asked_if(scars)
    return finding.code in REVIEWER_MUST_KNOW or matters(finding.code)


def question_of(finding, name=None):
    """Return a row as a question, whose input is called by its code or another name."""
    return YesNo(
        name or finding.code,
        ask=finding.question,
        hint=finding.hint,
        fact=None,
        is_required=False,
    )


def statement_of(finding):
    """Return a question as a line of a tick list: without its question mark."""
    return finding.question.rstrip(" ?？؟;")


# What a page carries of the words that it asked. No code of a finding has a hyphen.
ASKED = "words-asked"
NOT_SEEN = lazy(
    "This question is new, or has other words, since you opened the page. Please answer "
    "it: %(question)s"
)


def name_of(asked):
    """Return what the input of a health question, or of a declared line, is called."""
    return asked.name if isinstance(asked, Question) else asked.code


def statement_in(asked):
    """Return the words of a health question, or of a declared line."""
    return asked.tick if isinstance(asked, Question) else asked.question


def _mark(asked):
    hint = "" if isinstance(asked, Question) else asked.hint
    words = f"{statement_in(asked)}\n\n{hint}".encode()
    return f"{name_of(asked)}:{hashlib.sha256(words).hexdigest()[:12]}"


def words_of(every):
    """Return what tells the words of these questions from any others, as one text."""
    return " ".join(map(_mark, every))


def not_seen(every, asked):
    """Return the questions that a page did not ask in these words, from what it carried.

    None carried means that it was posted without a page, and is taken at its word.
    """
    if asked is None:
        return []
    seen = asked.split()
    return [each for each in every if _mark(each) not in seen]
