"""Fingerprint of a protocol: it differs when two protocols may deal different cards."""

import hashlib
import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from methods.protocol import RULES_VERSION
from methods.protocol.entries import Criterion, Method, Pathway, Protocol

DECIDING = {
    "criteria": ("kind", "when", "unless", "line", "level", "until", "refer"),
    "relations": (
        *("kind", "methods", "scars", "when", "line", "is_hard"),
        *("sessions", "weeks", "weeks_dark"),
    ),
    "ceilings": ("substance", "unit", "reason_above", "refuse_above"),
    "steps": (
        *("number", "methods", "enter", "sessions_from", "sessions_to"),
        *("weeks_from", "weeks_to", "dose", "measure", "next"),
    ),
}
"""What of a row decides. The others are words for people and their sources."""


def _row(part: str, row: Any) -> str:
    return json.dumps(
        {name: getattr(row, name) for name in DECIDING[part]}, default=str
    )


def _rows(part: str, rows: Iterable[Any]) -> list[str]:
    """Return rows as text, in an order of its own: theirs decides nothing."""
    return sorted(_row(part, row) for row in rows)


# A publication asks for those of all methods, and changes a few. Of other rows, which are
# the same if they are equal, 20 and 20.00 would share a text.
@lru_cache(maxsize=8192)
def _criterion(row: Criterion) -> str:
    return _row("criteria", row)


def _method(method: Method) -> dict[str, Any]:
    return {
        "slug": method.slug,
        "group": method.group,
        "position": method.position,
        "is_ranked": method.is_ranked,
        "traits": method.traits,
        "follows": method.follows,
        "criteria": sorted(map(_criterion, method.criteria)),
        "relations": _rows("relations", method.relations),
        "ceilings": _rows("ceilings", method.ceilings),
    }


def _pathway(pathway: Pathway) -> dict[str, Any]:
    return {
        "code": pathway.code,
        "when": pathway.when,
        "response": pathway.response,
        "steps": _rows("steps", pathway.steps),
    }


def of_protocol(protocol: Protocol, asked: Iterable[str]) -> str:
    """Return the SHA-256 of all that decides cards; `asked` are codes of questions."""
    deciding = {
        "rules": RULES_VERSION,
        "methods": [
            _method(each) for each in sorted(protocol.methods, key=lambda m: m.slug)
        ],
        "pathways": [
            _pathway(each) for each in sorted(protocol.pathways, key=lambda p: p.code)
        ],
        "questions": sorted(protocol.questions),
        "asked": sorted(asked),
        "red_flags": sorted((flag.code, flag.route) for flag in protocol.red_flags),
    }
    text = json.dumps(deciding, default=str, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
