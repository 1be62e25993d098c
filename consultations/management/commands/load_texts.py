from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils.translation import gettext as _

from consultations import content
from consultations.intake import consents
from consultations.models import (
    ConsentReader,
    ConsentText,
    LetterTemplate,
    MessageTemplate,
)


class Command(BaseCommand):
    """Load the starter texts of consultations, and publish what patients agree to.

    What is there already is never overwritten. A consent or an e-mail that newer code
    needs is added; messages to begin with are loaded into an empty site only.
    """

    help = __doc__

    @transaction.atomic
    def handle(self, **options):
        is_empty = not ConsentText.objects.exists()
        language = settings.LANGUAGE_CODE
        count = 0
        for reader, texts in (
            (ConsentReader.PATIENT, content.consents()),
            (ConsentReader.GUARDIAN, content.guardian_consents()),
        ):
            for purpose, words in texts.items():
                text, is_new = ConsentText.objects.get_or_create(
                    purpose=purpose, reader=reader, language=language, defaults=words
                )
                if is_new:
                    consents.publish(text, by=None)
                count += is_new
        for kind, words in content.letters().items():
            _template, is_new = LetterTemplate.objects.get_or_create(
                kind=kind, language=language, defaults=words
            )
            count += is_new
        if is_empty:
            count += len(
                MessageTemplate.objects.bulk_create(
                    MessageTemplate(**fields) for fields in content.messages()
                )
            )
        self.stdout.write(
            _("Loaded: %(count)d texts.") % {"count": count}
            if count
            else _("The texts are there already; left as they are.")
        )
