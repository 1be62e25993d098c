"""The way through the intake: which pages, in which order, and what is still open."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from django.db.models import prefetch_related_objects
from django.urls import reverse
from django.utils import timezone

from consultations.intake import answers, consents, crisis
from consultations.intake.forms.health import HealthForm
from consultations.intake.forms.page import PageForm
from consultations.intake.forms.person import ContactForm, GuardianForm, YouForm
from consultations.intake.forms.photos import PhotosForm
from consultations.intake.forms.treatments import CourseForm
from consultations.intake.offer import Offer
from consultations.intake.questions import health, pages, treatments
from consultations.intake.questions.kinds import Page, Part
from consultations.models import (
    ConsentPurpose,
    ConsentReader,
    DecidedBy,
    Intake,
    Scar,
)
from methods.protocol import findings as find
from methods.protocol.coded_findings import RedFlagCode
from methods.protocol.facts import read
from methods.protocol.relevance import facts_of_rules, facts_that_matter

FORMS = {
    pages.YOU.slug: YouForm,
    pages.GUARDIAN.slug: GuardianForm,
    treatments.COURSES.slug: CourseForm,
    pages.PHOTOS.slug: PhotosForm,
    pages.CONTACT.slug: ContactForm,
}
"""The pages that ask more than their questions say."""
LAST_PAGES = {pages.PHOTOS, pages.DETAILS, pages.CONTACT}
"""On these no page depends."""
MOST_SCARS = 8


@dataclass(frozen=True)
class Step:
    """A page on one patient's way: about the intake, or about one of its scars."""

    page: Page
    subject: Intake | Scar

    @property
    def slug(self):
        return self.page.slug

    @property
    def title(self):
        return self.page.title_for(self.subject)

    @property
    def number(self):
        """Return the number of the scar, None on a page about the person."""
        return self.subject.number if self.page.is_of_scar else None

    @cached_property
    def key(self):
        """Return the name under which `Intake.done` remembers it."""
        return f"{self.slug}/{self.number}" if self.number else self.slug

    @property
    def url(self):
        args = [self.slug, self.number] if self.number else [self.slug]
        return reverse("consultations:step", args=args)


class Route:
    """One patient's way through the intake, from what has been answered so far.

    Reads the intake's scars, answers and consents, and the offer: a fixed number of
    queries, each when it is needed. No form is built but by `form`.
    """

    def __init__(self, intake, scars=None):
        self.intake = intake
        self.scars = list(intake.scars.all()) if scars is None else scars
        for scar in self.scars:
            scar.intake = intake
        self.offer = Offer(is_for_child=intake.is_for_child)
        self.findings = self.offer.findings
        self.given = answers.given(intake)
        self._tell_scars()

    def _tell_scars(self):
        """Let each scar know what was said of lumps, of all of them at once."""
        lump = next((f for f in self.findings if f.code == RedFlagCode.LUMP), None)
        told = self.given.get(lump.pk) if lump else None
        for scar in self.scars:
            scar.told_of_lumps = told.value if told else ""

    def load(self):
        """Read what the rules need of the offer, which is read when it is needed."""
        return self.offer.protocol

    def forget(self, *names):
        """Follow the way anew from what is answered by now, and read `names` again."""
        for name in (
            "matters",
            "_questions",
            "applicable",
            "pages",
            "red_flags",
            *names,
        ):
            self.__dict__.pop(name, None)
        self._tell_scars()

    # Who answers, and for what

    @cached_property
    def day(self):
        """Return the day that counts: of what was sent, the day of sending."""
        return timezone.localdate(self.intake.submitted_at)

    @property
    def is_child(self):
        """Return whether a guardian decides for the patient."""
        return self.intake.is_child_on(self.day)

    @property
    def is_minor(self):
        """Return whether the patient is not of age; no child is."""
        return self.intake.is_minor_on(self.day)

    @property
    def decided_by(self):
        """Return who gives consent here, a `DecidedBy`; at 16 and 17 who writes.

        The other one does so by a link of their own: `second_access`.
        """
        by_guardian = self.is_child or (self.is_minor and self.intake.is_for_child)
        return DecidedBy.GUARDIAN if by_guardian else DecidedBy.PATIENT

    @property
    def decider(self):
        """Return the name that stands under a consent."""
        by_guardian = self.decided_by == DecidedBy.GUARDIAN
        return self.intake.guardian_name if by_guardian else self.intake.name

    @cached_property
    def consents(self):
        """Return {purpose: the latest decision}."""
        return self.intake.consents.decided()

    @cached_property
    def _patient_texts(self):
        return consents.live(self.intake.language)

    @cached_property
    def _guardian_texts(self):
        return consents.live(self.intake.language, ConsentReader.GUARDIAN)

    def consent_texts(self, page):
        """Return {purpose: its words that are live} for who agrees on a page."""
        is_guardian = self.intake.is_for_child or page is pages.GUARDIAN
        return self._guardian_texts if is_guardian else self._patient_texts

    @property
    def purposes(self):
        """Return what consent is asked for on the way: photos only of some scars."""
        asked = {each for step in self.applicable for each in self.consents_on(step)}
        return [each for each in ConsentPurpose if each in asked]

    def consents_on(self, step):
        """Return the purposes that stand on a page."""
        if step.page is pages.PHOTOS and step.subject != self._photographed[0]:
            return ()
        if step.page is pages.GUARDIAN and self.decided_by == DecidedBy.PATIENT:
            return ()
        return step.page.consents

    def is_agreed(self, purpose):
        decision = self.consents.get(purpose)
        return decision is not None and decision.is_given

    def is_decided(self, step):
        """Return whether who must decide has decided on all that a page asks for."""
        purposes = self.consents_on(step)
        asked = [self.consents.get(each) for each in purposes]
        if not all(asked):
            return False
        is_needed = ConsentPurpose.ASSESSMENT in purposes
        if is_needed and not self.is_agreed(ConsentPurpose.ASSESSMENT):
            return False
        # Of a young person the next page asks who decides, and then it counts.
        is_first = step.page is pages.YOU and self.decided_by == DecidedBy.GUARDIAN
        return is_first or all(each.decided_by == self.decided_by for each in asked)

    # Pages

    @cached_property
    def matters(self):
        """Return the names of the facts and questions that may still change a card."""
        known = [
            read(answers.before_health(self, scar, self.day), self.offer.live_protocol)
            for scar in self.scars
        ]
        return frozenset().union(
            *(facts_that_matter(facts, self.offer.live_protocol) for facts in known)
        )

    def _matters(self, code):
        """Return whether an answer may change a card, or is for the reviewer alone."""
        ruled = facts_of_rules(self.offer.live_protocol)
        return code in self.matters or code not in ruled

    @cached_property
    def _questions(self):
        return {}

    def questions_on(self, page):
        """Return the health questions of a page that are asked of this patient.

        Worked out when it is needed: what matters takes longer than a page.
        """
        if page.slug not in self._questions:
            self._questions[page.slug] = [
                each
                for group in page.groups
                for each in self.offer.questions[group]
                if health.is_asked(each, self.scars, self._matters)
            ]
        return self._questions[page.slug]

    @property
    def questions(self):
        """Return {slug of a page: the health questions asked of this patient}."""
        return {
            page.slug: self.questions_on(page) for page in pages.PAGES if page.groups
        }

    def declared(self, step):
        """Return the declared questions that a page asks, without its tick list."""
        return [
            each
            for each in step.page.questions_for(step.subject)
            if not each.where_it_matters
            or step.page.is_of_ticks
            or not self.matters.isdisjoint(each.gives)
        ]

    def ticks(self, step):
        """Return the declared questions that have a line in the page's tick list."""
        return [
            each
            for each in step.page.ticks_for(step.subject)
            if not self.matters.isdisjoint(each.gives)
        ]

    def _is_asked(self, page, subject):
        if page is pages.GUARDIAN:
            return self.is_minor
        if page is pages.PHOTOS and page.is_asked(subject):
            # Read for one scar, too: a page costs the same for several.
            is_agreed = self.is_agreed(ConsentPurpose.PHOTOS)
            return is_agreed or subject == self._photographed[0]
        if page.groups and not page.questions:
            step = Step(page, subject)
            return bool(self.questions_on(page) or self.ticks(step))
        return page.is_asked(subject)

    def every_step(self) -> Iterator[Step]:
        """Yield every step that there could be, in order."""
        for is_of_scar, its in groupby(pages.PAGES, key=lambda page: page.is_of_scar):
            own = list(its)
            for subject in self.scars if is_of_scar else [self.intake]:
                for page in own:
                    yield Step(page, subject)

    def _asked(self) -> Iterator[Step]:
        """Yield the steps that are asked, reading only what the next one depends on.

        After a red flag nobody is asked about their health: no treatment is an option.
        """
        done = set(self.intake.done)
        for step in self.every_step():
            if not self._is_asked(step.page, step.subject):
                continue
            is_health = step.page.part == Part.HEALTH and step.key not in done
            if not (is_health and self.red_flags):
                yield step

    @cached_property
    def applicable(self):
        """Return every step that this patient's answers call for, in order."""
        return [
            step
            for step in self.every_step()
            if self._is_asked(step.page, step.subject)
        ]

    def answered(self):
        """Return the steps whose answers count: answered, and asked still.

        What the protocol made matter once counts for good.
        """
        done = set(self.intake.done)
        return [
            step
            for step in self.every_step()
            if step.key in done
            and (
                (step.page.part == Part.HEALTH and step.page.applies(step.subject))
                or self._is_asked(step.page, step.subject)
            )
        ]

    @property
    def _photographed(self):
        return [scar for scar in self.scars if pages.PHOTOS.is_asked(scar)]

    @cached_property
    def pages(self):
        """Return the steps that are asked, in order."""
        return list(self._asked())

    def find(self, slug, number=None):
        """Return the step at an address that this patient may answer, or None."""
        return next(
            (
                step
                for step in self.every_step()
                if (step.slug, step.number) == (slug, number)
                and self._is_asked(step.page, step.subject)
            ),
            None,
        )

    def form(self, step, data=None):
        """Return the form of a step, bound if there is data, else as it was left."""
        default = HealthForm if step.page.groups else PageForm
        form = FORMS.get(step.slug, default)(data, step=step, route=self)
        typed = self.intake.typed.get(step.key)
        if data is None and typed:
            form.show(typed)
        return form

    def is_done(self, step):
        """Return whether the page has been answered, every question that it has now."""
        if step.key not in self.intake.done or step.key in self.intake.typed:
            return False
        if step.page.consents and not self.is_decided(step):
            return False
        if not all(
            each.is_complete(step.subject)
            and (each.is_answered(step.subject) or not each.is_required)
            for each in self.declared(step)
        ):
            return False
        asked = self.questions_on(step.page)
        return all(each.pk in self.given for each in asked) and all(
            getattr(step.subject, each.name) for each in self.ticks(step)
        )

    @property
    def lacks_guardian(self):
        """Return whether a minor's page about parent or guardian is not finished."""
        return self.is_minor and not self.is_done(Step(pages.GUARDIAN, self.intake))

    def unfinished(self):
        """Return the steps that are still to be answered, in order."""
        return [step for step in self.pages if not self.is_done(step)]

    @property
    def next_step(self):
        """Return the first step that is still open, or None."""
        return next((s for s in self._asked() if not self.is_done(s)), None)

    @property
    def next_url(self):
        """Return the address of the first page that is still open, or of the check."""
        step = self.next_step
        return step.url if step else reverse("consultations:check")

    def before(self, step):
        """Return the step that a way back leads to, or None from the first."""
        keys = [each.key for each in self.pages]
        place = keys.index(step.key) if step.key in keys else 0
        return self.pages[place - 1] if place else None

    def place(self, step):
        """Return (number of the page, how many there are), counted from 1."""
        keys = [each.key for each in self.pages]
        return (keys.index(step.key) + 1 if step.key in keys else len(keys), len(keys))

    @property
    def is_length_known(self):
        """Return whether no answer that is open can add a page, or take one away."""
        return all(
            self.is_done(step) for step in self.pages if step.page not in LAST_PAGES
        )

    @property
    def may_add_a_scar(self):
        return len(self.scars) < MOST_SCARS

    def photos(self, scar):
        """Return {slot: photo} of a scar; those of all scars are read at once."""
        prefetch_related_objects(self.scars, "photos")
        return {photo.slot: photo for photo in scar.photos.all()}

    # Meaning

    def facts_of(self, scar, on):
        """Return what is known of one scar, as JSON facts, on a given day."""
        return answers.facts(self, scar, on)

    @cached_property
    def sounds_like_crisis(self):
        """Return whether a text of the patient's does; no rule reads it."""
        return bool(crisis.in_draft(self.intake, self.scars))

    @cached_property
    def red_flags(self):
        """Return the red flag findings that the answers so far raise."""
        flags = [finding for finding in self.findings if finding.route]
        known = [
            read(self.facts_of(scar, self.day), self.offer.protocol)
            for scar in self.scars
        ]
        return [
            flag
            for flag in flags
            if any(find.state_of(flag.code, facts) for facts in known)
        ]
