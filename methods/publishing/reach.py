"""What a publication reaches: pages, treatments that share its rules, patients who wait."""

from collections.abc import Callable

from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from methods.models import Clinic, Finding, Method, Source
from methods.publishing import verbs
from methods.publishing.drafts import Subject
from methods.publishing.usage import titles_using

counters: list[Callable[[], int]] = []
"""What counts the patients whose cards are dealt anew: apps that have patients add it."""


def of(subject: Model) -> list[str]:
    """Return what publishing a record reaches, a sentence each."""
    said = []
    if isinstance(subject, Finding | Source):
        if titles := titles_using(subject):
            said.append(_("It is used by: %s.") % ", ".join(titles))
    elif isinstance(subject, Clinic):
        said.append(_("It stands on every page."))
    elif isinstance(subject, Subject):
        if hasattr(subject, "get_absolute_url"):
            where = subject.get_absolute_url()
            said.append(_("The page %(address)s.") % {"address": where})
        if others := [each.title for each in verbs.sharing(subject)]:
            names = {"count": len(others), "titles": ", ".join(others)}
            words = ngettext(
                "%(count)d treatment that shares its rules: %(titles)s.",
                "%(count)d treatments that share its rules: %(titles)s.",
                len(others),
            )
            said.append(words % names)
    if isinstance(subject, Finding | Method) or hasattr(subject, "criteria"):
        said += [_patients(number) for count in counters if (number := count())]
    return said


def _patients(count: int) -> str:
    words = ngettext(
        "%(count)d patient who waits for a plan: if a rule changes, the cards are dealt anew.",
        "%(count)d patients who wait for a plan: if a rule changes, the cards are dealt anew.",
        count,
    )
    return words % {"count": count}
