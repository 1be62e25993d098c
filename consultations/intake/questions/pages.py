"""Every page of the intake, in its order, and which question gives which fact."""

from django.utils.translation import gettext_lazy as lazy

from consultations.intake.questions import about_person as person
from consultations.intake.questions import about_scar, health
from consultations.intake.questions.about_person import CONTACT, GUARDIAN, WISHES
from consultations.intake.questions.kinds import Page
from methods.protocol.vocabulary import QuestionGroup

MORE_SCARS = Page("more-scars", lazy("Another scar?"))
CONSENT = Page(
    "consent",
    lazy("What you agree to"),
    intro=lazy(
        "Each box stands by itself. Only the first is needed, so that we may read your "
        "answers. You can take each of them back later."
    ),
)
PHOTOS = Page(
    "photos",
    lazy("Photos of the scar"),
    is_of_scar=True,
    # Of such a scar nobody is prompted to take a photo [B27].
    applies=lambda scar: not about_scar.is_from_self_harm(scar),
)

_EARLY = health.PAGES[QuestionGroup.CHANGES]
PAGES = [
    person.YOU,
    GUARDIAN,
    _EARLY,
    *about_scar.PAGES,
    MORE_SCARS,
    person.SKIN,
    *(page for page in health.PAGES.values() if page is not _EARLY),
    person.MEDICINE,
    person.CONDITIONS,
    person.RECENT,
    person.FEELINGS,
    WISHES,
    CONSENT,
    PHOTOS,
    CONTACT,
]
SLUGS = {page.slug for page in PAGES}
AFTER_A_FLAG = [GUARDIAN.slug, CONSENT.slug, CONTACT.slug]
"""What is still asked once a red flag stands: who decides, and how to reach them."""
