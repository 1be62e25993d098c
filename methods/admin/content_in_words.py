"""Frozen content in the words of the admin: all that would go live, for the preview."""

from django.utils.translation import gettext as _

from methods.models import CAUSE_SECTIONS, SCAR_TYPE_SECTIONS, Finding, Method
from methods.protocol.vocabulary import CriterionKind, Level, Line, RelationKind


def _between(low, high):
    """Return a range of numbers, either of which may be None, in words."""
    if low is None:
        return "" if high is None else _("up to %(most)s") % {"most": high}
    if high is None:
        return _("from %(least)s") % {"least": low}
    return str(low) if low == high else f"{low}–{high}"


class _Names:
    """Labels of findings by code, and titles of treatments by slug. Two queries."""

    def __init__(self):
        self._labels = dict(Finding.objects.values_list("code", "label"))
        self._titles = dict(Method.objects.values_list("slug", "title"))

    def findings(self, codes):
        return [self._labels[code] for code in codes]

    def methods(self, slugs):
        return [self._titles.get(slug, slug) for slug in slugs]

    def criterion(self, row):
        return row | {
            "kind": CriterionKind(row["kind"]).label,
            "when": self.findings(row["when"]),
            "unless": self.findings(row["unless"]),
            "line": Line(row["line"]).label if row["line"] else "",
            "level": Level(row["level"]).label if row["level"] else "",
            "refer": self.methods(row["refer"]),
            # Only a condition's criterion names treatments.
            "methods": self.methods(row["methods"]) if "methods" in row else [],
        }

    def relation(self, row):
        return row | {
            "kind": RelationKind(row["kind"]).label,
            "methods": self.methods(row["methods"]),
            "scars": self.findings(row["scars"]),
            "when": self.findings(row["when"]),
            "line": Line(row["line"]).label if row["line"] else "",
        }

    def step(self, row):
        return row | {
            "methods": self.methods(row["methods"]),
            "sessions": _between(row["sessions_from"], row["sessions_to"]),
            "weeks": _between(row["weeks_from"], row["weeks_to"]),
        }

    def not_needed(self, row):
        return row | {"methods": self.methods(row["methods"])}


def rules(content):
    """Return the rows of content by part, in words. Two queries."""
    names = _Names()
    in_words = {
        "criteria": names.criterion,
        "relations": names.relation,
        "ceilings": dict,
        "not_needed": names.not_needed,
        "steps": names.step,
    }
    parts = {
        part: [words(row) for row in content[part]]
        for part, words in in_words.items()
        if part in content
    }
    return parts | {"when": names.findings(content.get("when", ()))}


def sections(content):
    """Return [(label, lines)] of the texts of a scar type or of a page by what happened."""
    labels = CAUSE_SECTIONS if "kinds" in content else SCAR_TYPE_SECTIONS
    return [
        (labels[name], lines) for name, lines in content.get("sections", {}).items()
    ]
