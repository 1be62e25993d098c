"""Fingerprint of a protocol: it differs when two protocols may deal different cards."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from methods.protocol import RULES_VERSION
from methods.protocol.entries import Method, Pathway, Protocol

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


def _rows(part: str, rows: Iterable[Any]) -> list[str]:
    """Return rows as text, in an order of its own: theirs decides nothing."""
    return sorted(
        json.dumps({name: getattr(row, name) for name in DECIDING[part]}, default=str)
        for row in rows
    )


def _method(method: Method) -> dict[str, Any]:
    return {
        "slug": method.slug,
        "group": method.group,
        "position": method.position,
        "is_ranked": method.is_ranked,
        "traits": method.traits,
        "follows": method.follows,
        "criteria": _rows("criteria", method.criteria),
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
