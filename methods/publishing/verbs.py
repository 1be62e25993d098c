"""Publish, revert, load: the only writers of `live_revision` and of frozen content.

A subject is a `Method`, a `Trait` or a `ScarType`. Its content is one plain JSON object;
starter files, drafts and revisions share that shape. A revision of a method also holds
the criteria of its traits and of the entry that it follows, and every source cited, so
that it explains itself years later.
"""

import re

from django.db import transaction
from django.utils.translation import gettext as _

from methods.models import (
    KEY_FACTS,
    MEASURES,
    METHOD_SECTIONS,
    SCAR_TYPE_SECTIONS,
    Criterion,
    Finding,
    FormerAddress,
    Method,
    ScarType,
    Source,
    Trait,
    lines,
)
from methods.protocol import entries
from methods.protocol.vocabulary import SAFETY_KINDS, CriterionKind
from methods.publishing import editions

CITATION = re.compile(r"\[([A-Z][A-Za-z0-9-]*)\]")
OPTIONAL_KEY_FACTS = {"price"}


class Incomplete(Exception):
    """Publishing was refused. `missing` says what to add, a sentence each."""

    def __init__(self, missing):
        super().__init__(" ".join(missing))
        self.missing = missing


class InUse(Exception):
    """Unpublishing was refused. `users` are the titles of what is live and rests on it."""

    def __init__(self, users):
        super().__init__(", ".join(users))
        self.users = users


class Taken(Exception):
    """An address was refused. `owner` is the title of the treatment that it leads to."""

    def __init__(self, owner):
        super().__init__(owner)
        self.owner = owner


# From rows to content


def _iso(day):
    return day.isoformat() if day else None


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
        "sections": _sections_of(subject, METHOD_SECTIONS),
        "criteria": _criteria_of(subject),
        "reviewed_by": subject.reviewed_by,
        "reviewed_on": _iso(subject.reviewed_on),
        "next_review_on": _iso(subject.next_review_on),
    }


def _own(content):
    """Return content as its editor wrote it, without what freezing added."""
    own = {name: value for name, value in content.items() if name != "sources"}
    if "criteria" in own:
        own["criteria"] = [row for row in own["criteria"] if not row["origin"]]
    return own


def has_unpublished_changes(subject):
    """Return whether the working copy differs from what is live."""
    if subject.live_revision is None:
        return True
    return draft(subject) != _own(subject.live_revision.content)


# From content to frozen content


def _side(row):
    """Return on which of three sides a criterion stands."""
    if row["kind"] in SAFETY_KINDS:
        return "safety"
    return "check" if row["kind"] == CriterionKind.CHECK else "benefit"


def _identity(row):
    return row["kind"], frozenset(row["when"]), frozenset(row["unless"])


def _shared_criteria(content):
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
    replaced = {(_side(row), frozenset(row["when"])) for row in own}
    seen = {_identity(row) for row in own}
    merged = list(own)
    for row in shared:
        is_replaced = (
            _side(row) != "check" and (_side(row), frozenset(row["when"])) in replaced
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
        frozen["criteria"] = _merged(content["criteria"], _shared_criteria(content))
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


# What is missing


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
        if name not in OPTIONAL_KEY_FACTS and not content["key_facts"][name]:
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
            _side(row) == "benefit"
            for row in content["criteria"] + _shared_criteria(content)
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


# Verbs


def _go_live(subject, content, *, by, note):
    last = subject.revisions.first()
    revision = subject.revisions.create(
        number=last.number + 1 if last else 1, content=content, note=note, created_by=by
    )
    if "criteria" in content:
        codes = {
            code for row in content["criteria"] for code in row["when"] + row["unless"]
        }
        revision.findings.set(Finding.objects.filter(code__in=codes))
    subject.live_revision = revision
    subject.save(update_fields=["live_revision"])


def _sharing(subject):
    """Return the live methods that hold a subject's criteria, main entries first.

    What counts is what is live: a draft may have left the trait or the main entry.
    """
    live = sorted(
        Method.objects.published(),
        key=lambda method: bool(method.live_revision.content["follows"]),
    )
    if isinstance(subject, Trait):
        return [m for m in live if subject.slug in m.live_revision.content["traits"]]
    if isinstance(subject, Method):
        return [m for m in live if subject.slug == m.live_revision.content["follows"]]
    return []


def _refreeze(methods, *, by, note):
    """Bring changed shared criteria into live revisions, and nothing of the drafts."""
    for each in methods:
        # Re-read under lock: refreezing its main entry may have refrozen it already.
        locked = Method.objects.published().select_for_update(of=["self"])
        method = locked.get(pk=each.pk)
        content = freeze(_own(method.live_revision.content))
        if content != method.live_revision.content:
            _go_live(method, content, by=by, note=note)
            _refreeze(_sharing(method), by=by, note=note)


@transaction.atomic
def publish_all(subjects, *, by, note):
    """Freeze working copies and put them live, in their order, as one new edition.

    A trait's or main entry's new criteria reach every live method that shares them.
    Raises `Incomplete`, with what to add; then nothing is published.
    """
    for subject in subjects:
        model = type(subject)
        model.objects.select_for_update().get(pk=subject.pk)
        subject = model.objects.for_draft().get(pk=subject.pk)
        content = draft(subject)
        if faults := missing(content):
            raise Incomplete(faults)
        _go_live(subject, freeze(content), by=by, note=note)
        _refreeze(_sharing(subject), by=by, note=f"{subject}: {note}"[:200])
    editions.renew()


def publish(subject, *, by, note):
    """Publish one subject, and return it as it then is; see `publish_all`."""
    publish_all([subject], by=by, note=note)
    return type(subject).objects.for_draft().get(pk=subject.pk)


@transaction.atomic
def unpublish(subject):
    """Take the subject off the site and out of the rules. Its revisions stay.

    Raises `InUse` while live methods share its criteria: they would lose them.
    """
    subject = type(subject).objects.select_for_update().get(pk=subject.pk)
    if users := [method.title for method in _sharing(subject)]:
        raise InUse(users)
    subject.live_revision = None
    subject.save(update_fields=["live_revision"])
    editions.renew()
    return subject


@transaction.atomic
def revert(subject, revision):
    """Bring an old revision back into the working copy, not yet live."""
    subject = type(subject).objects.select_for_update().get(pk=subject.pk)
    for code, fields in revision.content["sources"].items():
        Source.objects.get_or_create(code=code, defaults=fields)
    write_draft(subject, _own(revision.content))
    return subject


@transaction.atomic
def move(method, address):
    """Give a treatment's page another address; the old one leads there from then on.

    A former address of its own may be taken back. Raises `Taken` for one that is, or
    was, that of another treatment.
    """
    # All rows: who moves waits for whoever moves at the same time, to whatever address.
    methods = {each.pk: each for each in Method.objects.select_for_update()}
    method = methods.pop(method.pk)
    if address == method.address:
        return method
    former = (
        FormerAddress.objects.filter(address=address).exclude(method=method).first()
    )
    owners = [each for each in methods.values() if each.address == address]
    owners += [methods[former.method_id]] if former else []
    if owners:
        raise Taken(owners[0].title)
    method.former_addresses.filter(address=address).delete()
    if method.revisions.exists():
        method.former_addresses.create(address=method.address)
    method.address = address
    method.save(update_fields=["address"])
    editions.renew()
    return method


# From content to rows


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
    for part in ("key_facts", "measures"):
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
    subject.edits += 1
    subject.save()
    if "traits" in content:
        subject.traits.set(Trait.objects.filter(slug__in=content["traits"]))
    if "criteria" in content:
        _write_criteria(subject, content["criteria"])


# What is live


def live_methods():
    """Return the published methods as entries, in the clinic's order. One query."""
    entries_of = [
        entries.method(method.live_revision.content, revision=method.live_revision_id)
        for method in Method.objects.published()
    ]
    return tuple(sorted(entries_of, key=lambda each: (each.position, each.title)))


def live_protocol():
    """Return the `entries.Protocol` in force now. Three queries."""
    return entries.Protocol(
        methods=live_methods(),
        questions=frozenset(
            Finding.objects.health_questions().values_list("code", flat=True)
        ),
        red_flags=tuple(
            entries.RedFlag(code=each.code, route=each.route, told=each.told)
            for each in Finding.objects.red_flags()
        ),
    )
