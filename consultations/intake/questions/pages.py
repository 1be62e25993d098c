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


def asks_for_photos(scar):
    """Return whether photos of a scar may be asked for, and taken."""
    # Of one from self-harm nobody is prompted to take a photo [B27].
    return scar.takes_photos and not asked_of_scars.is_from_self_harm(scar)


PHOTOS = Page(
    "photos",
    lazy("Photos of the scar"),
    is_of_scar=True,
    applies=asks_for_photos,
    consents=(ConsentPurpose.PHOTOS, ConsentPurpose.TEACHING),
    part=Part.PHOTOS,
)
NO_PHOTOS_UNDER_AGE = lazy(
    "Under 18 we neither ask for nor keep photos of genitals, groin, buttocks or breasts, "
    "nor of a place that is not in our list. Please send none in any other way either. "
    "The clinic looks at this scar in person."
)
NO_PHOTOS_OF_SELF_HARM = lazy(
    "Of a scar from self-harm we ask for no photo. The clinic looks at it in person, if "
    "you wish."
)
IN_PERSON = Page(
    "scar-in-person",
    lazy("No photos of this scar"),
    intro=NO_PHOTOS_UNDER_AGE,
    is_of_scar=True,
    applies=lambda scar: not scar.takes_photos,
    part=Part.PHOTOS,
)


def why_no_photos(scar):
    """Return why no photo of a scar is taken, a sentence, "" if one may be."""
    if not scar.takes_photos:
        return NO_PHOTOS_UNDER_AGE
    return "" if asks_for_photos(scar) else NO_PHOTOS_OF_SELF_HARM


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
