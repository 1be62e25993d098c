"""What must hold for every patient, whatever the protocol says of single treatments.

Each property takes a `Case` and yields what is wrong with its answer, in words.
"""

from functools import cached_property
from random import Random

from methods.protocol.cards import LINES, VERDICTS
from methods.protocol.dealing import evaluate
from methods.protocol.engine import of_one_person, suggest
from methods.protocol.facts import read
from methods.protocol.relevance import facts_that_matter
from methods.protocol.vocabulary import (
    OPTIONS,
    CriterionKind,
    MethodGroup,
    RelationKind,
    Verdict,
)
from tests.methods.protocol import patients

PREVENTION = {"silicone", "pressure-therapy", "scar-massage", "sun-protection"}
NOT_INVASIVE = {
    MethodGroup.CONSERVATIVE,
    MethodGroup.TOPICAL,
    MethodGroup.HOME,
    MethodGroup.ADVICE,
    MethodGroup.REFERRAL,
}
STEROIDS = {"steroid-injection", "steroid-5fu-injection"}
# A scar is of another colour word in darker skin.
IN_DARK_SKIN = {"red": ["purple", "darker", "brown", "skin"], "purple": ["darker"]}
MUST_STOP = (CriterionKind.CONTRAINDICATION, CriterionKind.DEFERRAL)


class Case:
    """One patient before a protocol; each answer is worked out once."""

    def __init__(self, number, protocol, raw=None, *, seed="patients"):
        self.number, self.protocol = number, protocol
        self.raw = patients.patient(number, protocol, seed=seed) if raw is None else raw
        self.random = Random(f"{seed} {number}")

    def with_(self, **changes):
        return Case(self.number, self.protocol, self.raw | changes)

    @cached_property
    def methods(self):
        return {each.slug: each for each in self.protocol.methods if each.is_ranked}

    @cached_property
    def facts(self):
        return read(self.raw, self.protocol)

    @cached_property
    def answer(self):
        return suggest(self.facts, self.protocol)

    @property
    def findings(self):
        return self.answer.findings

    @cached_property
    def cards(self):
        return {card.method: card for card in self.answer.cards}

    @cached_property
    def options(self):
        return [card.method for card in self.answer.cards if card.is_option]

    @property
    def is_flagged(self):
        return any(
            self.findings[flag.code] is not False for flag in self.protocol.red_flags
        )


def a_red_flag_leaves_no_option_and_always_a_referral(case):
    stop = case.random.choice(patients.STOPS)
    flagged = case.with_(**stop)
    if not flagged.answer.red_flags:
        yield f"{stop}: no red flag"
    if flagged.options:
        yield f"{stop}: options {flagged.options}"
    if not flagged.answer.referrals:
        yield f"{stop}: nobody to see"


def a_red_flag_on_one_scar_leaves_no_option_on_another(case):
    flagged = case.with_(**case.random.choice(patients.STOPS))
    for answer in of_one_person([case.facts, flagged.facts], case.protocol):
        if offered := [card.method for card in answer.cards if card.is_option]:
            yield f"options {offered}"


def _forgettable(case):
    return sorted(
        name
        for name, value in case.raw.items()
        if value != "unknown" and name != "wants"
    )


def an_answer_replaced_by_not_known_makes_no_option(case):
    names = _forgettable(case)
    # In turn, so that each question has its share of the patients.
    for step in range(2):
        name = names[(case.number * 2 + step) % len(names)]
        changes = {name: "unknown"}
        if name == "prior_treatments":
            # What has a date is named as well.
            changes["treatments"] = "unknown"
        forgotten = case.with_(**changes)
        if new := set(forgotten.options) - set(case.options):
            yield f"{name} {case.raw[name]!r} not known: {sorted(new)} become options"


def a_contradiction_is_resolved_to_the_safe_side(case):
    months = case.random.choice([0, 3, 5.9, 7, 11.9])
    for said in ("never", "stopped"):
        contradicts = case.with_(isotretinoin=said, isotretinoin_stopped_months=months)
        name = f"isotretinoin_{'under_6' if months < 6 else '6_to_12'}_months"
        if contradicts.findings[name] is not True:
            yield f"isotretinoin {said}, {months} months ago: {name} does not hold"
    closed = case.with_(wound_closed="no", scar_age_months=36, wound_weeks=1)
    if closed.options or not closed.answer.red_flags:
        yield "not closed, and closed years ago: no flag"
    unsure = case.with_(elevation="raised", beyond_edges="unsure")
    if unsure.findings["keloid_suspected"] is False:
        yield "unsure of the edges: no keloid"


def _loses_in_dark_skin(light, dark, from_months):
    """Yield what the darker skin has less of, or more that wounds."""
    for slug in PREVENTION & light.cards.keys():
        allowed = {*OPTIONS}
        if from_months >= 6:
            allowed.add(Verdict.UNDETERMINED)
        before, after = light.cards[slug].verdict, dark.cards[slug].verdict
        if before in OPTIONS and after not in allowed:
            yield f"{slug} is {after}, was {before}"
    firsts = [card for card in light.answer.cards if card.is_option]
    if any(card.line == "first" for card in firsts):
        left = {*OPTIONS, Verdict.DEFERRED, Verdict.UNDETERMINED}
        if not any(
            card.verdict in left
            for card in dark.answer.cards
            if light.methods[card.method].is_treatment
        ):
            yield "a first line has become nothing"
    for slug, card in dark.cards.items():
        before = light.cards[slug]
        wounds = light.methods[slug].group not in NOT_INVASIVE
        if wounds and card.is_option and not before.is_option:
            yield f"{slug} wounds and is new"
        if card.is_option and before.is_option:
            lost = _levels(before) - _levels(card)
            if lost and card.level not in ("test", "doctor"):
                yield f"{slug} loses {sorted(lost)}"
    if lost := {flag.code for flag in light.answer.red_flags} - {
        flag.code for flag in dark.answer.red_flags
    }:
        yield f"loses flags {lost}"


def _levels(card):
    return {
        each.level
        for each in card.reasons
        if each.kind == CriterionKind.PRECAUTION and each.level in ("test", "doctor")
    }


def darker_skin_gets_no_less_prevention_and_no_less_care(case):
    light = case.with_(fitzpatrick=case.random.choice([1, 2, 3]))
    dark = light.with_(fitzpatrick=case.random.choice([4, 5, 6, "unknown"]))
    age = light.facts.scar_age_months
    months = 99 if age is None else age
    for wrong in _loses_in_dark_skin(light, dark, months):
        yield (
            f"phototype {light.raw['fitzpatrick']} to {dark.raw['fitzpatrick']}: "
            + wrong
        )
    if word := IN_DARK_SKIN.get(light.raw["colour"]):
        for fitzpatrick in (4, 6):
            colour = case.random.choice(word)
            said = light.with_(fitzpatrick=fitzpatrick, colour=colour)
            for wrong in _loses_prevention(light, said, months):
                yield f"{light.raw['colour']} said as {colour}: " + wrong


def _loses_prevention(light, dark, months):
    for wrong in _loses_in_dark_skin(light, dark, months):
        if wrong.split()[0] in PREVENTION or wrong.startswith("a first line"):
            yield wrong


SAYS_SOMETHING = (*OPTIONS, Verdict.DEFERRED, Verdict.UNDETERMINED)


def is_blank(case):
    """Return whether the desk has nothing to say of a scar: no card, no question."""
    beside = {"nothing-needed", "sun-protection"}
    return not any(
        card.verdict in SAYS_SOMETHING
        and (case.methods[card.method].is_treatment or card.method in beside)
        for card in case.answer.cards
    )


def no_closed_scar_leaves_the_desk_blank(case):
    if case.facts.wound_closed and not case.is_flagged and is_blank(case):
        yield f"blank: {case.answer.types}"


def options_stand_first_and_by_line(case):
    treatments = [
        card for card in case.answer.cards if case.methods[card.method].is_treatment
    ]
    places = [0 if card.is_option else VERDICTS[card.verdict] for card in treatments]
    if places != sorted(places):
        yield "a worse verdict stands before a better one"
    lines = [
        LINES[card.line] for card in treatments if card.is_option and not card.is_wish
    ]
    if lines != sorted(lines):
        yield "an adjunct or a later line stands before an earlier one"
    wishes = [card.is_wish for card in treatments if card.is_option]
    if wishes != sorted(wishes):
        yield "a wish stands before another option"


def every_method_has_one_card_and_each_says_why(case):
    if sorted(card.method for card in case.answer.cards) != sorted(case.methods):
        yield "not one card per method"
    for card in case.answer.cards:
        if not card.reasons:
            yield f"{card.method}: no reason"
        if card.is_option and not card.line:
            yield f"{card.method}: an option without a line"
        if any(case.findings.get(code) is not None for code in card.ask):
            yield f"{card.method}: asks what is known"
        if card.ask and card.verdict == Verdict.SUGGESTED and card.is_option:
            yield f"{card.method}: suggested, and yet asks"


def a_hard_partner_that_is_out_takes_its_dependent_out(case):
    for slug in case.options:
        card, method = case.cards[slug], case.methods[slug]
        for relation in method.relations:
            if not relation.is_hard or relation.kind != RelationKind.NEEDS:
                continue
            if {
                case.cards[each].verdict
                for each in relation.methods
                if each in case.cards
            } & {*OPTIONS}:
                continue
            lines = {relation.line} if relation.line else {*LINES}
            types = set(relation.scars)
            if all(case.findings.get(code) for code in relation.when) and any(
                each.kind == CriterionKind.INDICATION
                and each.line in lines
                and (not types or types & set(each.findings))
                and (not types or any(case.findings.get(code) for code in types))
                for each in card.reasons
            ):
                yield f"{slug} without {relation.methods}"


def a_wish_opens_nothing_that_wounds(case):
    plain = case.with_(wants=[])
    wished = case.with_(wants=sorted(case.methods))
    for slug in set(wished.options) - set(plain.options):
        if case.methods[slug].group != MethodGroup.HOME:
            yield f"{slug} is an option by a wish"
    for slug, card in wished.cards.items():
        before = plain.cards[slug]
        if before.verdict in (Verdict.CONTRAINDICATED, Verdict.DEFERRED) and (
            VERDICTS[card.verdict] < VERDICTS[before.verdict]
        ):
            yield f"{slug} is {card.verdict} by a wish, was {before.verdict}"


def no_option_has_a_safety_question_that_was_not_put(case):
    unknown = [
        flag.code
        for flag in case.protocol.red_flags
        if case.findings[flag.code] is None
    ]
    for slug in case.options:
        if unknown:
            yield f"{slug} beside unknown flags {unknown}"
        for row in case.methods[slug].criteria:
            if row.kind in MUST_STOP and evaluate(row, case.findings) is not False:
                yield f"{slug}: {row.kind} {row.when} is not ruled out"


ABOUT_THE_SCAR = {
    *patients.SCAR.keys() - {"fitzpatrick"},
    *("wound_closed", "reopened", "wound_weeks", "lump", "fast", "spot_pain"),
    *("tight_limits_movement", "pulls_feature", "self_harm_status", "age_years"),
    *("prior_treatments", "treatments", *patients.FLAGS),
}
"""What an intake knows before it asks about health."""


def what_an_intake_does_not_ask_changes_no_card(case):
    """Only what still matters is put; whatever is not put stays unknown."""
    known = {name: raw for name, raw in case.raw.items() if name in ABOUT_THE_SCAR}
    put = facts_that_matter(read(known, case.protocol), case.protocol)
    always = {"fitzpatrick", "bdd_screen"}
    asked = case.with_()
    asked.raw = {
        name: raw
        for name, raw in case.raw.items()
        if name in known or name in put or name in always
    }
    if asked.options != case.options:
        yield f"options {asked.options}, with all answers {case.options}"
    for slug, card in asked.cards.items():
        whole = case.cards[slug]
        if card.verdict == Verdict.UNDETERMINED != whole.verdict:
            yield f"{slug} waits for {set(card.ask) - set(whole.ask)}"
        if card.is_option and (missing := set(card.ask) - set(whole.ask)):
            yield f"{slug} is an option, and nobody was asked for {missing}"


def the_order_of_answers_and_scars_does_not_matter(case):
    backwards = Case(case.number, case.protocol, dict(reversed(case.raw.items())))
    if backwards.answer != case.answer:
        yield "the order of answers matters"
    other = case.with_(
        **{
            name: case.random.choice(values)
            for name, values in patients.SCAR.items()
            if name != "wants"
        }
    )
    there = of_one_person([case.facts, other.facts], case.protocol)
    back = of_one_person([other.facts, case.facts], case.protocol)
    if there != back[::-1]:
        yield "the order of scars matters"


def no_steroid_into_a_sunken_scar_that_is_not_raised(case):
    if case.raw["elevation"] == "depressed":
        for slug in STEROIDS & {*case.options}:
            yield f"{slug} is an option"


# Those that hold of any protocol, and those that need the catalogue which we ship.
ANYWHERE = [
    a_red_flag_on_one_scar_leaves_no_option_on_another,
    an_answer_replaced_by_not_known_makes_no_option,
    a_contradiction_is_resolved_to_the_safe_side,
    options_stand_first_and_by_line,
    every_method_has_one_card_and_each_says_why,
    a_hard_partner_that_is_out_takes_its_dependent_out,
    a_wish_opens_nothing_that_wounds,
    no_option_has_a_safety_question_that_was_not_put,
    what_an_intake_does_not_ask_changes_no_card,
    the_order_of_answers_and_scars_does_not_matter,
]
SHIPPED = [
    *ANYWHERE,
    a_red_flag_leaves_no_option_and_always_a_referral,
    darker_skin_gets_no_less_prevention_and_no_less_care,
    no_closed_scar_leaves_the_desk_blank,
    no_steroid_into_a_sunken_scar_that_is_not_raised,
]
COSTLY = [
    a_red_flag_on_one_scar_leaves_no_option_on_another,
    a_contradiction_is_resolved_to_the_safe_side,
    the_order_of_answers_and_scars_does_not_matter,
    darker_skin_gets_no_less_prevention_and_no_less_care,
    a_wish_opens_nothing_that_wounds,
]
"""Ask the engine several times a patient."""


def failures(prop, numbers, protocol, *, seed="patients"):
    """Yield (patient's number, facts, what is wrong) for each patient who fails."""
    for number in numbers:
        case = Case(number, protocol, seed=seed)
        for wrong in prop(case):
            yield number, case.raw, wrong
