"""What an edition holds: compiled from all that is live, as plain JSON."""

import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import Prefetch, Q
from django.utils import timezone

from methods.models import (
    BeforeAfter,
    Cause,
    CauseRevision,
    Clinic,
    Edition,
    Finding,
    FormerAddress,
    Method,
    MethodRevision,
    Notice,
    Person,
    Picture,
    ScarType,
    ScarTypeRevision,
    Synonym,
)
from methods.protocol import entries
from methods.protocol.vocabulary import ConsentUse, CriterionKind, Meaning, MethodGroup
from scarclinic.staff.text.cleaning import clean_text

JSON = dict[str, Any]
SHAPE = 10
"""Version of the row's JSON schema; raise it when the keys written here change.

During an upgrade the row may have been written by older or newer code. Such a row is not
overwritten: this process compiles the edition in memory instead.
"""
LATELY = timedelta(days=365)
SHOWN_MEANINGS = {"pregnant", "breastfeeding"}
"""The findings whose meaning stands beside a treatment on pages that show many."""
RELATED = 4


def _lines_by_scar_type(method: entries.Method) -> dict[str, str]:
    """Return {scar type code: best line} of an `entries.Method`."""
    codes = {
        code
        for row in method.criteria_of(CriterionKind.INDICATION)
        for code in row.when
        if code in entries.SCAR_TYPE_CODES
    }
    return {code: method.line_for(code) for code in sorted(codes)}


def _meanings(method: entries.Method) -> dict[str, Meaning]:
    """Return {finding: its gravest `Meaning`}; with another finding, a doctor's at most."""
    order = list(Meaning)
    meanings: dict[str, Meaning] = {}
    for row in method.criteria:
        for finding in SHOWN_MEANINGS.intersection(row.when if row.meaning else ()):
            meaning = row.meaning
            if len(row.when) > 1:
                meaning = max(Meaning.DOCTOR, meaning, key=order.index)
            known = meanings.get(finding, meaning)
            meanings[finding] = min(known, meaning, key=order.index)
    return meanings


def _method_summary(content: JSON) -> JSON:
    """Return what lists, scar pages and the search show of a method."""
    entry = entries.method(content)
    lines = _lines_by_scar_type(entry)
    kept = ["slug", "title", "also_called", "group", "position", "is_ranked"]
    kept += ["summary", "key_facts", "measures", "price"]
    kept += ["traits", "follows", "reviewed_on"]
    shown = (CriterionKind.INDICATION, CriterionKind.NOT_RECOMMENDED)
    return {name: content[name] for name in kept} | {
        "lines": lines,
        "for_some": [code for code in lines if entry.is_for_some(code)],
        "meanings": _meanings(entry),
        "criteria": [
            {name: row[name] for name in ("kind", "when", "line", "for_patient")}
            for row in content["criteria"]
            if row["kind"] in shown
        ],
    }


def _scar_type_summary(content: JSON) -> JSON:
    kept = ("code", "title", "also_called", "position", "summary")
    return {name: content[name] for name in kept}


def _cause_summary(content: JSON) -> JSON:
    kept = ["code", "title", "also_called", "position", "summary"]
    kept += ["link", "teaser", "drawing"]
    return {name: content[name] for name in kept} | {
        "scars": [row["scar"] for row in content["kinds"]]
    }


def _cleaned(value: Any) -> Any:
    """Return a value with its texts clean: feeds and share pictures are XML.

    Rows that are older than the text gate may hold control characters.
    """
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {key: _cleaned(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(each) for each in value]
    return value


_summaries: dict[type, dict[tuple[int, datetime], JSON]] = {
    Method: {},
    ScarType: {},
    Cause: {},
}
"""{model: {(number of a revision, when it was made): summary}}, of what was live last.

A revision never changes, and to parse all that is live took most of `renew`.
"""


def _summarised(
    model: Any, summary_of: Callable[[JSON], JSON], *columns: str
) -> list[tuple[int, JSON]]:
    """Return what is live, [(number of its revision, summary)], in the clinic's order.

    A summary has `columns` of the row as well, and all is clean: see `_cleaned`. Two queries;
    the second reads only revisions that this process has not read yet.
    """
    rows = list(
        model.objects.filter(live_revision__isnull=False).values_list(
            "live_revision", "live_revision__created_at", *columns
        )
    )
    known = _summaries[model]
    # A restored backup may give a number to another revision, but not in the same moment.
    unread = [pk for pk, made, *_columns in rows if (pk, made) not in known]
    revisions = model._meta.get_field("live_revision").related_model
    read = dict(revisions.objects.filter(pk__in=unread).values_list("pk", "content"))
    _summaries[model] = known = {
        (pk, made): known.get((pk, made)) or _cleaned(summary_of(read[pk]))
        for pk, made, *_columns in rows
    }
    live = [
        (
            pk,
            known[pk, made]
            | {"published_at": made}
            | _cleaned(dict(zip(columns, own, strict=True))),
        )
        for pk, made, *own in rows
    ]
    return sorted(live, key=lambda each: (each[1]["position"], each[1]["title"]))


def _is_listed(summary: JSON) -> bool:
    """Return whether lists of treatments show a method: a referral is none."""
    return bool(summary["group"] != MethodGroup.REFERRAL)


def _related(summaries: list[JSON]) -> dict[str, list[str]]:
    """Return {slug: the methods that share most scar types with it}, best first."""
    related = {}
    for summary in summaries:
        shared = [
            (len(summary["lines"].keys() & other["lines"].keys()), other)
            for other in summaries
            if other["slug"] != summary["slug"]
        ]
        # The sort is stable: equals stay in the clinic's order.
        shared = sorted(shared, key=lambda pair: -pair[0])
        related[summary["slug"]] = [each["slug"] for n, each in shared[:RELATED] if n]
    return related


def _changes(revisions: Any, address_of: Callable[[Any], Any]) -> list[JSON]:
    """Return what was published again within the last year, newest first."""
    rows = revisions.filter(number__gt=1, created_at__gt=timezone.now() - LATELY)
    return [
        {"page": address_of(row), "on": row.created_at, "note": row.note}
        for row in rows.select_related("subject").defer("content")
    ]


def _clinic() -> JSON:
    clinic = Clinic.objects.filter(pk=Clinic.ONLY).first() or Clinic()
    names = ["name", "street", "postal_code", "town", "country", "subdivision"]
    names += ["telephone", "telephone_e164", "email", "currency", "about"]
    names += ["emergency_number", "support_line", "map_url", "how_to_come"]
    return {name: getattr(clinic, name) for name in names} | {
        "hours": [
            {name: getattr(row, name) for name in ("weekday", "opens", "closes")}
            for row in (clinic.hours.all() if clinic.pk else ())
        ],
        "holidays_of": clinic.country_code if clinic.is_closed_on_holidays else "",
        "closed_days": [
            [row.starts_on, row.ends_on, row.words]
            for row in (clinic.closed_days.all() if clinic.pk else ())
        ],
    }


def end_of(day: date | None) -> datetime | None:
    """Return the first moment after a day; None for none, and for the last of all days."""
    if day is None or day == date.max:
        return None
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def _picture(picture: Picture) -> JSON:
    """Return what pages show of a picture, until the day its consent names is over."""
    names = ("token", "alt", "renditions", "fallback")
    return {name: getattr(picture, name) for name in names} | {
        "until": end_of(picture.consent.until)
    }


def _pairs() -> list[JSON]:
    pictures = Picture.objects.permitted(ConsentUse.RESULTS).in_bulk()
    rows = BeforeAfter.objects.filter(
        Q(method__live_revision__isnull=False)
        | Q(scar_type__live_revision__isnull=False),
        is_public=True,
        before__in=pictures,
        after__in=pictures,
    ).select_related("method", "scar_type__finding")
    return [
        {
            name: getattr(row, name)
            for name in ("sessions", "months", "phototype", "taken", "is_drawn")
        }
        | {
            "before": _picture(pictures[row.before_id]),
            "after": _picture(pictures[row.after_id]),
            "method": row.method.slug if row.method else "",
            "scar_type": row.scar_type.finding.code if row.scar_type else "",
        }
        for row in rows
    ]


def _people() -> list[JSON]:
    pictures = Picture.objects.permitted(ConsentUse.PEOPLE).in_bulk()
    names = ("name", "profession", "registration", "about")
    return [
        {name: getattr(person, name) for name in names}
        | {
            "picture": _picture(pictures[person.picture_id])
            if person.picture_id in pictures
            else None,
            "methods": [method.slug for method in person.methods.all()],
        }
        for person in Person.objects.filter(is_public=True).prefetch_related(
            Prefetch("methods", Method.objects.published())
        )
    ]


def _listed(catalogue: JSON) -> JSON:
    """Return {page: {what it shows: when that was published}}, for pages that show many."""
    methods = {
        summary["slug"]: summary["published_at"]
        for summary in catalogue["methods"]
        if _is_listed(summary)
    }
    scar_types = {
        f"scar/{summary['code']}": summary["published_at"]
        for summary in catalogue["scar_types"]
    }
    causes = {
        f"cause/{summary['code']}": summary["published_at"]
        for summary in catalogue["causes"]
    }
    listed = {"home": methods | scar_types | causes, "list": methods}
    listed |= {"prices": methods, "compare": methods, "scars": scar_types | causes}
    for cause in catalogue["causes"]:
        page, codes = f"cause/{cause['code']}", set(cause["scars"])
        listed[page] = {page: cause["published_at"]} | {
            summary["slug"]: summary["published_at"]
            for summary in catalogue["methods"]
            if _is_listed(summary) and codes & summary["lines"].keys()
        }
    for page, published_at in scar_types.items():
        code = page.removeprefix("scar/")
        listed[page] = {page: published_at} | {
            summary["slug"]: summary["published_at"]
            for summary in catalogue["methods"]
            if _is_listed(summary)
            and any(code in row["when"] for row in summary["criteria"])
        }
    return listed


@lru_cache(maxsize=1)
def _listed_in(text: str) -> JSON:
    return _listed(json.loads(text))


def _changed(catalogue: JSON, before: Edition) -> JSON:
    """Return {page: when what it shows last changed}, for the pages that show many.

    No row records when something left a page: it is found by comparing with `before`,
    and its time is handed on from one edition to the next.
    """
    known = json.loads(before.site or "{}").get("changed", {})
    is_of_this_shape = before.digest.startswith(f"{SHAPE}-")
    listed_before = _listed_in(before.catalogue) if is_of_this_shape else {}
    changed = {}
    for page, listed in _listed(catalogue).items():
        times = list(listed.values())
        if known.get(page):
            times.append(datetime.fromisoformat(known[page]))
        if listed_before.get(page, {}).keys() - listed.keys():
            times.append(timezone.now())
        changed[page] = max(times, default=None)
    return changed


def compiled(before: Edition) -> tuple[JSON, JSON]:
    """Return the two parts of an edition as the rows now are, given the one before."""
    methods = _summarised(Method, _method_summary, "address")
    revisions = {summary["slug"]: revision for revision, summary in methods}
    summaries = [summary for _revision, summary in methods]
    scar_type_summaries = [
        summary for _revision, summary in _summarised(ScarType, _scar_type_summary)
    ]
    causes = [summary for _revision, summary in _summarised(Cause, _cause_summary)]
    changes = sorted(
        _changes(MethodRevision.objects, lambda row: ["method", row.subject.slug])
        + _changes(
            ScarTypeRevision.objects.select_related("subject__finding"),
            lambda row: ["scar", row.subject.finding.code],
        )
        + _changes(CauseRevision.objects, lambda row: ["cause", row.subject.code]),
        key=lambda change: change["on"],
        reverse=True,
    )
    pairs, people = _pairs(), _people()
    pictures = [pair[side] for pair in pairs for side in ("before", "after")]
    pictures += [person["picture"] for person in people if person["picture"]]
    catalogue = {
        "methods": summaries,
        "scar_types": scar_type_summaries,
        "causes": causes,
        "people": _cleaned(people),
        "synonyms": _cleaned(dict(Synonym.objects.values_list("phrase", "means"))),
    }
    site = {
        "clinic": _clinic(),
        "notices": list(Notice.objects.values("text", "level", "starts_at", "ends_at")),
        "methods": {
            summary["slug"]: [
                summary["title"],
                summary["address"],
                revisions[summary["slug"]],
                summary["published_at"],
            ]
            for summary in summaries
        },
        "variants": {
            summary["slug"]: summary["follows"]
            for summary in summaries
            if summary["follows"]
        },
        "scar_types": {
            summary["code"]: summary["title"] for summary in scar_type_summaries
        },
        "causes": {each["code"]: each["title"] for each in causes},
        "reasons": {
            finding.code: [
                finding.patient_words or finding.label,
                finding.reason_group,
                finding.is_common,
            ]
            for finding in Finding.objects.all()
        },
        "former": dict(
            FormerAddress.objects.filter(
                method__live_revision__isnull=False
            ).values_list("address", "method__slug")
        ),
        "referrals": [s["slug"] for s in summaries if not _is_listed(s)],
        "related": _related([s for s in summaries if _is_listed(s)]),
        "changes": changes,
        "people": [
            [person["name"], person["profession"], person["methods"]]
            for person in people
            if person["methods"]
        ],
        "pairs": pairs,
        "pictures": {each["token"]: each["until"] for each in pictures},
        "changed": _changed(catalogue, before),
    }
    return _cleaned(site), catalogue
