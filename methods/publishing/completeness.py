"""Whether content may be published: what it still lacks."""

from django.utils.translation import gettext as _

from methods.models import (
    KEY_FACTS,
    METHOD_SECTIONS,
    SCAR_TYPE_SECTIONS,
    Method,
    Source,
    Trait,
)
from methods.publishing.freezing import citations, group_of, shared_criteria


def _missing_in_criteria(content):
    for number, row in enumerate(content["criteria"], start=1):
        if not row["when"]:
            yield _("Criterion %(number)d: choose a finding.") % {"number": number}
        if not (row["for_patient"] and row["for_staff"] and row["sources"]):
            yield _("Criterion %(number)d: add both reasons and a source.") % {
                "number": number
            }


def _missing_in_texts(content, sections):
    if not content["summary"]:
        yield _("Fill in “Summary”.")
    for name, label in KEY_FACTS.items() if "key_facts" in content else ():
        if not content["key_facts"][name]:
            yield _("Fill in “%(section)s”.") % {"section": label}
    for name, label in sections.items():
        if not content["sections"][name]:
            yield _("Fill in “%(section)s”.") % {"section": label}


def missing(content):
    """Return what content lacks to be published, a sentence each, [] if nothing."""
    faults = []
    if "key_facts" in content:
        faults += _missing_in_texts(content, METHOD_SECTIONS)
        live = set(
            Trait.objects.published()
            .filter(slug__in=content["traits"])
            .values_list("slug", flat=True)
        )
        faults += [
            _("Publish the trait “%(trait)s” first: its criteria would be missing.")
            % {"trait": slug}
            for slug in content["traits"]
            if slug not in live
        ]
        follows = content["follows"]
        if follows and not Method.objects.published().filter(slug=follows).exists():
            faults.append(_("Publish the main entry first."))
        elif content["is_ranked"] and not any(
            group_of(row) == "benefit"
            for row in content["criteria"] + shared_criteria(content)
        ):
            faults.append(_("Add a criterion that says what it is for, or not for."))
    elif "sections" in content:
        faults += _missing_in_texts(content, SCAR_TYPE_SECTIONS)
    if "criteria" in content:
        faults += _missing_in_criteria(content)
    codes = citations(content)
    known = set(Source.objects.filter(code__in=codes).values_list("code", flat=True))
    faults += [
        _("Add [%(code)s] to the list of sources, or correct it.") % {"code": code}
        for code in codes
        if code not in known
    ]
    return faults
