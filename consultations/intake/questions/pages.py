"""Every page of the intake, in its order, and which question gives which fact."""

from django.utils.translation import gettext_lazy as lazy

from consultations.intake.questions import about_person as person
from consultations.intake.questions import about_scar, asked_of_scars, health
from consultations.intake.questions.about_person import (
    CONTACT,
    DETAILS,
    GUARDIAN,
    WISHES,
    YOU,
)
from consultations.intake.questions.kinds import Page, Part
from consultations.models import ConsentPurpose

PHOTOS = Page(
    "photos",
    lazy("Photos of the scar"),
    is_of_scar=True,
    # Of such a scar nobody is prompted to take a photo [B27].
    applies=lambda scar: not asked_of_scars.is_from_self_harm(scar),
    consents=(ConsentPurpose.PHOTOS, ConsentPurpose.TEACHING),
    part=Part.PHOTOS,
)
PAGES = [
    YOU,
    GUARDIAN,
    *about_scar.PAGES,
    health.CHANGES,
    about_scar.CLOSER,
    PHOTOS,
    # What is wished for decides which health questions matter.
    WISHES,
    person.FEELINGS,
    health.SKIN,
    health.HEALTH,
    health.ALLERGIES,
    DETAILS,
    CONTACT,
]
SLUGS = {page.slug for page in PAGES}
