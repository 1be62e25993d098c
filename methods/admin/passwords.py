"""Passwords that a stranger would guess from the clinic's own pages."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from methods.models import Clinic
from scarclinic.staff.text.folding import fold

OF_EVERY_CLINIC = "scar scars clinic klinik doctor admin password welcome treatment"
LEAST_OF_ITS_OWN = 6
"""Letters that must remain once the clinic's words and all digits are taken out."""
WORD = re.compile(r"[^\W\d_]{3,}")


class ClinicWordsValidator:
    """Refuse a password that is little more than the clinic's name, place or trade."""

    def validate(self, password, user=None):
        """Raise `ValidationError` if too few letters are nobody's but the user's."""
        clinic = Clinic.objects.filter(pk=Clinic.ONLY).first() or Clinic()
        known = [OF_EVERY_CLINIC, clinic.name, clinic.street, clinic.town, clinic.email]
        words = set(WORD.findall(fold(" ".join(known))))
        left = fold(password)
        for word in sorted(words, key=len, reverse=True):
            left = left.replace(word, " ")
        if len(re.sub(r"[\W\d_]", "", left)) < LEAST_OF_ITS_OWN:
            raise ValidationError(
                _(
                    "Choose other words: these are the clinic's own, and the first that "
                    "somebody would try."
                ),
                code="password_of_clinic_words",
            )

    def get_help_text(self):
        return _(
            "Not made of the clinic's own words, such as its name or town, with numbers."
        )
