"""From working copies to content, and back.

A subject is a `Method`, a `Trait` or a `ScarType`. Its content is one plain JSON object;
starter files, drafts and revisions share that shape.
"""

from decimal import Decimal

from methods.models import (
    KEY_FACTS,
    MEASURES,
    METHOD_SECTIONS,
    PRICE,
    SCAR_TYPE_SECTIONS,
    Criterion,
    Finding,
    Method,
    ScarType,
    Source,
    Trait,
    lines,
)


def _iso(day):
    return day.isoformat() if day else None


def _amount(value):
    """Return a decimal as JSON keeps it, exact and always alike: "90.00"."""
    return f"{value:.2f}" if isinstance(value, Decimal) else value


def _criteria_of(subject):
    return [
        {
            "kind": row.kind,
            "line": row.line,
            # By code: moving or renaming a finding must not look like an edit here.
            "when": sorted(finding.code for finding in row.when.all()),
            "unless": sorted(finding.code for finding in row.unless.all()),
            "until": row.until,
            "for_patient": row.for_patient,
            "for_staff": row.for_staff,
            "contested": row.contested,
            "sources": [source.code for source in row.sources.all()],
            "reviewed_on": _iso(row.reviewed_on),
            "origin": "",
        }
        for row in subject.criteria.all()
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
        "reviewed_by": subject.reviewed_by,
        "reviewed_on": _iso(subject.reviewed_on),
        "next_review_on": _iso(subject.next_review_on),
    }


def own(content):
    """Return content as its editor wrote it, without what freezing added."""
    own = {name: value for name, value in content.items() if name != "sources"}
    if "criteria" in own:
        own["criteria"] = [row for row in own["criteria"] if not row["origin"]]
    return own


def has_unpublished_changes(subject):
    """Return whether the working copy differs from what is live."""
    if subject.live_revision is None:
        return True
    return draft(subject) != own(subject.live_revision.content)


def mark_changes(subject: Method | Trait | ScarType) -> None:
    """Store whether the working copy differs from what is live.

    Whoever writes a working copy calls it, so that lists need not compare them all.
    """
    rows = type(subject).objects
    fresh = rows.for_draft().get(pk=subject.pk)
    rows.filter(pk=subject.pk).update(has_changes=has_unpublished_changes(fresh))


def _write_criteria(subject, rows):
    owner = "trait" if isinstance(subject, Trait) else "method"
    subject.criteria.all().delete()
    findings = dict(Finding.objects.values_list("code", "pk"))
    sources = dict(Source.objects.values_list("code", "pk"))
    made = Criterion.objects.bulk_create(
        Criterion(
            **{owner: subject},
            position=number,
            kind=row["kind"],
            line=row["line"],
            until=row["until"],
            for_patient=row["for_patient"],
            for_staff=row["for_staff"],
            contested=row["contested"],
            reviewed_on=row["reviewed_on"],
        )
        for number, row in enumerate(rows, start=1)
    )
    for relation, name, known in (
        (Criterion.when, "when", findings),
        (Criterion.unless, "unless", findings),
        (Criterion.sources, "sources", sources),
    ):
        target = "source_id" if name == "sources" else "finding_id"
        relation.through.objects.bulk_create(
            relation.through(criterion_id=criterion.pk, **{target: known[code]})
            for criterion, row in zip(made, rows, strict=True)
            for code in row[name]
        )


def write_draft(subject, content):
    """Write content into the working copy, saved or not yet.

    Raises `KeyError` for a finding or a source that does not exist.
    """
    scalars = {"slug", "name", "title", "description", "group", "position", "summary"}
    scalars |= {"is_ranked", "reviewed_by", "reviewed_on", "next_review_on"}
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
    if "code" in content:
        subject.finding = Finding.objects.get(code=content["code"])
    subject.save()
    if "traits" in content:
        subject.traits.set(Trait.objects.filter(slug__in=content["traits"]))
    if "criteria" in content:
        _write_criteria(subject, content["criteria"])
    mark_changes(subject)
