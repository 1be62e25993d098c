"""The way through the intake: which pages, in which order, and what is still open."""

from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from consultations.intake import consents
from consultations.intake.forms import person
from consultations.intake.forms import scar as scar_forms
from consultations.intake.forms.consent import ConsentForm
from consultations.intake.forms.guardian import GuardianForm
from consultations.intake.forms.health import HealthForm
from consultations.intake.forms.photos import PhotosForm
from consultations.intake.offer import Offer
from consultations.models import ConsentPurpose, DecidedBy
from methods.protocol import findings as find
from methods.protocol.facts import read
from methods.protocol.vocabulary import QuestionGroup

BEFORE_SCARS = [person.YouForm, GuardianForm]
AFTER_SCARS = [
    person.MedicineForm,
    person.ConditionForm,
    person.RecentForm,
    person.FeelingsForm,
    person.WishesForm,
    ConsentForm,
    PhotosForm,
    person.ContactForm,
]
SCAR_SLUGS = {form.slug for form in scar_forms.FORMS} | {PhotosForm.slug}
SLUGS = (
    SCAR_SLUGS
    | {form.slug for form in BEFORE_SCARS + AFTER_SCARS}
    | {person.MoreScarsForm.slug, person.SkinForm.slug}
    | {f"health-{group}" for group in QuestionGroup.values}
)
AFTER_A_FLAG = [GuardianForm.slug, ConsentForm.slug, person.ContactForm.slug]
"""What is still asked once a red flag stands: who decides, and how to reach them."""


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

    Reads the intake's scars, answers and consents, and the health questions: a fixed
    number of queries.
    """

    def __init__(self, intake, scars=None, offer=None):
        self.intake = intake
        self.scars = list(intake.scars.all()) if scars is None else scars
        for scar in self.scars:
            scar.intake = intake
        self.offer = offer or Offer()
        self.findings, self.questions = self.offer.findings, self.offer.questions
        self.treatment_slugs = self.offer.treatment_slugs
        self.treatment_choices = self.offer.treatment_choices
        self.given = {answer.finding_id: answer for answer in intake.answers.all()}

    def again(self):
        """Return the way from what is answered by now."""
        return Route(self.intake, offer=self.offer)

    # Who answers, and for what

    @cached_property
    def day(self):
        """Return the day that counts: of what was sent, the day of sending."""
        return timezone.localdate(self.intake.submitted_at)

    @property
    def _age(self):
        return self.intake.age_on(self.day)

    @property
    def is_child(self):
        """Return whether a guardian decides for the patient."""
        return self._age is not None and self._age < settings.CHILD_BELOW

    @property
    def is_minor(self):
        """Return whether the patient is not of age; no child is."""
        of_age_from = max(settings.MINOR_BELOW, settings.CHILD_BELOW)
        return self._age is not None and self._age < of_age_from

    @property
    def decided_by(self):
        """Return who gives consent, a `DecidedBy`."""
        if self.is_child:
            return DecidedBy.GUARDIAN
        return DecidedBy.BOTH if self.is_minor else DecidedBy.PATIENT

    @property
    def decider(self):
        """Return the name that stands under a consent."""
        return self.intake.guardian_name if self.is_minor else self.intake.name

    @cached_property
    def consents(self):
        """Return {purpose: the latest decision}."""
        return self.intake.consents.in_force()

    @cached_property
    def consent_texts(self):
        """Return {purpose: its words that are live}, in the patient's language."""
        return consents.live(self.intake.language)

    @property
    def purposes(self):
        """Return what consent is asked for: photos only where some are wished for."""
        if self.red_flags or not self._photographed:
            return [ConsentPurpose.ASSESSMENT, ConsentPurpose.REMINDERS]
        return list(ConsentPurpose)

    def _is_agreed(self, purpose):
        decision = self.consents.get(purpose)
        return decision is not None and decision.is_given

    def _is_decided(self):
        """Return whether who must decide has decided on all that is asked for now."""
        asked = [self.consents.get(each) for each in self.purposes]
        return self._is_agreed(ConsentPurpose.ASSESSMENT) and all(
            each is not None and each.decided_by == self.decided_by for each in asked
        )

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
        """Return every page that this patient's answers call for, in order.

        But those of the photos: no answer stands on them.
        """
        pages = [self._page(person.YouForm, self.intake)]
        if self.is_minor:
            pages.append(self._page(GuardianForm, self.intake))
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
        return pages + [
            self._page(form, self.intake)
            for form in AFTER_SCARS
            if form is not PhotosForm
        ]

    @property
    def _photographed(self):
        return [scar for scar in self.scars if PhotosForm.applies(scar)]

    @cached_property
    def pages(self):
        """Return the pages that are asked: after a red flag, only how to reach them.

        And those that were answered, whatever staff ask on them since.
        """
        if self.red_flags:
            return [
                page
                for page in self.applicable
                if page.key in self.intake.done or page.slug in AFTER_A_FLAG
            ]
        *others, contact = self.applicable
        if self._is_agreed(ConsentPurpose.PHOTOS):
            others += [self._page(PhotosForm, scar) for scar in self._photographed]
        return [*others, contact]

    def find(self, slug, number=None):
        """Return the page at an address that this patient may answer, or None."""
        return next(
            (
                page
                for page in chain(self.pages, self.applicable)
                if (page.slug, page.number) == (slug, number)
            ),
            None,
        )

    def form(self, page, data=None):
        """Return the page's form, bound if there is data, else as it was left."""
        form = page.form(data, instance=page.subject, route=self)
        typed = self.intake.typed.get(page.key)
        if data is None and typed:
            form.show(typed)
        return form

    def is_done(self, page):
        """Return whether the page has been answered, every question that it has now."""
        if page.key not in self.intake.done or page.key in self.intake.typed:
            return False
        if page.form is ConsentForm:
            return self._is_decided()
        if isinstance(page.form, partial):
            group = page.form.keywords["group"]
            return all(each.pk in self.given for each in self.questions[group])
        return True

    def unfinished(self):
        """Return the pages that are still to be answered, in order."""
        return [page for page in self.pages if not self.is_done(page)]

    @property
    def next_url(self):
        """Return the address of the first page that is still open, or of the check."""
        unfinished = self.unfinished()
        return unfinished[0].url if unfinished else reverse("consultations:check")

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
            if (
                getattr(page.form, "has_facts", False)
                and page.subject in (scar, self.intake)
                and page.key in self.intake.done
            ):
                facts |= self.form(page).facts(on)
        return facts

    @cached_property
    def red_flags(self):
        """Return the red flag findings that the answers so far raise."""
        protocol = self.offer.protocol
        established = [
            find.establish(
                read(self.facts_of(scar, self.day), protocol), protocol.questions
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
