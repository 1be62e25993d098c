"""What a clinician asks first, in one order for every patient, and where it comes from."""

from collections import Counter
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consultations.intake.questions import pages
from consultations.models import YES_NO
from consultations.review import plan_rules
from consultations.review.desk.rows import AGAINST
from methods.protocol.cards import SOFT_WAIT_KIND, WAIT_KIND
from methods.protocol.coded_findings import DerivedFinding, RedFlagCode
from methods.protocol.tracing import facts_behind
from methods.protocol.vocabulary import (
    SAFETY_KINDS,
    BodySite,
    CriterionKind,
    QuestionGroup,
    ScarCause,
    Verdict,
)

PHOTOTYPES = ("", "I", "II", "III", "IV", "V", "VI")
IN_THE_STRIP = {
    "age_years",
    "fitzpatrick",
    "body_site",
    "scar_cause",
    "scar_age_months",
    "wants",
}
"""Facts that stand in the strip: no line under it says them again."""
_OF_OPTIONS = {CriterionKind.INDICATION, *SAFETY_KINDS, SOFT_WAIT_KIND}
QUOTED = {
    Verdict.SUGGESTED: _OF_OPTIONS,
    Verdict.CAUTION: _OF_OPTIONS,
    Verdict.DEFERRED: _OF_OPTIONS | {WAIT_KIND},
    Verdict.UNDETERMINED: _OF_OPTIONS,
    Verdict.NOT_INDICATED: set(),
    Verdict.CONTRAINDICATED: AGAINST[Verdict.CONTRAINDICATED],
}
"""Of each verdict, the kinds of reasons whose answers are quoted, once on the page."""
OF_PERSON = {
    "isotretinoin",
    "active_acne",
    "diabetes",
    "ctd",
    "tan_weeks",
    "recent_filler_weeks",
    "recent_resurfacing_weeks",
}
"""Facts of the person that choices, not a yes or no, are given for."""
YES_NO_WORDS = {str(words) for _value, words in YES_NO}
RED_FLAGS = set(RedFlagCode.values)
MOST_SAID_NO, MOST_UNKNOWN = 4, 2
YEARS_FROM_MONTHS = 24


@dataclass(frozen=True)
class Cell:
    """One cell of the strip. `mark` is "" or what it asks for: "ask" or "stop"."""

    label: str
    value: str
    mark: str = ""
    number: int | None = None
    """Of the scar that it is about, where there are several."""
    is_wide: bool = False


@dataclass(frozen=True)
class Because:
    """The answers behind one scar's cards, by the finding that each is quoted for."""

    scar: str
    found: list


@dataclass
class Strip:
    """The top of the desk: cells, the answers that decide, and what was said no to."""

    cells: list = field(default_factory=list)
    because: list = field(default_factory=list)
    said_no: list = field(default_factory=list)
    said_no_more: int = 0
    wishes: list = field(default_factory=list)


def age_in_words(months):
    """Return the age of a scar, such as "5 months" or "3 years"; "" if not known."""
    if months is None:
        return ""
    if months < YEARS_FROM_MONTHS:
        count = int(months)
        return ngettext("%(count)d month", "%(count)d months", count) % {"count": count}
    count = int(months / 12)
    return ngettext("%(count)d year", "%(count)d years", count) % {"count": count}


class StripPresenter:
    """Reads the strip off facts, cards and answers. No query.

    `facts` are {assessment's pk: `Facts`}. Before the first look, and in a checklist,
    nothing of it tells what the cards conclude. `was_flagged` is whether a red flag stood
    in an earlier round, `is_readable` whether the rules of today can read the answers.
    """

    def __init__(
        self,
        route,
        evidence,
        facts,
        named,
        *,
        is_closed,
        was_flagged=False,
        is_readable=True,
    ):
        self.route = route
        self.evidence = evidence
        self.facts = facts
        self.named = named
        self.is_closed = is_closed
        self.was_flagged = was_flagged
        self.is_readable = is_readable

    def strip(self, assessments, red_flags, unknown):
        cells = [self._flags(assessments, red_flags)]
        if not assessments:
            return Strip(cells=cells, wishes=self._wishes())
        cells = [
            *self._of_person(assessments),
            *cells,
            *(self._of_scar(each, len(assessments)) for each, _its in assessments),
            *self._of_health(assessments),
            self._not_known([each.label for each in unknown]),
        ]
        strip = Strip(cells=cells, wishes=self._wishes())
        if not self.is_closed:
            quoted = set()
            strip.because = [self._because(*each, quoted) for each in assessments]
            said_no = self._said_no(assessments)
            strip.said_no = self.named(said_no[:MOST_SAID_NO])
            strip.said_no_more = max(0, len(said_no) - MOST_SAID_NO)
        return strip

    # Cells

    def _flags(self, assessments, red_flags):
        """Return the red flags that stand, and those that nobody knows of."""
        asked = dict.fromkeys(
            code
            for _assessment, decisions in assessments
            for decision in decisions
            for code in decision.card.ask
            if code in RED_FLAGS
        )
        said = [flag["label"] for flag in red_flags]
        mark = "stop" if said else "ask" if asked else ""
        if asked and said:
            # They are named under "Not known"; what stands must not drown in them.
            said.append(_("others not known"))
        elif asked:
            labels = ", ".join(self.named(asked))
            said.append(_("Not known: %(flags)s") % {"flags": labels})
        none = _("None standing") if self.was_flagged else _("None raised")
        return Cell(_("Flags"), "; ".join(said) or none, mark)

    def _of_person(self, assessments):
        facts = self.facts[assessments[0][0].pk]
        unknown = _("Not known")
        is_old = facts.age_years is not None
        yield Cell(_("Age"), str(facts.age_years) if is_old else unknown)
        number = facts.fitzpatrick
        yield Cell(
            _("Phototype"),
            PHOTOTYPES[number] if number else unknown,
            "" if number else "ask",
        )

    def _of_scar(self, assessment, count):
        facts = self.facts[assessment.pk]
        places, causes = dict(BodySite.choices), dict(ScarCause.choices)
        said = [
            str(places.get(facts.body_site, "")),
            str(causes.get(facts.scar_cause, "")),
            age_in_words(facts.scar_age_months) or _("age not known"),
        ]
        types = [] if self.is_closed else self.named(assessment.types)
        looks = _("%(types)s, to be confirmed") % {"types": ", ".join(types)}
        value = ", ".join(filter(None, said))
        return Cell(
            _("Scar %(number)d") % {"number": assessment.scar.number}
            if count > 1
            else _("Scar"),
            f"{value}. {looks}" if types else value,
            number=assessment.scar.number if count > 1 else None,
            is_wide=True,
        )

    def _of_health(self, assessments):
        """Return the medicines, and what else was answered with yes."""
        medicines, others, is_all_known = [], [], True
        answers = self.facts[assessments[0][0].pk].answers
        for finding in self.route.findings:
            is_flag = finding.code in RED_FLAGS
            if not finding.question or is_flag:
                continue
            # What was never asked is as little known as what nobody was sure of.
            answer = answers.get(finding.code)
            is_medicine = finding.group == QuestionGroup.MEDICINES
            if answer:
                (medicines if is_medicine else others).append(str(finding.label))
            is_all_known = is_all_known and not (is_medicine and answer is None)
        isotretinoin = self.evidence.of_fact("isotretinoin", None)
        if self.facts[assessments[0][0].pk].isotretinoin != "never":
            medicines += [
                _("Isotretinoin: %(answer)s") % {"answer": answer}
                for _question, answer in isotretinoin
                if answer
            ]
            is_all_known = is_all_known and bool(isotretinoin)
        if not self.is_readable:
            medicines = [_("Cannot be read")]
        elif not is_all_known:
            medicines.append(_("others not known") if medicines else _("Not known"))
        cells = [
            Cell(
                _("Medicines"),
                "; ".join(medicines) or _("None told"),
                "" if is_all_known and self.is_readable else "ask",
            )
        ]
        if others:
            cells.append(Cell(_("Answered yes"), "; ".join(others)))
        return cells

    def _not_known(self, labels):
        said = "; ".join(labels[:MOST_UNKNOWN])
        if (more := len(labels) - MOST_UNKNOWN) > 0:
            said = _("%(labels)s and %(count)d more") % {"labels": said, "count": more}
        return Cell(_("Not known"), said or _("Nothing"), "ask" if labels else "")

    def _wishes(self):
        return [
            str(answer)
            for step, said in self.evidence.pages
            if step.page is pages.WISHES
            for _question, answer in said
            if answer and str(answer) not in YES_NO_WORDS
        ]

    # Answers

    def _because(self, assessment, decisions, quoted):
        """Return one scar's `Because`; `quoted` are the answers that stand already."""
        number, facts = assessment.scar.number, self.facts[assessment.pk]
        codes = dict.fromkeys(
            code
            for decision in decisions
            for stored in decision.card.reasons
            if stored["kind"] in QUOTED[decision.card.verdict]
            for code in stored["findings"]
            # What is not known stands where it is asked.
            if code != DerivedFinding.EVERYONE and code not in decision.card.ask
        )
        found = []
        for code in codes:
            said = []
            for name in facts_behind(code, facts):
                if name in IN_THE_STRIP:
                    continue
                key = (number if (number, name) in self.evidence.given else None, name)
                if key not in quoted:
                    quoted.add(key)
                    said += self.evidence.quoted(name, number)
            if said:
                found.append((self.named([code])[0], said))
        return Because(str(assessment), found)

    def _said_no(self, assessments):
        """Return what was answered with no and options ask about, the gravest first."""
        cards = Counter()
        for assessment, decisions in assessments:
            known = plan_rules.established(assessment, decisions)
            if known is None:
                continue
            facts, findings = known
            for decision in decisions:
                if decision.card.is_option:
                    for code, weight in self._safety_codes(decision.card):
                        if findings.get(code) is False:
                            cards[code] += weight
        facts = self.facts[assessments[0][0].pk]
        return [
            code for code, _count in cards.most_common() if self._is_asked(code, facts)
        ]

    def _safety_codes(self, card):
        """Yield (code, weight) of what an option must not have, and may have with care."""
        for criterion in card.revision.content["criteria"]:
            if criterion["kind"] in SAFETY_KINDS:
                weight = 3 if criterion["kind"] == CriterionKind.CONTRAINDICATION else 1
                yield from ((code, weight) for code in criterion["when"])

    def _is_asked(self, code, facts):
        """Return whether a finding is of the person, and the patient's own answer."""
        names = facts_behind(code, facts)
        return bool(names) and all(
            (name in OF_PERSON or name in facts.answers)
            and (None, name) in self.evidence.given
            for name in names
        )
