"""Every look that the intake can give a closed scar without a flag, as JSON facts.

Which questions are asked is the intake's own: a question that does not apply to a look
gives no fact, whatever this page would answer.
"""

from collections import Counter
from itertools import product
from types import SimpleNamespace

from consultations.intake.questions import about_scar as ask
from consultations.intake.questions.kinds import Question
from methods.protocol.coded_findings import RedFlagCode, ScarTypeCode
from methods.protocol.engine import suggest
from methods.protocol.facts import read
from methods.protocol.findings import establish
from methods.protocol.vocabulary import (
    BESIDE_TREATMENTS,
    OPTIONS,
    BeyondEdges,
    Colour,
    Elevation,
    PitShape,
    ScarCause,
    Stripes,
    Verdict,
    Width,
)
from tests.methods.protocol import patients

UNKNOWN = "unknown"
CAUSES = [each for each in ScarCause.values if each != ScarCause.NONE_REMEMBERED]
# One age of each band that a rule tells apart.
AGES = [2, 4, 8, 18, 36]
PHOTOTYPES = [2, 5]
DENTS = {
    "pit_shape": [*PitShape.values, UNKNOWN],
    "pit_width_mm": [1, 2, 3, 5, UNKNOWN],
    "pit_depth": ["shallow", "deep", "unsure"],
    "flattens_on_stretch": ["yes", "no", UNKNOWN],
}
EDGES = {
    "beyond_edges": BeyondEdges.values,
    "still_growing": ["yes", "no", UNKNOWN],
}
EVERY = {
    "scar_cause": [*CAUSES, UNKNOWN],
    "elevation": [*Elevation.values, UNKNOWN],
    "scar_age_months": [*AGES, UNKNOWN],
    "fitzpatrick": PHOTOTYPES,
}
SURFACE = {
    "colour": [*Colour.values, UNKNOWN],
    "width": [*Width.values, UNKNOWN],
    "stripes": [*Stripes.values, UNKNOWN],
}
QUESTIONS = {
    question.name: question
    for question in vars(ask).values()
    if isinstance(question, Question)
}
# What is sampled at its default.
REST = {
    "wound_closed": "yes",
    "reopened": "no",
    "firm": "no",
    "itch": 1,
    "pain": 1,
    "colour_bothers": "no",
    "large_area": "no",
    "lump": "none",
    "fast": "no",
    "spot_pain": "no",
    "visible_at_50cm": "yes",
    "makeup_covers": "no",
    "pulls_feature": "none",
    "tight_limits_movement": "no",
    "body_site": "abdomen",
    "prior_treatments": [],
    "prior_response": UNKNOWN,
}


def _is_asked(name, look):
    question = QUESTIONS.get(name)
    return question is None or question.applies(SimpleNamespace(**look))


def _answers(choices):
    for values in product(*choices.values()):
        yield dict(zip(choices, values, strict=True))


def _choices(elevation):
    """Return {question: answers} that matter to a scar of this height.

    A flat scar is not asked for its edges or dents; of one that is not flat two colours,
    and of a sunken one two ages, stand for all.
    """
    choices = EVERY | SURFACE | {"elevation": [elevation]}
    if elevation == Elevation.FLAT:
        return choices
    choices |= {"colour": ["red", "skin", UNKNOWN], "stripes": ["none"]}
    if elevation in (Elevation.RAISED, Elevation.MIXED):
        choices |= EDGES | {"width": ["wide"]}
    if elevation in (Elevation.DEPRESSED, Elevation.MIXED):
        choices |= DENTS | {"colour": ["skin"], "width": ["wide"], "fitzpatrick": [5]}
        choices["scar_age_months"] = [4, 36, UNKNOWN]
    if elevation == Elevation.MIXED:
        choices |= {"pit_depth": ["deep"], "pit_width_mm": [1, UNKNOWN]}
        choices["still_growing"] = ["yes", "no"]
    return choices


def enumerated():
    """Yield each look once, as the answers that decide it; the rest is `REST`."""
    for elevation in EVERY["elevation"]:
        yield from _answers(_choices(elevation))


def facts_of(look, protocol):
    """Return the JSON facts that the intake gives of a look, everybody else healthy."""
    health = {
        name: healthy
        for name, (healthy, _worse) in patients.health(protocol.questions).items()
    }
    row = dict.fromkeys(QUESTIONS, "") | REST | look | {"told_of_lumps": "no"}
    told = health | REST | look
    answered = {}
    for name, value in told.items():
        if _is_asked(name, row):
            answered[name] = value
        elif (certain := QUESTIONS[name].otherwise(SimpleNamespace(**row))) is not None:
            answered[name] = certain
    if look["scar_cause"] == "self_harm":
        answered["self_harm_status"] = "past_stable"
    return answered | dict.fromkeys(RedFlagCode.values, "no")


BESIDE = {"nothing-needed", "sun-protection"}
SAYS = (*OPTIONS, Verdict.DEFERRED)


class Desk:
    """What the desk has of a look; looks with the same findings are answered once."""

    def __init__(self, protocol):
        self.protocol = protocol
        self._known = {}

    def outcome_of(self, look):
        """Return "option", "unclassified", "undetermined", "blank" or "flag"."""
        facts = read(facts_of(look, self.protocol), self.protocol)
        findings = establish(facts, self.protocol.questions)
        key = tuple(findings.values())
        if key not in self._known:
            self._known[key] = _outcome(facts, self.protocol)
        return self._known[key]


def _outcome(facts, protocol):
    answer = suggest(facts, protocol)
    if any(answer.findings[flag.code] is not False for flag in protocol.red_flags):
        return "flag"
    treatments = [card for card in answer.cards if card.group not in BESIDE_TREATMENTS]
    needs_nothing = any(
        card.method == "nothing-needed" and card.verdict in OPTIONS
        for card in answer.cards
    )
    if needs_nothing or any(card.verdict in SAYS for card in treatments):
        is_named = {*answer.types} != {ScarTypeCode.UNCLASSIFIED.value}
        return "option" if is_named or needs_nothing else "unclassified"
    if any(card.verdict == Verdict.UNDETERMINED for card in treatments):
        return "undetermined"
    beside = any(
        card.method in BESIDE and card.verdict in OPTIONS for card in answer.cards
    )
    return "unclassified" if beside else "blank"


def is_answered_in_full(look):
    return UNKNOWN not in look.values() and "unsure" not in look.values()


def counted(looks, protocol):
    """Return (outcomes, those of looks answered in full, their unsettled looks, a blank)."""
    all_looks, in_full, unsettled = Counter(), Counter(), Counter()
    blank = None
    desk = Desk(protocol)
    for look in looks:
        outcome = desk.outcome_of(look)
        all_looks[outcome] += 1
        if outcome == "blank" and blank is None:
            blank = look
        if is_answered_in_full(look):
            in_full[outcome] += 1
            if outcome in ("unclassified", "undetermined", "blank"):
                unsettled[_described(look)] += 1
    return all_looks, in_full, unsettled, blank


def _described(look):
    names = ("scar_cause", "elevation", "colour", "width", "scar_age_months")
    return ", ".join(str(look[name]) for name in names)
