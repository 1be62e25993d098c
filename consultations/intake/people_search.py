"""Staff's search for people: an index of keyed hashes of name, telephone, e-mail, birthday.

The visitors' search of the public site is `methods.website.search_index`.

Names and contact are encrypted, and a copy of the database without our keys finds nobody.
What was written under a former key is found as long as `DATA_KEYS` has it; `rotate_keys`
writes it anew.
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from consultations.intake import references
from consultations.models import Intake, SearchTerm
from methods.models.clinic import country_code
from scarclinic.staff.encryption import keys
from scarclinic.staff.text import emails, scripts, telephones
from scarclinic.staff.text.dates import read_date
from scarclinic.staff.text.folding import beginning, beginnings, words

FIELDS = {
    "name",
    "date_of_birth",
    "email",
    "telephone",
    "guardian_name",
    "guardian_telephone",
}
"""What of an intake is indexed."""
SAME_DIGITS = 8
"""The last digits are the same with +43, 0043 and 0, also where numbers are short."""
FEWEST_DIGITS = 6
BEGINNING_DIGITS = 4
"""The fewest digits that a number is found by when only its beginning is typed."""
MOST_WORDS = 20
"""So many words of a search narrow it; nobody has more names."""
LONGEST = 300
"""So many characters of a search are read."""
LAST_DIGITS = 3
"""The fewest last digits that a number is found by, beside a date of birth."""
Term = tuple[str, str]
"""What kind of term, and its normal form."""


def _digests(terms: Iterable[Term]) -> list[str]:
    """Return the hashes of terms under each key of the ring."""
    ring = keys.ring().values()
    return [keys.index_hash(key, *term) for term in terms for key in ring]


def _with_any(terms: Iterable[Term]) -> QuerySet[Any, Any]:
    """Return the primary keys of the intakes that have one of the terms, as a query."""
    return SearchTerm.objects.filter(digest__in=_digests(terms)).values("intake")


# Write


def _of_mailbox(email: str) -> set[Term]:
    mailbox = emails.mailbox(email)
    return {("email", mailbox)} if mailbox else set()


def _of_telephone(kind: str, telephone: str, region: str) -> set[Term]:
    forms = telephones.forms_of(telephone, region)
    return {(kind, form[-SAME_DIGITS:]) for form in forms if len(form) >= FEWEST_DIGITS}


def _of_person(intake: Intake) -> set[Term]:
    """Return what is the same when one person writes twice."""
    terms = _of_mailbox(intake.email)
    # In E.164 it is read without the clinic's country, which is a query.
    telephone = intake.telephone_e164 or intake.telephone
    terms |= _of_telephone("telephone", telephone, "")
    named = sorted(words(intake.name))
    if named and intake.date_of_birth:
        born = f"{intake.date_of_birth:%Y-%m-%d}"
        terms.add(("person", " ".join([born, *named])))
    return terms


def _of_word(word: str) -> set[Term]:
    """Return by what a word of a name is found: its beginnings, as written and as spoken."""
    is_other = scripts.is_of_other_script(word)
    terms = {("word", part) for part in beginnings(word)}
    if is_other and (looks := scripts.looks_like(word)):
        terms |= {("word", part) for part in beginnings(looks)}
    kind = "heard in another script" if is_other else "heard"
    return terms | {(kind, part) for part in beginnings(scripts.sound(word))}


def _of_typed(word: str) -> list[Term]:
    """Return what a typed word may stand for; of one script alone it is spelt as it is."""
    heard = beginning(scripts.sound(word))
    terms = [("word", beginning(word))]
    if heard:
        terms.append(("heard in another script", heard))
    if scripts.is_of_other_script(word):
        terms += [("heard", heard)] if heard else []
        if looks := scripts.looks_like(word):
            terms.append(("word", beginning(looks)))
    return terms


def _of(intake: Intake, region: str) -> set[Term]:
    """Return all by which an intake is found."""
    named = [intake.name, intake.guardian_name, intake.email.rpartition("@")[0]]
    terms = {term for text in named for word in words(text) for term in _of_word(word)}
    terms |= _of_telephone("guardian", intake.guardian_telephone, region)
    terms |= {
        ("digits", form[:length])
        for telephone in (intake.telephone, intake.guardian_telephone)
        for form in telephones.forms_of(telephone, region)
        for length in range(BEGINNING_DIGITS, len(form) + 1)
    }
    terms |= {
        ("last digits", form[-length:])
        for telephone in (intake.telephone, intake.guardian_telephone)
        for form in telephones.forms_of(telephone, region)
        for length in range(LAST_DIGITS, min(len(form), SAME_DIGITS) + 1)
    }
    if intake.date_of_birth:
        terms.add(("born", f"{intake.date_of_birth:%Y-%m-%d}"))
    return terms | _of_person(intake)


def _e164(telephone: str, region: str) -> str:
    try:
        return telephones.to_e164(telephone, region) if telephone else ""
    except ValidationError:
        return ""


@transaction.atomic
def index(intake: Intake) -> None:
    """Replace the search terms of an intake; set its telephones in E.164."""
    region = country_code()
    intake.telephone_e164 = _e164(intake.telephone, region)
    intake.guardian_telephone_e164 = _e164(intake.guardian_telephone, region)
    key = keys.newest()
    intake.indexed_with = key.id
    intake.save(
        update_fields=["telephone_e164", "guardian_telephone_e164", "indexed_with"]
    )
    intake.search_terms.all().delete()
    digests = sorted({keys.index_hash(key, *term) for term in _of(intake, region)})
    SearchTerm.objects.bulk_create(
        SearchTerm(intake=intake, digest=digest) for digest in digests
    )


def behind() -> QuerySet[Intake]:
    """Return the intakes that a former key has indexed."""
    return Intake.objects.exclude(indexed_with__in=["", keys.newest().id])


# Look up


def _born_with_digits(text: str) -> tuple[Term, Term] | None:
    """Return the terms of a date of birth and of a telephone's last digits beside it."""
    parts = text.replace(",", " ").split()
    for size in (3, 1):
        for start in range(len(parts) - size + 1):
            rest = "".join(parts[:start] + parts[start + size :])
            digits = telephones.digits_of(rest)[-SAME_DIGITS:]
            if len(digits) < LAST_DIGITS or any(map(str.isalpha, rest)):
                continue
            with suppress(ValidationError):
                born = read_date(" ".join(parts[start : start + size]))
                return ("born", born.isoformat()), ("last digits", digits)
    return None


def names_birthday(text: str) -> bool:
    """Return whether a text is searched for as a date of birth, alone or with digits."""
    text = text[:LONGEST]
    try:
        return bool(_born_with_digits(text) or read_date(text))
    except ValidationError:
        return False


def matching(text: str) -> QuerySet[Intake]:
    """Return the intakes that match a search text.

    A reference, else an e-mail, a telephone (whole, its beginning or its end) or a date
    of birth, alone or with a telephone's last digits; else words that names or the
    e-mail's name begin with, all of them, in Latin letters, Cyrillic or Greek.
    """
    text = text[:LONGEST]
    if reference := references.normalised(text):
        return Intake.objects.filter(reference=reference)
    region = country_code()
    terms = _of_mailbox(text)
    for kind in ("telephone", "guardian"):
        terms |= _of_telephone(kind, text, region)
    digits = telephones.digits_of(text)
    if len(digits) >= BEGINNING_DIGITS and not any(map(str.isalpha, text)):
        terms.add(("last digits", digits))
        begun = digits.lstrip("0")
        terms |= {("digits", begun)} if len(begun) >= BEGINNING_DIGITS else set()
    if both := _born_with_digits(text):
        born, last = both
        of_both = Intake.objects.filter(pk__in=_with_any([born]))
        return of_both.filter(pk__in=_with_any([last]))
    with suppress(ValidationError):
        terms.add(("born", read_date(text).isoformat()))
    if terms:
        return Intake.objects.filter(pk__in=_with_any(terms))
    # Each is a query within the others: a page of text would hold up the database.
    wanted = words(text.partition("@")[0])[:MOST_WORDS]
    found = Intake.objects.all() if wanted else Intake.objects.none()
    for word in wanted:
        found = found.filter(pk__in=_with_any(_of_typed(word)))
    return found


def case_number(text: str) -> int | None:
    """Return the number of the intake whose reference is typed, or None: for the ledger."""
    reference = references.normalised(text)
    found = reference and Intake.objects.filter(reference=reference).first()
    return found.pk if found else None


def with_mailbox(email: str) -> QuerySet[Intake]:
    """Return the intakes with an e-mail address, however it is written."""
    terms = _of_mailbox(email)
    if not terms:
        return Intake.objects.none()
    return Intake.objects.filter(pk__in=_with_any(terms))


def with_telephone(telephone: str) -> QuerySet[Intake]:
    """Return the intakes with a telephone number, however it is written."""
    terms = _of_telephone("telephone", telephone, country_code())
    return Intake.objects.filter(pk__in=_with_any(terms))


def with_reference(reference: str) -> QuerySet[Intake]:
    """Return the intake with a reference, as a queryset of one or none."""
    return Intake.objects.filter(reference=reference)


def of_same_person(intakes: Iterable[Intake]) -> QuerySet[Any, Any]:
    """Return the keys of what matches one of some intakes by name or contact, a query.

    `consultations.intake.history` says what of it is one person's.
    """
    terms = {term for each in intakes for term in _of_person(each)}
    return _with_any(terms)


def others_of(intake: Intake) -> QuerySet[Intake]:
    """Return what matches an intake by name or contact, the newest first."""
    others = Intake.objects.sent().filter(pk__in=of_same_person([intake]))
    return others.exclude(pk=intake.pk).order_by("-submitted_at", "-pk")
