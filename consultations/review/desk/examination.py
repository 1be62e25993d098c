"""What staff have seen, beside what the patient answered: on the desk, and its form."""

from dataclasses import dataclass

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from consultations.intake.offer import Offer
from consultations.models import Examination
from consultations.review import examined
from consultations.review.desk.form import TAKE_BACK, SeenForm


@dataclass(frozen=True)
class Field:
    """One fact on the form: what the patient said, what was seen, and a field for more."""

    name: str
    label: str
    choices: list
    typed: str
    answered: str
    seen: list
    """[(who and how, value, whether it counts no longer)], the latest last."""
    may_take_back: bool
    wrong: str


def unknown_of(plan):
    """Return the codes of the findings that a plan's cards ask for. Reads `decisions`."""
    return {code for each in plan.current_decisions for code in each.card.ask}


def seen_form(plan, data):
    """Return the bound `SeenForm` of a plan's desk."""
    scars = [assessment.scar for assessment, _decisions in plan.by_assessment()]
    presenter = ExaminationPresenter(plan, Offer().findings)
    return presenter.form(data, scars)


class ExaminationPresenter:
    """All that was seen or asked of a patient. One query."""

    def __init__(self, plan, findings):
        asked = unknown_of(plan)
        self.of_person = examined.of_person(findings, asked)
        rows = Examination.objects.filter(intake=plan.intake)
        self.rows = list(rows.select_related("seen_by", "scar"))
        # What was asked once stays readable, whether or not it is asked now.
        kept = [row.name for row in self.rows if row.scar_id is None]
        self.of_person |= examined.of_person(findings, [*asked, *kept])

    def by_fact(self):
        """Return {(scar's number or None, name): (who and how, value)} that counts now."""
        return {
            (row.scar.number if row.scar else None, row.name): self._in_words(row)
            for row in self.rows
            if not row.is_superseded
        }

    def _in_words(self, row):
        known = (examined.OF_SCAR if row.scar else self.of_person).get(row.name)
        who = _("%(how)s by %(name)s, %(date)s") % {
            "how": row.get_how_display(),
            "name": row.seen_by.display_name,
            "date": f"{localtime(row.seen_at):%Y-%m-%d}",
        }
        return who, known.shown(row.value) if known else row.value

    def form(self, data, scars):
        """Return the `SeenForm` for these scars, bound if there is data."""
        return SeenForm(
            data, scars=[scar.number for scar in scars], of_person=self.of_person
        )

    def groups(self, form, evidence, scars):
        """Return [(scar or None, [`Field`])] of the whole form."""
        subjects = {None: None} | {scar.number: scar for scar in scars}
        return [
            (
                subjects[number],
                [self._field(form, evidence, number, fact) for fact in group.values()],
            )
            for number, group in form.groups
        ]

    def _field(self, form, evidence, number, fact):
        rows = [
            row
            for row in self.rows
            if row.name == fact.name
            and (row.scar.number if row.scar else None) == number
        ]
        said = evidence.given.get((number, fact.name), [])
        return Field(
            name=form.name_of(number, fact.name),
            label=fact.label,
            choices=list(fact.values.items()),
            typed=form.typed(number, fact.name),
            answered=", ".join(str(answer) for _question, answer in said if answer),
            seen=[(*self._in_words(row), row.is_superseded) for row in rows],
            may_take_back=any(not row.is_superseded for row in rows),
            wrong=form.wrong.get(form.name_of(number, fact.name), ""),
        )

    take_back = TAKE_BACK
