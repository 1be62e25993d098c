"""Context of the review desk, at a fixed number of queries."""

import hashlib
from dataclasses import dataclass

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from consultations.intake import answers, steps
from consultations.models import (
    Cause,
    OverrideReason,
    Question,
    Redeal,
    Response,
)
from consultations.review import patient_plan, plan_rules, recalls, scopes
from consultations.review.desk.cards import CardPresenter
from consultations.review.desk.checklist import ChecklistPresenter
from consultations.review.desk.conversation import Conversation
from consultations.review.desk.evidence import Evidence
from consultations.review.desk.examination import ExaminationPresenter
from consultations.review.desk.form import FIELD_OF, AskForm, is_rest, key_of
from consultations.review.desk.sidebar import Sidebar
from consultations.review.desk.strip import StripPresenter
from consultations.review.workflow.deciding import WORDS
from methods.protocol.cards import RED_FLAG_KIND
from methods.protocol.coded_findings import DerivedFinding, RedFlagCode
from methods.protocol.facts import Facts
from methods.protocol.vocabulary import OPTIONS, CriterionKind, Verdict
from methods.publishing import editions

MATTERS = (*OPTIONS, Verdict.DEFERRED, Verdict.UNDETERMINED)
"""The verdicts that an answer to what is not known may change for the better or worse."""
SAMPLE = 5
"""One plan in so many begins with a first look, where the setting is "sample"."""
MOST_NAMED = 3
WEIGHTS = (
    RED_FLAG_KIND,
    CriterionKind.CONTRAINDICATION,
    CriterionKind.DEFERRAL,
    CriterionKind.PRECAUTION,
)
"""What an answer may establish, the heaviest first."""


def wants_first_look(plan):
    """Return whether the plan asks for a first impression before its cards."""
    if plan.is_signed or plan.first_look_at or plan.version > 1:
        return False
    if settings.FIRST_LOOK == "sample":
        digest = hashlib.sha256(plan.intake.reference.encode()).digest()
        return int.from_bytes(digest[:4]) % SAMPLE == 0
    return settings.FIRST_LOOK == "always"


@dataclass(frozen=True)
class Unknown:
    """An unknown finding that an option depends on; `sentence` says which ones."""

    code: str
    label: str
    sentence: str


@dataclass(frozen=True)
class Asked:
    """A question to the patient, and what its answer changed."""

    question: Question
    findings: list
    changes: list


class Desk:
    """The page of one plan, for one user.

    With `meanwhile`, what somebody else saved is shown next to what is typed.
    """

    is_first_look_due = staticmethod(wants_first_look)

    def __init__(
        self,
        plan,
        form,
        *,
        user,
        ask_data=None,
        meanwhile=False,
        seen_data=None,
        message_data=None,
    ):
        self.plan = plan
        self.form = form
        self.meanwhile = meanwhile
        self.is_closed = wants_first_look(plan)
        self.is_checklist = settings.CHECKLIST_MODE
        assessments = plan.by_assessment()
        self.photos = self._photos(plan, assessments)
        self.has_worry = plan.has_worry
        route = self._route(plan, assessments)
        self.labels = {each.code: each.label for each in route.findings}
        self.examination = ExaminationPresenter(plan, route.findings)
        evidence = Evidence(route, self.examination.by_fact())
        scars = [assessment.scar for assessment, _decisions in assessments]
        self.seen = self.examination.form(seen_data, scars)
        self.seen_groups = self.examination.groups(self.seen, evidence, scars)
        self.answers = self._answers(evidence, route)
        self.red_flags = [
            flag | {"label": str(self.labels.get(flag["code"], flag["code"]))}
            for flag in plan.flags()
        ]
        self.unknown = self._unknown(assessments)
        self.ask = AskForm(
            ask_data, unknown=[(each.code, each.label) for each in self.unknown]
        )
        self.conversation = Conversation(plan, message_data)
        self.questions = [
            self._asked(question) for question in plan.intake.questions.all()
        ]
        self.corrections = (
            list(plan.intake.corrections.all()) if plan.has_corrections else []
        )
        redeals = list(
            Redeal.objects.filter(intake=plan.intake, round__lte=plan.round).order_by(
                "-round", "order"
            )
        )
        self.redeals = [
            (self._cause(each), [self._change(change) for change in each.changed])
            for each in redeals
        ]
        # Where the rules of today cannot read them, the cards still say why.
        read = {
            each.pk: plan_rules.facts_of(each, decisions)
            for each, decisions in assessments
        }
        facts = {pk: each or Facts() for pk, each in read.items()}
        present = ChecklistPresenter if self.is_checklist else CardPresenter
        self.cards = present(
            form,
            self.labels,
            facts,
            meanwhile=meanwhile,
            before={key_of(each.card): each for each in plan.earlier_decisions},
        )
        self.strip = StripPresenter(
            route,
            evidence,
            facts,
            self.cards.named,
            is_closed=self.is_closed or self.is_checklist,
            is_readable=None not in read.values(),
            was_flagged=any(
                "flag" in change for each in redeals for change in each.changed
            ),
        ).strip(assessments, self.red_flags, self.unknown)
        self.scars = [self.cards.scar(*each) for each in assessments]
        self.saved = self._saved_words()
        self.sidebar = Sidebar(plan, user, {flag["code"] for flag in self.red_flags})
        self.currency = plan.currency or editions.current().site.clinic.currency
        self.estimate = patient_plan.estimate(plan, self.currency)
        reach = scopes.reach_of(user)
        self.beyond = [] if plan.is_signed else scopes.beyond(plan, reach)
        departures = [] if plan.is_signed else plan_rules.departures(plan)
        self.departures = [(each, each in form.ticked) for each in departures]

    @property
    def hand_overs(self):
        """Return how the plan came from colleague to colleague. A query if it did."""
        if not self.plan.has_hand_overs:
            return []
        return self.plan.hand_overs.select_related("before", "by", "to")

    @property
    def asked_back(self):
        """Return [(day, titles)] on which the patient is asked back. A query if any."""
        if not self.plan.is_signed or self.plan.recall_at is None:
            return []
        titles = {each.pk: each.card.title for each in self.plan.current_decisions}
        by_day = {}
        for pk, day in recalls.days_of(self.plan).items():
            by_day.setdefault(day, []).append(titles[pk])
        return [(day, list(dict.fromkeys(by_day[day]))) for day in sorted(by_day)]

    weeks_later = recalls.LATER

    @property
    def call_for(self):
        """Return why a patient with a signed plan is to be called, a sentence each."""
        return [self._change(each) for each in self.plan.call_for]

    override_reasons = OverrideReason.choices

    @property
    def unknown_boxes(self):
        """Return [(`Unknown`, its box to ask it again)]."""
        return zip(self.unknown, self.ask["findings"], strict=True)

    @property
    def option_count(self):
        return sum(scar.option_count for scar in self.scars)

    @property
    def rest_count(self):
        """Return how many open adjuncts one press leaves out. A checklist has no lines."""
        open_cards = (
            each.card for each in self.plan.current_decisions if not each.choice
        )
        return 0 if self.is_checklist else sum(map(is_rest, open_cards))

    @property
    def decided_count(self):
        return sum(scar.option_count - scar.open_count for scar in self.scars)

    @property
    def included(self):
        """Return what is included as saved, in the order of the plan, a title each."""
        decisions = [each for each in self.plan.current_decisions if each.is_included]
        decisions.sort(key=lambda each: each.position or patient_plan.LAST)
        return [
            f"{each.card.title} ({each.card.assessment.scar})" for each in decisions
        ]

    @property
    def written(self):
        """Return [(field, use, templates, what is saved meanwhile)] of what is written."""
        uses = {name: use for use, name in FIELD_OF.items()}
        return [
            (
                self.form[name],
                use,
                self.sidebar.templates.get(use),
                self.saved.get(name),
            )
            for name in WORDS
            for use in [str(uses.get(name, name))]
        ]

    @property
    def has_come_back(self):
        """Return whether the patient has written since, or answered the plan."""
        return bool(self.conversation.waiting) or self.plan.has_response

    @property
    def responses(self):
        """Return [(title, what the patient says)]: to this plan, else to that of before."""
        said = [
            (each.card.title, each.response)
            for each in self.plan.current_decisions
            if hasattr(each, "response")
        ]
        if not said and self.plan.has_response:
            rows = Response.objects.filter(decision__plan__intake=self.plan.intake)
            rows = rows.order_by("-decision__plan__version", "pk").select_related(
                "decision__plan", "decision__card__revision"
            )
            latest = rows[0].decision.plan_id if rows else None
            said = [
                (each.decision.card.title, each)
                for each in rows
                if each.decision.plan_id == latest
            ]
        return [(title, each.get_answer_display()) for title, each in said]

    @property
    def sources(self):
        """Return every source that a card names, by its code."""
        return [self.cards.sources[code] for code in sorted(self.cards.sources)]

    @property
    def is_latest(self):
        """Return whether there is no later version of the plan."""
        return all(self.plan.version > each.version for each in self.sidebar.versions)

    # What the patient sent

    def _route(self, plan, assessments):
        """Return the patient's `Route`, without repeating the plan's queries."""
        scars = [assessment.scar for assessment, _decisions in assessments]
        route = steps.Route(plan.intake, scars)
        # As they were called when the cards were dealt, those gone since as well.
        route.offer.treatments = {
            decision.card.revision.content["slug"]: (
                decision.card.revision.content["group"],
                decision.card.title,
            )
            for _assessment, decisions in assessments
            for decision in decisions
        }
        return route

    def _photos(self, plan, assessments):
        """Return [(scar, [photo], whether they are covered)] of the scars that have some.

        Read once for the route, too.
        """
        scars = [assessment.scar for assessment, _decisions in assessments]
        prefetch_related_objects(scars, "photos")
        return [
            (each.scar, photos, each.scar.is_intimate_at(each.seen.get("body_site")))
            for each, _decisions in assessments
            if (photos := list(each.scar.photos.all()))
        ]

    def _answers(self, evidence, route):
        """Return [(title, scar, [(question, answer)])], the patient's wish first.

        An answer stays, as it was asked, when its question is asked no longer.
        """
        pages = evidence.read()
        others = answers.asked_no_longer(route, (said for *_page, said in pages))
        return [*pages, (answers.ASKED_BEFORE, "", others)] if others else pages

    # What is not known

    def _unknown(self, assessments):
        """Return an `Unknown` for each finding that options or deferred cards depend on.

        What may rule a treatment out stands before what may only ask for care, among the
        findings and among the treatments that each one names.
        """
        matters = {}
        for _assessment, decisions in assessments:
            for card in (decision.card for decision in decisions):
                if card.verdict in MATTERS:
                    for code in card.ask:
                        weights = matters.setdefault(code, {})
                        weight = _weight_of(code, card)
                        known = weights.setdefault(card.title, weight)
                        weights[card.title] = min(known, weight)
        heaviest = sorted(matters, key=lambda code: min(matters[code].values()))
        return [
            self._matters(code, sorted(matters[code], key=matters[code].get))
            for code in heaviest
        ]

    def _matters(self, code, titles):
        label = str(self.labels.get(code, code))
        named, more = titles[:MOST_NAMED], len(titles) - MOST_NAMED
        values = {"methods": ", ".join(named), "count": more}
        if self.is_checklist:
            sentence = ""
        elif more > 0:
            sentence = _("Decides on %(methods)s, and %(count)d more.") % values
        else:
            sentence = _("Decides on %(methods)s.") % values
        return Unknown(code, label, sentence)

    # What was asked

    def _asked(self, question):
        named = [str(self.labels.get(code, code)) for code in question.findings]
        return Asked(question, named, [self._change(each) for each in question.changed])

    def _cause(self, redeal):
        if redeal.cause == Cause.PROTOCOL:
            return _("Protocol %(number)d, %(date)s") % {
                "number": redeal.protocol_number,
                "date": f"{localtime(redeal.at):%Y-%m-%d}",
            }
        return f"{redeal.get_cause_display()}, {localtime(redeal.at):%Y-%m-%d}"

    def _change(self, change):
        if "flag" in change:
            label = self.labels.get(change["flag"], change["flag"])
            message = (
                _("Red flag raised: %s") if change["is_new"] else _("Red flag gone: %s")
            )
            return message % label
        if "unreadable" in change:
            return _(
                "The rules of today cannot read the answers of then: look through the plan."
            )
        verdicts = dict(Verdict.choices) | {"": _("no card")}
        if self.is_checklist:
            return _("Changed: %(method)s (scar %(scar)s)") % {
                "method": change["title"],
                "scar": change["scar"],
            }
        return _("%(method)s (scar %(scar)s): was “%(before)s”, now “%(after)s”") % {
            "method": change["title"],
            "scar": change["scar"],
            "before": verdicts[change["before"]],
            "after": verdicts[change["after"]],
        }

    # What is saved

    def _saved_words(self):
        """Return {name: what is saved} where something else is typed."""
        if not self.meanwhile:
            return {}
        saved = {name: getattr(self.plan, name) for name in WORDS}
        return {
            name: text or _("nothing")
            for name, text in saved.items()
            if text.strip() != (self.form[name].value() or "").strip()
        }


def _weight_of(code, card):
    """Return how much a finding may change a card: the place of a rule in `WEIGHTS`."""
    if code in RedFlagCode.values:
        return WEIGHTS.index(RED_FLAG_KIND)
    if code == DerivedFinding.EARLIER_TREATMENTS:
        # What it tells of is no rule, but a gap between two treatments.
        return WEIGHTS.index(CriterionKind.DEFERRAL)
    kinds = {
        criterion["kind"]
        for criterion in card.revision.content["criteria"]
        if code in criterion["when"] or code in criterion["unless"]
    }
    places = [place for place, kind in enumerate(WEIGHTS) if kind in kinds]
    return min(places, default=len(WEIGHTS))
