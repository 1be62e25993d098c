"""Freeze content into a revision: add shared criteria and cited sources.

A frozen method also holds the criteria of its traits, of the conditions that name it and
of the entry that it follows, that entry's relations and ceilings, and every source cited,
so that it explains itself years later.
"""

import re

from methods.models import Condition, Method, Source, Trait
from methods.protocol import entries
from methods.protocol.vocabulary import (
    SAFETY_KINDS,
    CriterionKind,
    Level,
    RelationKind,
)
from methods.publishing.drafts import draft

CITATION = re.compile(r"\[([A-Z][A-Za-z0-9-]*)\]")


def group_of(row):
    """Return the group of a criterion's kind: "safety", "check" or "benefit"."""
    if row["kind"] in SAFETY_KINDS:
        return "safety"
    return "check" if row["kind"] == CriterionKind.CHECK else "benefit"


def _identity(row):
    # Two rows that differ in level, in time or in whom they refer to both hold.
    is_precaution = row["kind"] == CriterionKind.PRECAUTION
    level = (row["level"] or Level.DOCTOR) if is_precaution else ""
    return (
        *(row["kind"], level, row["until"], frozenset(row["refer"])),
        *(frozenset(row["when"]), frozenset(row["unless"])),
    )


def condition_origin(code):
    """Return the origin of the rows that a method has from a condition."""
    return f"condition:{code}"


def _is_of_a_condition(row):
    return row["origin"].startswith(condition_origin(""))


class ConditionRows:
    """What live conditions say of methods, read when first needed.

    Whoever freezes many methods makes one, and has it `forget` when a condition changes.
    """

    def __init__(self):
        self._rows = self._settled = None

    def of(self, slug):
        """Return the rows that name a method, each with its origin."""
        self._read()
        return list(self._rows.get(slug, ()))

    def silent_on(self, slug):
        """Return the labels of conditions with neither a row nor a word on a method."""
        self._read()
        return [label for label, slugs in self._settled if slug not in slugs]

    def forget(self):
        self._rows = self._settled = None

    def _read(self):
        if self._rows is not None:
            return
        self._rows, self._settled = {}, []
        for condition in Condition.objects.published().select_related("finding"):
            content = condition.live_revision.content
            origin = {"origin": condition_origin(content["code"])}
            rows = content["criteria"]
            for row in rows:
                shared = {name: row[name] for name in row if name != "methods"} | origin
                for slug in row["methods"]:
                    self._rows.setdefault(slug, []).append(shared)
            slugs = {slug for row in rows for slug in row["methods"]}
            slugs.update(
                slug for row in content["not_needed"] for slug in row["methods"]
            )
            self._settled.append((condition.finding.label, slugs))


def main_entry(content):
    """Return the live entry that content of a method follows, or None."""
    if not content["follows"]:
        return None
    return Method.objects.published().filter(slug=content["follows"]).first()


def inherited_criteria(content, main):
    """Return the criteria of the live main entry, which may be None, and of live traits.

    A condition names a variant itself: what it says of the main entry is not inherited.
    """
    shared = []
    if main:
        has_indications = any(
            row["kind"] == CriterionKind.INDICATION for row in content["criteria"]
        )
        shared += [
            row | {"origin": row["origin"] or f"method:{main.slug}"}
            for row in main.live_revision.content["criteria"]
            if not _is_of_a_condition(row)
            and not (has_indications and row["kind"] == CriterionKind.INDICATION)
        ]
    traits = Trait.objects.published().filter(slug__in=content["traits"])
    live = {each.slug: each.live_revision.content["criteria"] for each in traits}
    for slug in content["traits"]:
        shared += [row | {"origin": f"trait:{slug}"} for row in live.get(slug, ())]
    return shared


def _merged(own, shared):
    """Return own criteria, then the shared ones that none of them replaces.

    A method's own row on the same findings replaces that of a trait or of the main entry,
    safety for safety and benefit for benefit. A condition's row stands beside it: the
    heavier counts. Two that say the same say it once.
    """
    replaced = {(group_of(row), frozenset(row["when"])) for row in own}
    seen = {_identity(row) for row in own}
    merged = list(own)
    for row in shared:
        is_replaced = (
            group_of(row) != "check"
            and not _is_of_a_condition(row)
            and (group_of(row), frozenset(row["when"])) in replaced
        )
        if not is_replaced and _identity(row) not in seen:
            seen.add(_identity(row))
            merged.append(row)
    return merged


def _as_of_variant(row, slug, main):
    """Return a relation of a main entry as one of its variant, or None if it is none.

    Weeks between sessions of the main entry are weeks between those of either.
    """
    methods = set(row["methods"])
    if row["kind"] == RelationKind.NOT_WITH:
        methods |= {slug} if main.slug in methods else set()
    else:
        # Nothing comes together with itself, after itself, or next after itself.
        methods -= {slug}
    if not methods:
        return None
    origin = row["origin"] or f"method:{main.slug}"
    return row | {"methods": sorted(methods), "origin": origin}


def _relation_key(row):
    """Return what an own relation has to say once more to replace a shared one."""
    named = (frozenset(row[name]) for name in ("methods", "scars", "when"))
    return row["kind"], row["line"], *named


def _shared_relations(content, main):
    """Return the relations of a main entry that a variant's own do not replace.

    Row by row, but for what comes next: a variant that says so says all of it.
    """
    own = content["relations"]
    replaced = {_relation_key(row) for row in own}
    goes_on = any(row["kind"] == RelationKind.THEN for row in own)
    shared = (
        (row, _as_of_variant(row, content["slug"], main))
        for row in main.live_revision.content["relations"]
        if not (goes_on and row["kind"] == RelationKind.THEN)
    )
    return [
        inherited
        for row, inherited in shared
        if inherited and replaced.isdisjoint(map(_relation_key, (row, inherited)))
    ]


def _shared_ceilings(content, main):
    """Return the ceilings of a main entry, but for a variant's own substances."""
    own = {(row["substance"], row["unit"]) for row in content["ceilings"]}
    return [
        row | {"origin": row["origin"] or f"method:{main.slug}"}
        for row in main.live_revision.content["ceilings"]
        if (row["substance"], row["unit"]) not in own
    ]


SOURCED = ("criteria", "relations", "ceilings", "steps")
"""The parts of content whose rows have sources; no subject has them all."""
WORDS = ("for_patient", "for_staff", "contested", "enter", "dose", "measure", "next")


def citations(content):
    """Return the codes of all sources that content cites, in its texts and rows."""
    has = content.keys()
    texts = [
        content[name] for name in ("summary", "response", "contested") if name in has
    ]
    if "sections" in has:
        texts += [text for items in content["sections"].values() for text in items]
    texts += [row["words"] for row in content.get("kinds", ())]
    rows = [row for part in SOURCED if part in has for row in content[part]]
    texts += [row[name] for row in rows for name in WORDS if name in row]
    if "not_needed" in has:
        texts += [row["why"] for row in content["not_needed"]]
    codes = [code for text in texts for code in CITATION.findall(text)]
    for row in rows:
        codes += row["sources"]
    return list(dict.fromkeys(codes))


def freeze(content, conditions=None):
    """Return content with the shared criteria and every cited source added.

    `conditions` are the `ConditionRows` of whoever freezes many.
    """
    frozen = dict(content)
    if "traits" in content:
        main = main_entry(content)
        shared = (conditions or ConditionRows()).of(content["slug"])
        shared += inherited_criteria(content, main)
        frozen["criteria"] = _merged(content["criteria"], shared)
        if main:
            frozen["relations"] = [
                *content["relations"],
                *_shared_relations(content, main),
            ]
            frozen["ceilings"] = [
                *content["ceilings"],
                *_shared_ceilings(content, main),
            ]
    cited = Source.objects.filter(code__in=citations(frozen))
    frozen["sources"] = {
        source.code: {
            "title": source.title,
            "kind": source.kind,
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
