"""Has this person written before? A hint for staff, never shown to a patient.

What is the same when one person writes twice is kept as a keyed hash, so that it can be
looked up by an index, and a copy of the database without our secret key matches nobody.
"""

import re
import unicodedata

from django.conf import settings
from django.db.models import Q
from django.utils.crypto import salted_hmac

from consultations.models import Intake

SAME_DIGITS = 8
"""The last digits are the same with +43, 0043 and 0, also where numbers are short."""
FEWEST_DIGITS = 6


def _email(intake):
    # Who adds "+clinic" to the name of a mailbox is still the same person.
    name, at, host = unicodedata.normalize("NFKC", intake.email).strip().rpartition("@")
    return f"{name.partition('+')[0]}{at}{host}".casefold()


def _telephone(intake):
    digits = [str(int(each)) for each in intake.telephone if each.isdecimal()]
    return "".join(digits[-SAME_DIGITS:]) if len(digits) >= FEWEST_DIGITS else ""


def _person(intake):
    plain = "".join(
        each
        for each in unicodedata.normalize("NFKD", intake.name).casefold()
        if not unicodedata.combining(each) and each not in "'’ʼ`"
    )
    words = sorted(re.findall(r"[^\W_]+", plain))
    if not words or not intake.date_of_birth:
        return ""
    return " ".join([intake.date_of_birth.isoformat(), *words])


NORMALISED = {
    "email_match": _email,
    "telephone_match": _telephone,
    "person_match": _person,
}


def _hashed(field, words, key=None):
    return salted_hmac(
        f"consultations.intake.same_person.{field}",
        words,
        secret=key,
        algorithm="sha256",
    ).hexdigest()


def fingerprints(intake):
    """Return {"email_match": …, "telephone_match": …, "person_match": …}.

    64 hexadecimals each; "" where the intake does not say, which matches nothing.
    """
    return {
        field: _hashed(field, words) if (words := normalised(intake)) else ""
        for field, normalised in NORMALISED.items()
    }


def others_of(intake):
    """Return what else the same person may have sent, the newest first, as a queryset.

    What was sent under a former secret key is found as long as `SECRET_KEY_FALLBACKS`
    has that key.
    """
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    same = Q()
    for field, normalised in NORMALISED.items():
        if words := normalised(intake):
            hashes = [_hashed(field, words, key) for key in keys]
            # Said twice, so that SQLite sees that the index without empty ones will do.
            same |= ~Q(**{field: ""}) & Q(**{f"{field}__in": hashes})
    if not same:
        return Intake.objects.none()
    others = Intake.objects.sent().exclude(pk=intake.pk)
    return others.filter(same).order_by("-submitted_at", "-pk")
