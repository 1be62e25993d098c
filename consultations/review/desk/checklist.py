"""The cards as a plain list of criteria, for countries where software may not suggest.

No verdict, no line, no order but the alphabet's: each criterion is met, not met, or not
answered, and a person concludes.
"""

from dataclasses import dataclass, replace
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations.review.desk.cards import CardPresenter
from consultations.review.desk.rows import KINDS
from consultations.review.desk.shown import Group
from methods.protocol import engine, entries
from methods.protocol.coded_findings import DerivedFinding
from methods.protocol.dealing import evaluate
from methods.protocol.entries import grade_of
from methods.protocol.vocabulary import CriterionKind

KIND_WORDS = {CriterionKind.NOT_RECOMMENDED: lazy("Against it")}
"""Of kinds whose name is an advice, what a checklist calls them."""
MOST_NAMED = 2
STATES = {True: "met", False: "not-met", None: "not-answered"}


@dataclass(frozen=True)
class Checked:
    """One criterion of a method, and whether it is met."""

    kind: str
    findings: str
    unless: str
    rationale: str
    sources: list
    grades: list
    state: str


def _in_short(checked):
    """Return which criteria are met, the first by name, and how many are not answered."""
    met = dict.fromkeys(
        f"{each.kind}: {each.findings}"
        for each in checked
        if each.state == STATES[True] and not each.rationale
    )
    said = list(met)[:MOST_NAMED]
    if (more := len(met) - MOST_NAMED) > 0:
        said.append(_("%(count)d more met") % {"count": more})
    if count := sum(each.state == STATES[None] for each in checked):
        said.append(_("%(count)d not answered") % {"count": count})
    return "; ".join(said) or _("None met")


class ChecklistPresenter(CardPresenter):
    """Presents cards as criteria, without what they conclude."""

    @cached_property
    def established(self):
        """Return {assessment's pk: findings}, each scar knowing the keloids of the others."""
        asked = frozenset(code for each in self.facts.values() for code in each.answers)
        protocol = entries.Protocol(methods=(), questions=asked)
        answers = engine.of_one_person(list(self.facts.values()), protocol)
        return {
            pk: answer.findings for pk, answer in zip(self.facts, answers, strict=True)
        }

    def scar(self, assessment, decisions):
        scar = super().scar(assessment, decisions)
        facts, established = self.facts[assessment.pk], self.established[assessment.pk]
        checked = {
            shown.key: self._checked(shown.card, established, facts)
            for group in scar.groups
            for shown in group.cards
        }
        cards = [
            replace(
                shown,
                reasons=checked[shown.key],
                would_change=[],
                same=None,
                about=None,
                before="",
                row=replace(
                    shown.row,
                    line="",
                    why=_in_short(checked[shown.key]),
                    cautions=[],
                    checks=0,
                    unknown=0,
                ),
                doctor=[],
                ask=[],
                is_checklist=True,
            )
            for group in scar.groups
            for shown in group.cards
        ]
        cards.sort(key=lambda shown: shown.card.title)
        group = Group(
            verdict="checklist", heading=_("Treatments"), cards=cards, is_option=True
        )
        return replace(scar, groups=[group], types=[], option_count=0, open_count=0)

    def _would_change(self, card):
        return []

    def _checked(self, card, established, facts):
        content = card.revision.content
        wanted = facts.wants and content["slug"] in facts.wants
        if facts.wants is not None:
            established = established | {DerivedFinding.ASKED_FOR.value: bool(wanted)}
        method = entries.method(content)
        return [
            Checked(
                kind=KIND_WORDS.get(criterion.kind) or KINDS[criterion.kind],
                findings=", ".join(self.named(criterion.when)) or _("Everyone"),
                unless=", ".join(self.named(criterion.unless)),
                # What else it says may name a line, or advise.
                rationale=criterion.for_staff
                if criterion.kind == CriterionKind.CHECK
                else "",
                sources=[
                    self._source(code, content["sources"][code])
                    for code in criterion.sources
                ],
                grades=sorted(
                    {str(grade_of(code).label) for code in criterion.sources}
                ),
                state=STATES[evaluate(criterion, established)],
            )
            for kind in CriterionKind.values
            for criterion in method.criteria_of(kind)
        ]
