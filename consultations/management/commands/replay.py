import sys
from itertools import groupby

from django.core.management.base import BaseCommand
from django.db.models import Prefetch
from django.utils.translation import gettext as _

from consultations.models import Assessment, Intake
from consultations.review import workflow
from methods.protocol.facts import WrongFacts


def differences(intake, assessments):
    """Yield what comes out differently when one round of assessments is made again."""
    try:
        answers = workflow.recomputed(assessments)
    except WrongFacts as wrong:
        yield f"{intake}: the facts kept cannot be read any more: {wrong}"
        return
    for assessment, answer in zip(assessments, answers, strict=True):
        where = f"{intake}, scar {assessment.scar.number}"
        cards = list(assessment.cards.all())
        kept = {
            "types": assessment.types,
            "red flags": assessment.red_flags,
            "order": [card.revision_id for card in cards],
        }
        now = {
            "types": list(answer.types),
            "red flags": [flag.code for flag in answer.red_flags],
            "order": [card.revision for card in answer.cards],
        }
        for card, fresh in zip(cards, answer.cards, strict=True):
            slug = card.revision.content["slug"]
            fields = workflow.card_fields(fresh)
            kept |= {f"{slug}, {name}": getattr(card, name) for name in fields}
            now |= {f"{fresh.method}, {name}": value for name, value in fields.items()}
        for name, value in kept.items():
            if now.get(name) != value:
                yield f"{where}, {name}: was {value!r}, now {now.get(name)!r}"


class Command(BaseCommand):
    help = (
        "Make every stored assessment again from what it kept. Prints each difference; "
        "exit status 1 if there is one."
    )

    def handle(self, **options):
        count, found = 0, 0
        assessments = Assessment.objects.select_related("scar").prefetch_related(
            "cards__revision__subject"
        )
        intakes = Intake.objects.sent().prefetch_related(
            Prefetch("assessments", queryset=assessments)
        )
        for intake in intakes.iterator(chunk_size=50):
            for _round, made in groupby(intake.assessments.all(), lambda a: a.round):
                count += 1
                for difference in differences(intake, list(made)):
                    found += 1
                    self.stdout.write(difference)
        self.stdout.write(
            _("Assessments made again: %(count)d. Differences: %(found)d.")
            % {"count": count, "found": found}
        )
        if found:
            sys.exit(1)
