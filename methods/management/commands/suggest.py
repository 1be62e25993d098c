import json
import sys
from dataclasses import asdict
from pathlib import Path

from django.core.management.base import BaseCommand
from django.utils import timezone

from methods.protocol import engine
from methods.protocol.facts import WrongFacts, read
from methods.protocol.vocabulary import BESIDE_TREATMENTS
from methods.publishing import live


def as_json(answer):
    """Return an engine's `Answer` in the shape that the outside relies on."""
    return {
        "types": list(answer.types),
        "red_flags": [
            {"code": flag.code, "route": flag.route} for flag in answer.red_flags
        ],
        "cards": [
            {
                "method": card.method,
                "title": card.title,
                "verdict": card.verdict,
                "line": card.line or None,
                "until": in_words(card) or None,
                "reasons": [reason_as_json(reason) for reason in card.reasons],
                "ask": list(card.ask),
                **({"group": card.group} if card.group in BESIDE_TREATMENTS else {}),
                **({"with": list(card.together)} if card.together else {}),
                **(
                    {"after": [asdict(each) for each in card.after]}
                    if card.after
                    else {}
                ),
            }
            for card in answer.cards
        ],
        "referrals": list(answer.referrals),
    }


def reason_as_json(reason):
    """Return one reason of a card; of a precaution, with its level."""
    return {
        "kind": reason.kind,
        "findings": list(reason.findings),
        "rationale": reason.rationale,
        "source": ", ".join(reason.sources) or None,
        **({"level": reason.level} if reason.level else {}),
    }


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


def objects_in(text):
    """Yield (line number, JSON value or `ValueError`) from one object or JSON Lines."""
    # Only a line feed ends a line: a text may hold U+2028 and its like.
    rows = [(at, row) for at, row in enumerate(text.split(b"\n"), 1) if row.strip()]
    whole = parsed(text)
    if len(rows) < 2 or not isinstance(whole, ValueError):
        yield rows[0][0] if rows else 1, whole
        return
    for at, row in rows:
        yield at, parsed(row)


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
        status = 0
        for at, raw in objects_in(text):
            try:
                if isinstance(raw, ValueError):
                    raise WrongFacts([f"not JSON: {raw}"])
                facts = read(raw, protocol, today=timezone.localdate())
            except WrongFacts as wrong:
                status = self._complain(f"line {at}: {'; '.join(wrong.faults)}")
                continue
            answer = engine.suggest(facts, protocol)
            self.stdout.write(json.dumps(as_json(answer), ensure_ascii=False))
        if status:
            sys.exit(status)

    def _complain(self, line):
        self.stderr.write(" ".join(line.split()))
        return 2
