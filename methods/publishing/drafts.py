"""From working copies to content, and back.

A subject is a `Method`, a `Trait`, a `ScarType`, a `Cause`, a `Condition` or a `Pathway`.
Its content is one plain JSON object; starter files, drafts and revisions share that shape.
"""

from decimal import Decimal
from typing import NamedTuple

from django.db.models import Model

from methods.models import (
    CAUSE_SECTIONS,
    CAUSE_WORDS,
    KEY_FACTS,
    MEASURES,
    METHOD_SECTIONS,
    PRICE,
    SCAR_TYPE_SECTIONS,
    Cause,
    CauseKind,
    Ceiling,
    Condition,
    Criterion,
    Finding,
    Method,
    NotNeeded,
    Pathway,
    PathwayStep,
    Relation,
    ScarType,
    Source,
    Trait,
    lines,
)

Subject = Method | Trait | ScarType | Cause | Condition | Pathway


def _iso(day):
    return day.isoformat() if day else None


def _amount(value):
    """Return a decimal as JSON keeps it, exact and always alike: "90.00"."""
    return f"{value:.2f}" if isinstance(value, Decimal) else value


def _weeks(value):
    return None if value is None else float(value)


# By code: moving or renaming a finding or a method must not look like an edit here.


def _codes(rows):
    return sorted(row.code for row in rows.all())


def _slugs(rows):
    return sorted(row.slug for row in rows.all())


def _criteria_of(subject):
    rows = subject.criteria.all()
    contents = [
        {
            "kind": row.kind,
            "line": row.line,
            "level": row.level,
            "when": _codes(row.when),
            "unless": _codes(row.unless),
            "until": row.until,
            "refer": _slugs(row.refer),
            "for_patient": row.for_patient,
            "for_staff": row.for_staff,
            "contested": row.contested,
            "sources": _codes(row.sources),
            "reviewed_on": _iso(row.reviewed_on),
            "origin": "",
        }
        for row in rows
    ]
    if isinstance(subject, Condition):
        for row, content in zip(rows, contents, strict=True):
            content["methods"] = _slugs(row.methods)
    return contents


def _relations_of(method):
    return [
        {
            "kind": row.kind,
            "methods": _slugs(row.methods),
            "scars": _codes(row.scars),
            "when": _codes(row.when),
            "line": row.line,
            "is_hard": row.is_hard,
            "sessions": row.sessions,
            "weeks": _weeks(row.weeks),
            "weeks_dark": _weeks(row.weeks_dark),
            "for_patient": row.for_patient,
            "for_staff": row.for_staff,
            "contested": row.contested,
            "sources": _codes(row.sources),
            "origin": "",
        }
        for row in method.relations.all()
    ]


def _ceilings_of(method):
    return [
        {
            "substance": row.substance,
            "unit": row.unit,
            "reason_above": _amount(row.reason_above),
            "refuse_above": _amount(row.refuse_above),
            "for_staff": row.for_staff,
            "sources": _codes(row.sources),
            "origin": "",
        }
        for row in method.ceilings.all()
    ]


def _steps_of(pathway):
    plain = ("number", "enter", "sessions_from", "sessions_to", "weeks_from")
    plain += ("weeks_to", "dose", "measure", "next")
    return [
        {name: getattr(row, name) for name in plain}
        | {"methods": _slugs(row.methods), "sources": _codes(row.sources)}
        for row in pathway.steps.all()
    ]


def _sections_of(subject, names):
    return {name: lines(getattr(subject, name)) for name in names}


def draft(subject):
    """Return the content of the working copy. Reads its related rows."""
    if isinstance(subject, Trait):
        return {
            "slug": subject.slug,
            "name": subject.name,
            "description": subject.description,
            "criteria": _criteria_of(subject),
        }
    if isinstance(subject, ScarType):
        return {
            "code": subject.finding.code,
            "title": subject.title,
            "also_called": lines(subject.also_called),
            "position": subject.position,
            "summary": subject.summary,
            "sections": _sections_of(subject, SCAR_TYPE_SECTIONS),
        }
    if isinstance(subject, Cause):
        return {
            "code": subject.code,
            "title": subject.title,
            "also_called": lines(subject.also_called),
            "position": subject.position,
            "summary": subject.summary,
            **{name: getattr(subject, name) for name in CAUSE_WORDS},
            "sections": _sections_of(subject, CAUSE_SECTIONS),
            "kinds": [
                {"scar": row.scar.code, "words": row.words}
                for row in subject.kinds.all()
            ],
        }
    if isinstance(subject, Condition):
        return {
            "code": subject.finding.code,
            "criteria": _criteria_of(subject),
            "not_needed": [
                {"methods": _slugs(row.methods), "why": row.why}
                for row in subject.not_needed.all()
            ],
        }
    if isinstance(subject, Pathway):
        return {
            "code": subject.code,
            "title": subject.title,
            "when": _codes(subject.when),
            "response": subject.response,
            "contested": subject.contested,
            "steps": _steps_of(subject),
        }
    return {
        "slug": subject.slug,
        "title": subject.title,
        "also_called": lines(subject.also_called),
        "group": subject.group,
        "position": subject.position,
        "is_ranked": subject.is_ranked,
        "follows": subject.follows.slug if subject.follows else "",
        "traits": sorted(trait.slug for trait in subject.traits.all()),
        "summary": subject.summary,
        "key_facts": {name: getattr(subject, name) for name in KEY_FACTS},
        "measures": {name: getattr(subject, name) for name in MEASURES},
        "price": {name: _amount(getattr(subject, name)) for name in PRICE},
        "sections": _sections_of(subject, METHOD_SECTIONS),
        "criteria": _criteria_of(subject),
        "relations": _relations_of(subject),
        "ceilings": _ceilings_of(subject),
        "reviewed_by": subject.reviewed_by,
        "reviewed_on": _iso(subject.reviewed_on),
        "next_review_on": _iso(subject.next_review_on),
    }


SHARED = {"criteria", "relations", "ceilings"}
"""The parts of a method in which freezing adds rows of others, each with its origin."""


def own(content):
    """Return content as its editor wrote it, without what freezing added."""
    own = {name: value for name, value in content.items() if name != "sources"}
    for part in SHARED & own.keys():
        own[part] = [row for row in own[part] if not row["origin"]]
    return own


def has_unpublished_changes(subject):
    """Return whether the working copy differs from what is live."""
    if subject.live_revision is None:
        return True
    return draft(subject) != own(subject.live_revision.content)


def mark_changes(subject: Subject) -> None:
    """Store whether the working copy differs from what is live.

    Whoever writes a working copy calls it, so that lists need not compare them all.
    """
    rows = type(subject).objects
    # Loading all that a draft consists of is dear, and of no use before it was live.
    has_changes = subject.live_revision_id is None or has_unpublished_changes(
        rows.for_draft().get(pk=subject.pk)
    )
    rows.filter(pk=subject.pk).update(has_changes=has_changes)


def keys_by_code():
    """Return {model: {code: key}} of what rows point at. Three queries."""
    return {
        Finding: dict(Finding.objects.values_list("code", "pk")),
        Source: dict(Source.objects.values_list("code", "pk")),
        Method: dict(Method.objects.values_list("slug", "pk")),
    }


class _Part(NamedTuple):
    """Rows of content: their model, its plain fields, and its many-to-many fields."""

    model: type[Model]
    plain: tuple[str, ...]
    links: tuple[str, ...]


_REASONS = ("for_patient", "for_staff", "contested")
PARTS = {
    "criteria": _Part(
        Criterion,
        ("kind", "line", "level", "until", *_REASONS, "reviewed_on"),
        ("when", "unless", "refer", "sources"),
    ),
    "relations": _Part(
        Relation,
        ("kind", "line", "is_hard", "sessions", "weeks", "weeks_dark", *_REASONS),
        ("methods", "scars", "when", "sources"),
    ),
    "ceilings": _Part(
        Ceiling,
        ("substance", "unit", "reason_above", "refuse_above", "for_staff"),
        ("sources",),
    ),
    "not_needed": _Part(NotNeeded, ("why",), ("methods",)),
    "steps": _Part(
        PathwayStep,
        (
            *("number", "enter", "sessions_from", "sessions_to", "weeks_from"),
            *("weeks_to", "dose", "measure", "next"),
        ),
        ("methods", "sources"),
    ),
}


def _write_rows(subject, part, rows, keys):
    """Replace a part's rows and what they point at. A row lacks nothing."""
    model, plain, links = PARTS[part]
    if part == "criteria" and isinstance(subject, Condition):
        links += ("methods",)
    getattr(subject, part).all().delete()
    owner = {subject._meta.model_name: subject}
    made = model.objects.bulk_create(
        model(
            **owner,
            # A step has a number of its own.
            **({} if "number" in plain else {"position": position}),
            **{name: row[name] for name in plain},
        )
        for position, row in enumerate(rows, start=1)
    )
    for name in links:
        through, field = getattr(model, name).through, getattr(model, name).field
        known = keys[field.related_model]
        through.objects.bulk_create(
            through(
                **{
                    f"{field.m2m_field_name()}_id": row.pk,
                    f"{field.m2m_reverse_field_name()}_id": known[code],
                }
            )
            for row, content in zip(made, rows, strict=True)
            for code in content[name]
        )


def _write_kinds(cause, rows):
    known = dict(Finding.objects.values_list("code", "pk"))
    cause.kinds.all().delete()
    CauseKind.objects.bulk_create(
        CauseKind(
            cause=cause,
            position=position,
            scar_id=known[row["scar"]],
            words=row["words"],
        )
        for position, row in enumerate(rows, start=1)
    )


def write_draft(subject, content, keys=None):
    """Write content into the working copy, saved or not yet.

    Whoever writes many gives what `keys_by_code` returned, so that it is read once.

    Raises `KeyError` for a finding, a source or a method that does not exist, and for a
    row that lacks something.
    """
    scalars = {"slug", "name", "title", "description", "group", "position", "summary"}
    scalars |= {"is_ranked", "reviewed_by", "reviewed_on", "next_review_on"}
    scalars |= {"response", "contested", *CAUSE_WORDS}
    for name in scalars & content.keys():
        setattr(subject, name, content[name])
    for part in ("key_facts", "measures", "price"):
        for name, value in content.get(part, {}).items():
            setattr(subject, name, value)
    for name, items in content.get("sections", {}).items():
        setattr(subject, name, "\n".join(items))
    if "also_called" in content:
        subject.also_called = "\n".join(content["also_called"])
    if "follows" in content:
        subject.follows = Method.objects.filter(slug=content["follows"] or None).first()
    if isinstance(subject, Pathway | Cause):
        subject.code = content["code"]
    elif "code" in content:
        subject.finding = Finding.objects.get(code=content["code"])
    subject.save()
    if "traits" in content:
        subject.traits.set(Trait.objects.filter(slug__in=content["traits"]))
    if isinstance(subject, Pathway):
        subject.when.set(Finding.objects.filter(code__in=content["when"]))
    if isinstance(subject, Cause):
        _write_kinds(subject, content["kinds"])
    parts = PARTS.keys() & content.keys()
    if parts and keys is None:
        keys = keys_by_code()
    for part in sorted(parts):
        _write_rows(subject, part, content[part], keys)
    mark_changes(subject)
