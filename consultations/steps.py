"""The way through the intake: which pages, in which order, and what is still open."""

from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain

from django.urls import reverse
from django.utils import timezone

from consultations.forms import person
from consultations.forms import scar as scar_forms
from consultations.forms.health import HealthForm
from consultations.rules import findings as find
from consultations.rules.facts import read
from methods import entries
from methods.models import Finding, Method
from methods.vocabulary import MethodGroup, QuestionGroup

AFTER_SCARS = [
    person.MedicineForm,
    person.ConditionForm,
    person.RecentForm,
    person.FeelingsForm,
    person.WishesForm,
    person.ContactForm,
]
SCAR_SLUGS = {form.slug for form in scar_forms.FORMS}
SLUGS = (
    SCAR_SLUGS
    | {form.slug for form in AFTER_SCARS}
    | {person.YouForm.slug, person.MoreScarsForm.slug, person.SkinForm.slug}
    | {f"health-{group}" for group in QuestionGroup.values}
)


@dataclass(frozen=True)
class Page:
    """One page of one patient's way: a form on the intake or on one of its scars."""

    form: type | partial
    subject: object
    slug: str
    number: int | None = None

    @property
    def key(self):
        """Return the name under which `Intake.done` remembers it."""
        return f"{self.slug}/{self.number}" if self.number else self.slug

    @property
    def url(self):
        args = [self.slug, self.number] if self.number else [self.slug]
        return reverse("consultations:step", args=args)


class Route:
    """One patient's way through the intake, from what has been answered so far.

    Reads the intake's scars, answers and the health questions: a fixed number of queries.
    """

    def __init__(self, intake):
        self.intake = intake
        self.scars = list(intake.scars.all())
        for scar in self.scars:
            scar.intake = intake
        self.findings = list(Finding.objects.all())
        self.questions = {group: [] for group in QuestionGroup.values}
        for finding in self.findings:
            if finding.question and finding.is_asked:
                self.questions[finding.group].append(finding)
        self.given = {answer.finding_id: answer for answer in intake.answers.all()}

    # What may be chosen

    @cached_property
    def treatments(self):
        """Return {slug: (group, title)} of the ranked methods on offer."""
        live = "live_revision__content__"
        rows = (
            Method.objects.published()
            .filter(live_revision__content__is_ranked=True)
            .values_list(f"{live}position", "slug", f"{live}group", f"{live}title")
        )
        return {slug: (group, title) for _place, slug, group, title in sorted(rows)}

    def treatment_slugs(self):
        return self.treatments.keys()

    def treatment_choices(self):
        """Return the methods on offer as choices, under the headings of their groups."""
        return [
            (label, options)
            for group, label in MethodGroup.choices
            if (
                options := [
                    (slug, title)
                    for slug, (its_group, title) in self.treatments.items()
                    if its_group == group
                ]
            )
        ]

    def shown_choices(self, chosen, field):
        """Return what several choices read like; one no longer on offer by its code."""
        labels = dict(
            chain.from_iterable(
                options if isinstance(options, list) else [(value, options)]
                for value, options in field.choices
            )
        )
        return ", ".join(str(labels.get(value, value)) for value in chosen)

    # Pages

    def _page(self, form, subject):
        number = subject.number if form.slug in SCAR_SLUGS else None
        return Page(form, subject, form.slug, number)

    def _health_page(self, group):
        return Page(
            partial(HealthForm, group=group), self.intake, f"health-{group}", None
        )

    @cached_property
    def applicable(self):
        """Return every page that this patient's answers call for, in order."""
        pages = [self._page(person.YouForm, self.intake)]
        groups = [group for group, asked in self.questions.items() if asked]
        if QuestionGroup.CHANGES in groups:
            groups.remove(QuestionGroup.CHANGES)
            pages.append(self._health_page(QuestionGroup.CHANGES))
        for scar in self.scars:
            pages += [
                self._page(form, scar)
                for form in scar_forms.FORMS
                if form.applies(scar)
            ]
        pages += [
            self._page(form, self.intake)
            for form in (person.MoreScarsForm, person.SkinForm)
        ]
        pages += [self._health_page(group) for group in groups]
        return pages + [self._page(form, self.intake) for form in AFTER_SCARS]

    @cached_property
    def pages(self):
        """Return the pages that are asked: after a red flag, only how to reach them."""
        if not self.red_flags:
            return self.applicable
        contact = person.ContactForm.slug
        return [
            page
            for page in self.applicable
            if self.is_done(page) or page.slug == contact
        ]

    def find(self, slug, number=None):
        """Return the applicable page at an address, or None."""
        return next(
            (
                page
                for page in self.applicable
                if (page.slug, page.number) == (slug, number)
            ),
            None,
        )

    def form(self, page, data=None):
        """Return the page's form, bound if there is data."""
        return page.form(data, instance=page.subject, route=self)

    def is_done(self, page):
        """Return whether the page has been answered, every question that it has now."""
        if page.key not in self.intake.done:
            return False
        if isinstance(page.form, partial):
            group = page.form.keywords["group"]
            return all(each.pk in self.given for each in self.questions[group])
        return True

    def unfinished(self):
        """Return the pages that are still to be answered, in order."""
        return [page for page in self.pages if not self.is_done(page)]

    def before(self, page):
        """Return the page that a way back leads to, or None from the first."""
        keys = [each.key for each in self.pages]
        place = keys.index(page.key) if page.key in keys else 0
        return self.pages[place - 1] if place else None

    def place(self, page):
        """Return (number of the page, how many there are), counted from 1."""
        keys = [each.key for each in self.pages]
        return (keys.index(page.key) + 1 if page.key in keys else len(keys), len(keys))

    # Meaning

    def facts_of(self, scar, on):
        """Return what is known of one scar, as JSON facts, on a given day."""
        # Also of a question that is asked no longer: what was said stays said.
        facts = {
            finding.code: self.given[finding.pk].value
            for finding in self.findings
            if finding.pk in self.given
        }
        for page in self.applicable:
            if page.subject in (scar, self.intake) and page.key in self.intake.done:
                facts |= self.form(page).facts(on)
        return facts

    @cached_property
    def red_flags(self):
        """Return the red flag findings that the answers so far raise."""
        protocol = entries.Protocol(
            methods=tuple(
                entries.Method(slug=slug, title=title)
                for slug, (_group, title) in self.treatments.items()
            ),
            questions=frozenset(
                each.code for each in self.findings if not each.is_coded
            ),
        )
        today = timezone.localdate()
        established = [
            find.establish(
                read(self.facts_of(scar, today), protocol), protocol.questions
            )
            for scar in self.scars
        ]
        return [
            finding
            for finding in self.findings
            if finding.route and any(each[finding.code] for each in established)
        ]


def answers_by_page(route):
    """Return [(page, title, [(question, answer)])] of all that has been answered."""
    told = []
    for page in route.pages:
        form = route.form(page)
        is_answered = page.key in route.intake.done
        told.append((page, form.title, form.answers() if is_answered else []))
    return told
