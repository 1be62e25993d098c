"""Freeze content into a revision: add shared criteria and cited sources.

A frozen method also holds the criteria of its traits and of the entry that it follows,
and every source cited, so that it explains itself years later.
"""

import re

from methods.models import (
    Method,
    Source,
    Trait,
)
from methods.protocol import entries
from methods.protocol.vocabulary import SAFETY_KINDS, CriterionKind
from methods.publishing.drafts import draft

CITATION = re.compile(r"\[([A-Z][A-Za-z0-9-]*)\]")


def group_of(row):
    """Return the group of a criterion's kind: "safety", "check" or "benefit"."""
    if row["kind"] in SAFETY_KINDS:
        return "safety"
    return "check" if row["kind"] == CriterionKind.CHECK else "benefit"


def _identity(row):
    return row["kind"], frozenset(row["when"]), frozenset(row["unless"])


def shared_criteria(content):
    """Return the criteria that come from the live main entry and the live traits."""
    shared = []
    main = Method.objects.published().filter(slug=content["follows"]).first()
    if main:
        has_indications = any(
            row["kind"] == CriterionKind.INDICATION for row in content["criteria"]
        )
        shared += [
            row | {"origin": row["origin"] or f"method:{main.slug}"}
            for row in main.live_revision.content["criteria"]
            if not (has_indications and row["kind"] == CriterionKind.INDICATION)
        ]
    live = {
        trait.slug: trait.live_revision.content["criteria"]
        for trait in Trait.objects.published().filter(slug__in=content["traits"])
    }
    for slug in content["traits"]:
        shared += [row | {"origin": f"trait:{slug}"} for row in live.get(slug, ())]
    return shared


def _merged(own, shared):
    """Return own criteria, then the shared ones that none of them replaces.

    A method's own row on the same findings replaces the shared row, safety for safety
    and benefit for benefit. Two traits that say the same say it once.
    """
    replaced = {(group_of(row), frozenset(row["when"])) for row in own}
    seen = {_identity(row) for row in own}
    merged = list(own)
    for row in shared:
        is_replaced = (
            group_of(row) != "check"
            and (group_of(row), frozenset(row["when"])) in replaced
        )
        if not is_replaced and _identity(row) not in seen:
            seen.add(_identity(row))
            merged.append(row)
    return merged


def citations(content):
    """Return the codes of all sources that content cites, in its texts and criteria."""
    texts = [content.get("summary", "")]
    for items in content.get("sections", {}).values():
        texts += items
    for row in content.get("criteria", ()):
        texts += [row["for_patient"], row["for_staff"], row["contested"]]
    codes = [code for text in texts for code in CITATION.findall(text)]
    for row in content.get("criteria", ()):
        codes += row["sources"]
    return list(dict.fromkeys(codes))


def freeze(content):
    """Return content with the shared criteria and every cited source added."""
    frozen = dict(content)
    if "traits" in content:
        frozen["criteria"] = _merged(content["criteria"], shared_criteria(content))
    cited = Source.objects.filter(code__in=citations(frozen))
    frozen["sources"] = {
        source.code: {
            "title": source.title,
            "year": source.year,
            "url": source.url,
            "note": source.note,
        }
        for source in cited
    }
    return frozen


def preview(method):
    """Return the `entries.Method` that publishing the draft would make."""
    return entries.method(freeze(draft(method)))
