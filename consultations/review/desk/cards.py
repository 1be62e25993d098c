"""Presentation of a scar's cards: verdict, reasons, what would change it.

The order comes from `cards.in_order` and is stored as `Card.place`.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations.models import (
    Choice,
    OverrideReason,
)
from consultations.review import pathways
from consultations.review.desk.form import key_of, meant
from consultations.review.desk.rows import (
    KINDS,
    doctor_note,
    is_of_doctor,
    of_beside,
    row,
    shared,
)
from consultations.review.desk.shown import (
    About,
    Group,
    PresentedCard,
    Reason,
    ScarDesk,
)
from consultations.review.workflow.deciding import decided_of
from methods.protocol.cards import RED_FLAG_KIND
from methods.protocol.coded_findings import DerivedFinding
from methods.protocol.entries import Source, grade_of
from methods.protocol.vocabulary import (
    OPTIONS,
    SAFETY_KINDS,
    WEAK_GRADES,
    CriterionKind,
    Level,
    Line,
    MethodGroup,
    Verdict,
)
from methods.templatetags.citations import uncited

EVERYONE = DerivedFinding.EVERYONE
VERDICT_HEADINGS = {
    # In the engine's order: by line, and only then by how much a precaution asks for.
    Verdict.SUGGESTED: lazy("Options"),
    Verdict.DEFERRED: lazy("Not yet"),
    Verdict.UNDETERMINED: lazy("Not known yet"),
    Verdict.NOT_INDICATED: lazy("Not indicated"),
    Verdict.CONTRAINDICATED: lazy("Not suitable"),
}
SHARED_REASONS = {
    Verdict.DEFERRED,
    Verdict.UNDETERMINED,
    Verdict.CONTRAINDICATED,
}
"""What is no option, grouped by the reasons that several cards share."""
BESIDE_HEADINGS = {
    MethodGroup.ADVICE: lazy("Advice"),
    MethodGroup.REFERRAL: lazy("Referrals"),
}
BENEFITS = ("can",)
LIMITS = ("cannot",)
HARMS = ("risks_common", "risks_less_common", "risks_rare")


def _is_under(shown, verdict):
    """Return whether a treatment's card stands under the heading of a verdict."""
    card = shown.card
    heading = Verdict.SUGGESTED if card.is_option else card.verdict
    return card.is_treatment and heading == verdict


def in_words(decided):
    """Return all fields of a decision as one sentence."""
    said = [str(dict(Choice.choices).get(decided.choice) or _("open"))]
    if decided.area:
        said.append(_("area: %s") % decided.area)
    if decided.device_settings:
        said.append(_("settings: %s") % decided.device_settings)
    if decided.sessions:
        said.append(_("sessions: %s") % decided.sessions)
    if decided.weeks_apart:
        said.append(_("weeks apart: %s") % decided.weeks_apart)
    if decided.before:
        said.append(_("before it: %s") % decided.before)
    if decided.measure:
        said.append(_("measured: %s") % decided.measure)
    for dose in (decided.dose, decided.second_dose):
        if dose is not None:
            said.append(_("dose per visit: %s") % f"{dose.normalize():f}")
    if decided.position:
        said.append(_("order: %s") % decided.position)
    if decided.not_before:
        said.append(_("not before %s") % decided.not_before.isoformat())
    if decided.override_reason:
        said.append(str(OverrideReason(decided.override_reason).label))
    if decided.patient_words:
        said.append(_("to the patient: %s") % decided.patient_words)
    summary = ", ".join(said)
    return f"{summary}: {decided.reason}" if decided.reason else summary


def _days_off(facts):
    """Return how many days off a treatment takes, and what they are like."""
    # An older revision has its words in one.
    told = (facts["days_off"], facts.get("days_off_note"))
    return uncited(": ".join(filter(None, told)))


def _about(content):
    """Return benefits, limits and harms of a revision, without citations."""

    def of(names):
        return [uncited(line) for name in names for line in content["sections"][name]]

    return About(
        benefits=of(BENEFITS),
        limits=of(LIMITS),
        harms=of(HARMS),
        days_off=_days_off(content["key_facts"]),
        sessions=uncited(content["key_facts"]["sessions"]),
    )


class CardPresenter:
    """Presents the cards of a plan: labels, evidence, and what is typed on each.

    `meanwhile` shows what somebody else saved while this form was filled in.
    """

    def __init__(self, form, labels, facts, *, meanwhile, before):
        self.form = form
        self.labels = labels
        self.facts = facts
        self.meanwhile = meanwhile
        self.before = before
        self.wrong = {card.key: card.errors for card in form.cards if card.is_bound}
        self.described = set()
        self.sources = {}
        self.first_shown = {}
        self.first_checks = {}
        self.first_notes = {}

    def named(self, codes):
        return [str(self.labels.get(code, code)) for code in codes if code != EVERYONE]

    def scar(self, assessment, decisions):
        """Return one scar's `ScarDesk`."""
        # A referral may give another card's reason, with a source that its own page lacks.
        self.cited = {
            code: source
            for decision in decisions
            for code, source in decision.card.revision.content["sources"].items()
        }
        self.advice = {
            each.card.revision.content["slug"]
            for each in decisions
            if each.card.group == MethodGroup.ADVICE
        }
        cards = [self._presented(decision) for decision in decisions]
        self.count = sum(shown.is_treatment for shown in cards)
        groups = [
            self._group(verdict, [each for each in cards if _is_under(each, verdict)])
            for verdict in VERDICT_HEADINGS
        ]
        has_options = any(shown.card.is_option for shown in cards)
        groups += [
            Group(
                verdict=group.value,
                heading=heading,
                cards=(its := [each for each in cards if each.card.group == group]),
                # An adjunct is named in the heading; what a flag needs stands open.
                is_option=any(
                    each.card.is_offered
                    and not (has_options and group == MethodGroup.ADVICE)
                    and (not has_options or each.card.line != Line.ADJUNCT)
                    for each in its
                ),
                lines=of_beside([each.card for each in its], self.named),
            )
            for group, heading in BESIDE_HEADINGS.items()
        ]
        if not has_options:
            # What is left, such as who sees a red flag, stands before what is not.
            groups.sort(key=lambda group: group.verdict not in BESIDE_HEADINGS)
            groups.sort(key=lambda group: group.verdict != MethodGroup.REFERRAL)
        return ScarDesk(
            title=str(assessment.scar),
            number=assessment.scar.number,
            types=self.named(assessment.types),
            groups=[group for group in groups if group.cards],
            option_count=sum(shown.card.is_option for shown in cards),
            open_count=sum(
                decision.card.is_option and not decision.choice
                for decision in decisions
            ),
            published_on=max(shown.card.revision.created_at for shown in cards),
        )

    def _group(self, verdict, cards):
        """Return the cards under one heading; what is no option by its shared reasons."""
        is_grouped = verdict in SHARED_REASONS
        return Group(
            verdict=verdict.value,
            heading=VERDICT_HEADINGS[verdict],
            cards=cards,
            is_option=verdict in OPTIONS,
            lines=shared([each.card for each in cards], self.named, count=self.count)
            if is_grouped
            else [],
        )

    def _presented(self, decision):
        card = decision.card
        content = card.revision.content
        typed = self.form.typed(decision)
        # A method's own text is shown once: its cards on other scars point to it.
        about = None if content["slug"] in self.described else _about(content)
        self.described.add(content["slug"])
        same = self._same(card)
        return PresentedCard(
            card=card,
            key=key_of(card),
            reasons=[] if same else [self._reason(card, each) for each in card.reasons],
            would_change=[] if same else self._would_change(card),
            same=same,
            about=about,
            typed=typed,
            wrong=self.wrong.get(key_of(card), {}),
            saved=self._saved(decision),
            before=self._before(decision),
            is_decided=bool(decision.choice),
            proposed=self.form.proposed(card),
            ask=self.named(card.ask) if card.verdict == Verdict.UNDETERMINED else [],
            together=[
                (slug, self.form.titles[slug], self.form.is_with(card, slug))
                for slug in card.together
                if slug in self.form.titles
            ],
            advice=self.advice,
            after=[pathways.in_words(each, self.form.titles) for each in card.after],
            step=pathways.step_in_words(card.step),
            row=row(card, self.named),
            doctor=self._doctor_notes(card),
        )

    def _doctor_notes(self, card):
        """Return why a doctor decides first on what is offered, in full where it is first."""
        if not card.is_offered:
            return []
        notes = []
        for stored in filter(is_of_doctor, card.reasons):
            here = key_of(card), card.title
            before = self.first_notes.setdefault(stored["rationale"], here)
            same = None if before == here else before
            notes.append(doctor_note(stored, self.named, same))
        return notes

    def _same(self, card):
        """Return (key, scar) of an earlier card with the same words; None for an option."""
        if card.is_option:
            return None
        words = (card.verdict, card.until, card.until_days, card.reasons, card.ask)
        content = card.revision_id, str(words)
        where = key_of(card), str(card.assessment.scar)
        before = self.first_shown.setdefault(content, where)
        return None if before == where else before

    def _reason(self, card, stored):
        """Return a stored reason in words, with the sources of its revision."""
        known = self.cited | card.revision.content["sources"]
        grades = {grade_of(code) for code in stored["sources"]}
        return Reason(
            kind=KINDS[stored["kind"]],
            findings=self.named(stored["findings"]),
            rationale=stored["rationale"],
            contested=stored["contested"],
            sources=[
                self._source(code, known.get(code) or {"title": code})
                for code in stored["sources"]
            ],
            grades=sorted({str(grade.label) for grade in grades}),
            is_weak=bool(grades) and grades <= WEAK_GRADES,
            line=Line(stored["line"]).label if stored["line"] else "",
            level=Level(stored["level"]).label if stored.get("level") else "",
            same=self._same_check(card, stored),
        )

    def _same_check(self, card, stored):
        """Return where a check stands already in the same words; None for all else."""
        if stored["kind"] != CriterionKind.CHECK:
            return None
        here = key_of(card), card.title, str(card.assessment.scar)
        before = self.first_checks.setdefault(str(stored), here)
        return None if before == here else before

    def _source(self, code, words):
        """Return a source; the page lists each once."""
        if code not in self.sources:
            self.sources[code] = Source(code, **words)
        return self.sources[code]

    def _would_change(self, card):
        """Return what would give this card another verdict, a sentence each."""
        changes = []
        if card.until:
            date = card.until_date
            when = f" ({date.isoformat()})" if date else ""
            changes.append(
                _("It is no longer put off when %(until)s%(when)s.")
                % {"until": uncited(card.until).rstrip("."), "when": when}
            )
        if card.ask:
            changes.append(
                _("An answer on: %(findings)s.")
                % {"findings": ", ".join(self.named(card.ask))}
            )
        for stored in card.reasons:
            if stored["kind"] == RED_FLAG_KIND:
                changes.append(_("A doctor has cleared the red flag."))
            elif stored["kind"] in SAFETY_KINDS:
                changes += self._unless(card, stored)
        if card.verdict == Verdict.NOT_INDICATED:
            changes += self._indications(card)
        return list(dict.fromkeys(changes))

    def _indications(self, card):
        """Return the indications of a method as one sentence, or nothing."""
        indications = [
            _(" and ").join(self.named(criterion["when"]))
            for criterion in card.revision.content["criteria"]
            if criterion["kind"] == CriterionKind.INDICATION
        ]
        if found := "; ".join(filter(None, dict.fromkeys(indications))):
            yield _("One of these is found: %(findings)s.") % {"findings": found}

    def _unless(self, card, stored):
        """Return the `unless` findings of a criterion, as sentences."""
        for criterion in card.revision.content["criteria"]:
            is_it = (criterion["kind"], criterion["when"]) == (
                stored["kind"],
                stored["findings"],
            )
            if is_it and criterion["unless"]:
                yield _("“%(what)s” does not count if this is found: %(found)s.") % {
                    "what": ", ".join(self.named(criterion["when"])),
                    "found": ", ".join(self.named(criterion["unless"])),
                }

    def _saved(self, decision):
        """Return the saved decision in words if it differs from the input, else ""."""
        if not self.meanwhile:
            return ""
        saved = decided_of(decision)
        typed = meant(self.form.typed(decision), self.form.proposed(decision.card))
        is_same = all(
            str("" if value is None else value) == str(typed[name] or "").strip()
            for name, value in vars(saved).items()
            if name != "seconds"
        )
        return "" if is_same else in_words(saved)

    def _before(self, decision):
        """Return the earlier round's decision in words if this one is open, else ""."""
        before = self.before.get(key_of(decision.card))
        if before is None or decision.choice:
            return ""
        return in_words(decided_of(before))
