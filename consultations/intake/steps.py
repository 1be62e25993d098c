"""The way through the intake: which pages, in which order, and what is still open."""

from dataclasses import dataclass
from functools import cached_property
from itertools import chain, groupby

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.urls import reverse
from django.utils import timezone

from consultations.intake import answers, consents
from consultations.intake.forms.consent import ConsentForm
from consultations.intake.forms.health import HealthForm
from consultations.intake.forms.page import PageForm
from consultations.intake.forms.person import ContactForm, GuardianForm, MoreScarsForm
from consultations.intake.forms.photos import PhotosForm
from consultations.intake.forms.treatments import CourseForm
from consultations.intake.offer import Offer
from consultations.intake.questions import health, pages, treatments
from consultations.intake.questions.kinds import Page
from consultations.models import ConsentPurpose, DecidedBy, Intake, Scar
from methods.protocol import findings as find
from methods.protocol.facts import read

FORMS = {
    pages.GUARDIAN: GuardianForm,
    treatments.COURSES: CourseForm,
    pages.MORE_SCARS: MoreScarsForm,
    pages.CONSENT: ConsentForm,
    pages.PHOTOS: PhotosForm,
    pages.CONTACT: ContactForm,
}
"""The pages that ask more than their questions say."""


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
        return self.page.title

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
        self.offer = Offer()
        self.findings = self.offer.findings
        self.given = answers.given(intake)

    def load(self):
        """Read what the rules need of the offer, which is read when it is needed."""
        return self.offer.protocol

    def forget(self, *names):
        """Follow the way anew from what is answered by now, and read `names` again."""
        for name in ("questions", "applicable", "pages", "red_flags", *names):
            self.__dict__.pop(name, None)

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
        return self.intake.consents.decided()

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

    # Pages

    @cached_property
    def questions(self):
        """Return {group: the health questions asked of this patient}."""
        return {
            group: [each for each in asked if health.is_asked(each, self.scars)]
            for group, asked in self.offer.questions.items()
        }

    def _is_asked(self, page, subject):
        if page is pages.GUARDIAN:
            return self.is_minor
        if page.group:
            return bool(self.questions[page.group])
        return page.is_asked(subject)

    @cached_property
    def applicable(self):
        """Return every step that this patient's answers call for, in order.

        But those of the photos: no answer stands on them.
        """
        asked = [page for page in pages.PAGES if page is not pages.PHOTOS]
        return [
            Step(page, subject)
            for is_of_scar, its in groupby(asked, key=lambda page: page.is_of_scar)
            for own in [list(its)]
            for subject in (self.scars if is_of_scar else [self.intake])
            for page in own
            if self._is_asked(page, subject)
        ]

    @property
    def _photographed(self):
        return [scar for scar in self.scars if pages.PHOTOS.is_asked(scar)]

    def _in_order(self):
        """Yield the steps that are asked, reading only what the next one depends on.

        After a red flag, how to reach the patient; and those that were answered, whatever
        staff ask on them since.
        """
        *others, contact = self.applicable
        if self.red_flags:
            for step in self.applicable:
                if step.key in self.intake.done or step.slug in pages.AFTER_A_FLAG:
                    yield step
            return
        yield from others
        if self._is_agreed(ConsentPurpose.PHOTOS):
            yield from (Step(pages.PHOTOS, scar) for scar in self._photographed)
        yield contact

    @cached_property
    def pages(self):
        """Return the steps that are asked, in order."""
        return list(self._in_order())

    def find(self, slug, number=None):
        """Return the step at an address that this patient may answer, or None."""
        # Asked last, for the red flags decide on it: a page of photos.
        found = chain(self.applicable, () if slug != pages.PHOTOS.slug else self.pages)
        return next(
            (step for step in found if (step.slug, step.number) == (slug, number)), None
        )

    def form(self, step, data=None):
        """Return the form of a step, bound if there is data, else as it was left."""
        default = HealthForm if step.page.group else PageForm
        form = FORMS.get(step.page, default)(data, step=step, route=self)
        typed = self.intake.typed.get(step.key)
        if data is None and typed:
            form.show(typed)
        return form

    def is_done(self, step):
        """Return whether the page has been answered, every question that it has now."""
        if step.key not in self.intake.done or step.key in self.intake.typed:
            return False
        if step.page is pages.CONSENT:
            return self._is_decided()
        if not step.page.is_complete(step.subject):
            return False
        asked = self.questions.get(step.page.group, ())
        return all(each.pk in self.given for each in asked)

    def unfinished(self):
        """Return the steps that are still to be answered, in order."""
        return [step for step in self.pages if not self.is_done(step)]

    @property
    def next_step(self):
        """Return the first step that is still open, or None."""
        return next((s for s in self._in_order() if not self.is_done(s)), None)

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

    def photos(self, scar):
        """Return {slot: photo} of a scar; those of all scars are read at once."""
        prefetch_related_objects(self.scars, "photos")
        return {photo.slot: photo for photo in scar.photos.all()}

    # Meaning

    def facts_of(self, scar, on):
        """Return what is known of one scar, as JSON facts, on a given day."""
        return answers.facts(self, scar, on)

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
