import json
import random
import sys
from collections import Counter
from datetime import date
from functools import lru_cache
from itertools import chain, groupby

from django.core.management.base import BaseCommand
from django.db.models import JSONField, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from consultations.models import Assessment, Card, Intake
from consultations.review import workflow
from methods.protocol import RULES_VERSION
from methods.protocol.facts import WrongFacts
from scarclinic.staff.garbage import collected_rarely
from scarclinic.staff.processes import in_processes

CHUNK = 100
IN_ROUNDS = ("intake_id", "round", "scar__number")

# Read as rows and text: a thousand assessments have 44,000 cards, whose lists repeat
# themselves, so that each is parsed once. As models they take two thirds longer.
PARSED = [each.name for each in Card._meta.fields if isinstance(each, JSONField)]
CARDS = Card.objects.annotate(
    **{f"{name}_text": Cast(name, TextField()) for name in PARSED}
).values_list(
    "assessment_id",
    "revision_id",
    *(f"{name}_text" if name in PARSED else name for name in workflow.CARD_FIELDS),
)
parse = lru_cache(maxsize=10_000)(json.loads)


def kept_cards(assessments):
    """Return {assessment's key: {revision's key: what its card says}}, in their order."""
    kept = {}
    for assessment, revision, *values in CARDS.filter(assessment__in=assessments):
        kept.setdefault(assessment, {})[revision] = {
            name: parse(value) if name in PARSED else value
            for name, value in zip(workflow.CARD_FIELDS, values, strict=True)
        }
    return kept


def differences(made, cards, protocols):
    """Yield what comes out differently when one round of assessments is made again."""
    intake = made[0].intake
    protocol = protocols.of(made[0], cards.get(made[0].pk, {}))
    try:
        answers = workflow.recomputed(made, protocol)
    except WrongFacts as wrong:
        yield f"{intake}: the facts kept cannot be read any more: {wrong}"
        return
    slugs = {each.revision: each.slug for each in protocol.methods}
    for assessment, answer in zip(made, answers, strict=True):
        where = f"{intake}, scar {assessment.scar.number}"
        stored = cards.get(assessment.pk, {})
        kept = {
            "types": assessment.types,
            "red flags": assessment.red_flags,
            "order": list(stored),
        }
        now = {
            "types": list(answer.types),
            "red flags": [flag.code for flag in answer.red_flags],
            "order": [card.revision for card in answer.cards],
        }
        for name, value in kept.items():
            if now[name] != value:
                yield f"{where}, {name}: was {value!r}, now {now[name]!r}"
        dealt = {card.method: card for card in answer.cards}
        for revision, before in stored.items():
            slug = slugs[revision]
            after = workflow.card_fields(dealt[slug])
            if before != after:
                for name, value in after.items():
                    if before[name] != value:
                        yield f"{where}, {slug}, {name}: was {before[name]!r}, now {value!r}"


def keys_of(assessments):
    """Return the primary keys of each round's assessments, a list of lists."""
    stored = assessments.order_by(*IN_ROUNDS).values_list("intake_id", "round", "pk")
    return [
        [pk for *_round, pk in made]
        for _round, made in groupby(stored, lambda each: each[:2])
    ]


def replayed(chunks):
    """Yield (counts, differences in words) of each chunk of rounds, by primary keys."""
    protocols = workflow.Protocols()
    for chunk in chunks:
        wanted = list(chain.from_iterable(chunk))
        stored = Assessment.objects.select_related("intake", "scar").in_bulk(wanted)
        cards = kept_cards(wanted)
        counts, told = Counter(rounds=len(chunk)), []
        for keys in chunk:
            made = [stored[pk] for pk in keys]
            found = list(differences(made, cards, protocols))
            if made[0].rules_version != RULES_VERSION:
                counts["older"] += 1
                counts["changed"] += bool(found)
            else:
                counts["made"] += 1
                told += found
        yield counts, told


class Command(BaseCommand):
    help = (
        "Make every stored assessment again from what it kept. Prints each difference; "
        "exit status 1 if there is one. What another version of the engine made is "
        "counted apart, and is no difference."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--since",
            type=date.fromisoformat,
            metavar="DATE",
            help="Only what was made on this day or later, as in 2026-01-31.",
        )
        parser.add_argument(
            "--sample",
            type=int,
            metavar="N",
            help="Only N assessments, drawn at random; the same ones each time.",
        )

    def handle(self, since, sample, **options):
        assessments = Assessment.objects.filter(intake__in=Intake.objects.sent())
        if since:
            assessments = assessments.filter(assessed_on__gte=since)
        keys = keys_of(assessments)
        if sample is not None and sample < len(keys):
            # The same ones each time; nobody gains from guessing which.
            keys = sorted(random.Random(sample).sample(keys, sample))  # noqa: S311
        with collected_rarely():
            counts, found = self._replay(keys)
        self.stdout.write(
            _("Assessments made again: %(count)d. Differences: %(found)d.")
            % {"count": counts["made"], "found": found}
        )
        if counts["older"]:
            self.stdout.write(
                _(
                    "Made by another version of the engine: %(count)d. "
                    "Of these, %(changed)d would come out differently now."
                )
                % {"count": counts["older"], "changed": counts["changed"]}
            )
        if found:
            sys.exit(1)

    def _replay(self, keys):
        counts, found = Counter(), 0
        chunks = [keys[at : at + CHUNK] for at in range(0, len(keys), CHUNK)]
        for made, differences in in_processes(replayed, chunks):
            counts += made
            found += len(differences)
            for difference in differences:
                self.stdout.write(difference)
            self.stderr.write(
                _("%(count)d of %(total)d")
                % {"count": counts["rounds"], "total": len(keys)}
            )
        return counts, found
