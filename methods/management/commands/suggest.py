import json
import sys
from dataclasses import asdict
from functools import lru_cache
from itertools import chain
from pathlib import Path

from django.core.management.base import BaseCommand
from django.utils import timezone

from methods.protocol import engine
from methods.protocol.facts import WrongFacts, read
from methods.protocol.vocabulary import BESIDE_TREATMENTS
from methods.publishing import live
from scarclinic.staff.garbage import collected_rarely
from scarclinic.staff.processes import in_processes

CHUNK = 50


def as_line(answer):
    """Return an engine's `Answer` as JSON, in the shape that the outside relies on."""
    head = {
        "types": list(answer.types),
        "red_flags": [
            {"code": flag.code, "route": flag.route} for flag in answer.red_flags
        ],
        "referrals": list(answer.referrals),
    }
    cards = ", ".join(map(_card, answer.cards))
    return _with_list(head, "cards", cards)


@lru_cache(maxsize=1024)
def _card(card):
    fields = {
        "method": card.method,
        "title": card.title,
        "verdict": card.verdict,
        "line": card.line or None,
        "until": in_words(card) or None,
        "ask": card.ask,
    }
    if card.group in BESIDE_TREATMENTS:
        fields["group"] = card.group
    if card.together:
        fields["with"] = card.together
    if card.after:
        fields["after"] = [asdict(each) for each in card.after]
    return _with_list(fields, "reasons", ", ".join(map(_reason, card.reasons)))


# Made of pieces, since the same reasons come in every line: of 1,000 patients 312,000 are
# 1,000 different ones. Written whole, `suggest` takes a third longer.
def _with_list(fields, name, items):
    """Return a JSON object of fields, and of a list whose items are JSON already."""
    return f'{_dumps(fields)[:-1]}, "{name}": [{items}]}}'


@lru_cache(maxsize=4096)
def _reason(reason):
    """Return one reason of a card as JSON; of a precaution, with its level."""
    return _dumps(
        {
            "kind": reason.kind,
            "findings": reason.findings,
            "rationale": reason.rationale,
            "source": ", ".join(reason.sources) or None,
            **({"level": reason.level} if reason.level else {}),
        }
    )


# `json.dumps` would make an encoder for each of the cards.
_dumps = json.JSONEncoder(ensure_ascii=False).encode


def in_words(card):
    """Return until when a card is deferred: the condition, and the days if known."""
    if card.until_days is None:
        return card.until
    return f"{card.until} (about {card.until_days} days from now)"


def parsed(text):
    """Return the JSON value of bytes, or the `ValueError` that says why there is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        return ValueError(error)


def rows_in(text):
    """Return [(line number, bytes of a JSON value)] of one object or JSON Lines."""
    # Only a line feed ends a line: a text may hold U+2028 and its like.
    rows = [(at, row) for at, row in enumerate(text.split(b"\n"), 1) if row.strip()]
    if len(rows) < 2 or not isinstance(parsed(text), ValueError):
        return [(rows[0][0] if rows else 1, text)]
    return rows


def answered(row, protocol):
    """Return the answer to the facts of a row as JSON, or the `WrongFacts` it holds."""
    value = parsed(row)
    try:
        if isinstance(value, ValueError):
            raise WrongFacts([f"not JSON: {value}"])
        facts = read(value, protocol, today=timezone.localdate())
    except WrongFacts as wrong:
        return wrong
    return as_line(engine.suggest(facts, protocol))


class Command(BaseCommand):
    help = (
        "Read facts (one JSON object, or JSON Lines) from FILE or standard input; print "
        "what the live protocol answers, one JSON line each. Exit status 2 if a line "
        "could not be read; the others are answered all the same."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", metavar="FILE")

    def handle(self, file, **options):
        try:
            text = Path(file).read_bytes() if file else sys.stdin.buffer.read()
        except OSError as error:
            sys.exit(self._complain(str(error)))
        protocol = live.protocol()
        if not protocol.methods:
            sys.exit(
                self._complain("No method is published: run load_catalogue first.")
            )
        with collected_rarely():
            status = self._answer(text, protocol)
        if status:
            sys.exit(status)

    def _answer(self, text, protocol):
        """Print an answer to each line; return the exit status."""
        status, rows = 0, rows_in(text)
        chunks = [rows[at : at + CHUNK] for at in range(0, len(rows), CHUNK)]

        def answer(chunks):
            for chunk in chunks:
                yield [(at, answered(row, protocol)) for at, row in chunk]

        for at, said in chain.from_iterable(in_processes(answer, chunks)):
            if isinstance(said, WrongFacts):
                status = self._complain(f"line {at}: {'; '.join(said.faults)}")
            else:
                self.stdout.write(said)
        return status

    def _complain(self, line):
        self.stderr.write(" ".join(line.split()))
        return 2
