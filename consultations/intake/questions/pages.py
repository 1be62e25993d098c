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
    applies=lambda scar: (
        scar.takes_photos and not asked_of_scars.is_from_self_harm(scar)
    ),
    consents=(ConsentPurpose.PHOTOS, ConsentPurpose.TEACHING),
    part=Part.PHOTOS,
)
NO_PHOTOS_UNDER_AGE = lazy(
    "Under 18 we neither ask for nor keep photos of genitals, groin, buttocks or breasts, "
    "nor of a place that is not in our list. Please send none in any other way either. "
    "The clinic looks at this scar in person."
)
IN_PERSON = Page(
    "scar-in-person",
    lazy("No photos of this scar"),
    intro=NO_PHOTOS_UNDER_AGE,
    is_of_scar=True,
    applies=lambda scar: not scar.takes_photos,
    part=Part.PHOTOS,
)
PAGES = [
    YOU,
    GUARDIAN,
    *about_scar.PAGES,
    health.CHANGES,
    about_scar.CLOSER,
    PHOTOS,
    IN_PERSON,
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
