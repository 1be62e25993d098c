"""Differences between two versions in words, for whoever reads them before they are live."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from methods.models import (
    CAUSE_SECTIONS,
    KEY_FACTS,
    METHOD_SECTIONS,
    SCAR_TYPE_SECTIONS,
    Cause,
    Clinic,
    Finding,
    Method,
    Pathway,
    Trait,
)
from methods.protocol.loosening import NEW, OFF, Change
from methods.protocol.vocabulary import CriterionKind, Level, Line, RelationKind

BEGINNINGS = {
    Line.FIRST: lazy("First choice for"),
    Line.SECOND: lazy("Second choice for"),
    Line.ADJUNCT: lazy("Added to another treatment for"),
    Level.TECHNIQUE: lazy("Done another way if"),
    Level.TEST: lazy("Test spot first if"),
    Level.DOCTOR: lazy("A doctor decides first if"),
    CriterionKind.DEFERRAL: lazy("Wait if"),
    CriterionKind.CONTRAINDICATION: lazy("Not for you if"),
    CriterionKind.NOT_RECOMMENDED: lazy("Does little for"),
    CriterionKind.CHECK: lazy("We look first if"),
}
PARTS = {
    "criteria": lazy("Rule"),
    "relations": lazy("Relation"),
    "ceilings": lazy("Ceiling"),
    "not_needed": lazy("No rule needed"),
    "steps": lazy("Step"),
    "kinds": lazy("Kind of scar"),
    "sources": lazy("Source"),
    NEW: lazy("New, not live before"),
    OFF: lazy("Taken off the site"),
}


@dataclass(frozen=True)
class Said:
    """A change in words: its place, what stood there and stands now, "" of nothing."""

    label: str
    old: str
    new: str
    loosens: bool


class Names:
    """Labels of findings by code and titles of treatments by slug, read when needed."""

    @cached_property
    def labels(self) -> dict[str, str]:
        return dict(Finding.objects.values_list("code", "label"))

    @cached_property
    def titles(self) -> dict[str, str]:
        return dict(Method.objects.values_list("slug", "title"))

    def findings(self, codes: list[str], joint: str) -> str:
        return joint.join(self.labels.get(code, code) for code in codes)

    def methods(self, slugs: list[str]) -> str:
        return ", ".join(self.titles.get(slug, slug) for slug in slugs)


def _beginning(row: dict[str, Any]) -> str:
    if row["kind"] == CriterionKind.INDICATION:
        return str(BEGINNINGS[Line(row["line"])])
    if row["kind"] == CriterionKind.PRECAUTION:
        return str(BEGINNINGS[Level(row["level"] or Level.DOCTOR)])
    return str(BEGINNINGS[CriterionKind(row["kind"])])


def rule(row: dict[str, Any], names: Names) -> str:
    """Return a criterion as a sentence, with all that it says and rests on."""
    parts = [
        f"{_beginning(row)}: {names.findings(row['when'], ' ' + _('and also') + ' ')}"
    ]
    if row["unless"]:
        parts.append(
            _("but not if %(findings)s")
            % {"findings": names.findings(row["unless"], f" {_('or')} ")}
        )
    if row["until"]:
        parts.append(_("until %(end)s") % {"end": row["until"]})
    said = [", ".join(parts) + "."]
    if row.get("methods"):
        said.append(_("For: %(methods)s.") % {"methods": names.methods(row["methods"])})
    if row["refer"]:
        said.append(
            _("Refer to: %(methods)s.") % {"methods": names.methods(row["refer"])}
        )
    return " ".join([*said, *_reasons(row)])


def _reasons(row: dict[str, Any]) -> list[str]:
    labels = {
        "for_patient": _("Patient"),
        "for_staff": _("Staff"),
        "contested": _("Contested"),
        "why": _("Why"),
    }
    said = [f"{labels[name]}: “{row[name]}”" for name in labels if row.get(name)]
    if row.get("reviewed_on"):
        said.append(_("Reviewed on %(day)s.") % {"day": row["reviewed_on"]})
    if row.get("sources"):
        said.append(_("Sources: %(codes)s.") % {"codes": ", ".join(row["sources"])})
    return said


def _relation(row: dict[str, Any], names: Names) -> str:
    said = [f"{RelationKind(row['kind']).label}: {names.methods(row['methods'])}."]
    if row["scars"]:
        joint = f" {_('or')} "
        said.append(
            _("For: %(scars)s.") % {"scars": names.findings(row["scars"], joint)}
        )
    if row["when"]:
        joint = f" {_('and also')} "
        said.append(_("If: %(when)s.") % {"when": names.findings(row["when"], joint)})
    if row["line"]:
        said.append(f"{Line(row['line']).label}.")
    numbers = {
        "sessions": _("sessions: %s"),
        "weeks": _("weeks: %s"),
        "weeks_dark": _("weeks on darker skin: %s"),
    }
    said += [
        f"{capfirst(words % row[name])}."
        for name, words in numbers.items()
        if row[name] is not None
    ]
    said.append(_("It must be so.") if row["is_hard"] else _("It is advice."))
    return " ".join([*said, *_reasons(row)])


def _ceiling(row: dict[str, Any], _names: Names) -> str:
    said = [f"{row['substance']} ({row['unit']})."]
    if row["reason_above"] is not None:
        said.append(_("A reason above %(dose)s.") % {"dose": row["reason_above"]})
    if row["refuse_above"] is not None:
        said.append(_("None above %(dose)s.") % {"dose": row["refuse_above"]})
    return " ".join([*said, *_reasons(row)])


def _plainly(row: dict[str, Any], names: Names) -> str:
    """Return any other row, value by value."""
    said = []
    for name, value in row.items():
        if value in ("", None, []):
            continue
        if name == "methods":
            value = names.methods(value)
        elif name == "scar":
            value = names.findings([value], "")
        said.append(", ".join(value) if isinstance(value, list) else str(value))
    return " · ".join(said)


_ROWS = {"criteria": rule, "relations": _relation, "ceilings": _ceiling}


def _label(part: str) -> str:
    first, _dot, last = part.partition(".")
    if first in PARTS:
        return f"{PARTS[first]} {last}".strip()
    if first == "sections":
        known = CAUSE_SECTIONS | SCAR_TYPE_SECTIONS | METHOD_SECTIONS
        return str(known[last])
    if first == "key_facts":
        return str(KEY_FACTS[last])
    name = last or first
    for model in (Method, Trait, Cause, Pathway, Finding, Clinic):
        for field in (*model._meta.concrete_fields, *model._meta.many_to_many):
            if field.name == name:
                return str(capfirst(field.verbose_name))
    return name


def _value(part: str, value: Any, names: Names) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if part == "when":
        return names.findings(value, ", ")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return _ROWS.get(part, _plainly)(value, names)
    return str(value)


def say(change: Change, names: Names) -> Said:
    """Return one change in words."""
    return Said(
        _label(change.part),
        _value(change.part, change.old, names),
        _value(change.part, change.new, names),
        change.loosens,
    )


def say_all(changes: list[Change]) -> list[Said]:
    """Return changes in words, what loosens first. Two queries, where rules changed."""
    names = Names()
    said = [say(change, names) for change in changes]
    return sorted(said, key=lambda each: not each.loosens)
