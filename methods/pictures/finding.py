"""Find a consent by whose it is: the database holds no name in clear to search in."""

from django.db.models import QuerySet

from methods.models import Consent
from scarclinic.staff.text.folding import words


def consents(text: str) -> QuerySet[Consent]:
    """Return the consents in which each word of a text begins a word. Reads all of them.

    There is one for each person whose photos the clinic has shown: few.
    """
    wanted, found = words(text), []
    for consent in Consent.objects.only("row_key", "person_name", "shows", "paper"):
        said = words(f"{consent.person_name} {consent.shows} {consent.paper}")
        if all(any(word.startswith(each) for word in said) for each in wanted):
            found.append(consent.pk)
    return Consent.objects.filter(pk__in=found)
