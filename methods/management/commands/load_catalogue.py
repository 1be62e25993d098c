from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils.translation import gettext as _

from methods import content
from methods.models import (
    Cause,
    Clinic,
    Condition,
    Finding,
    Method,
    Pathway,
    ScarType,
    Source,
    Synonym,
    Trait,
)
from methods.protocol.coded_findings import CODED_FINDINGS
from methods.publishing import drafts, editions, protocol_versions, verbs


def ensure_coded_findings(words):
    """Make a row for every finding that code establishes; leave staff's words alone."""
    for position, (code, label) in enumerate(CODED_FINDINGS.items()):
        asked = words.get(code, {})
        Finding.objects.update_or_create(
            code=code,
            defaults={"origin": Finding.Origin.CODED, "label": str(label)},
            create_defaults={
                "origin": Finding.Origin.CODED,
                "label": str(label),
                "position": position,
                "is_asked": asked.get("is_asked", True),
                "is_asked_alone": asked.get("is_asked_alone", False),
                "question": asked.get("question", ""),
                "hint": asked.get("hint", ""),
                "question_for_child": asked.get("question_for_child", ""),
                "hint_for_child": asked.get("hint_for_child", ""),
                "group": asked.get("group", ""),
                "route": asked.get("route", ""),
                "advice": asked.get("advice", ""),
                "advice_for_child": asked.get("advice_for_child", ""),
                "patient_words": asked.get("patient_words", ""),
                "reason_group": asked.get("reason_group", ""),
                "is_common": asked.get("is_common", False),
            },
        )


class Command(BaseCommand):
    """Load the starter catalogue into an empty site, and publish it.

    What staff have edited is never overwritten: a site that has a method is left alone,
    but for the row of the clinic where it is missing, findings that newer code
    establishes, and an edition as newer code writes it.
    """

    help = __doc__

    @transaction.atomic
    def handle(self, **options):
        Clinic.objects.get_or_create(pk=Clinic.ONLY, defaults=content.clinic())
        reasons = content.reasons()
        asked = {code: {} for code in CODED_FINDINGS} | content.findings()
        words = {code: asked[code] | reasons.get(code, {}) for code in asked}
        ensure_coded_findings(words)
        if Method.objects.exists():
            note = _("Newer version of the site")
            protocol_versions.renew(by=None, note=note)
            editions.renew()
            self.stdout.write(_("The catalogue is there already; left as it is."))
            return
        Source.objects.bulk_create(
            Source(code=code, **fields) for code, fields in content.sources().items()
        )
        Finding.objects.bulk_create(
            Finding(
                code=code,
                position=1000 + 10 * number,
                **{name: value for name, value in fields.items() if name != "sources"},
            )
            for number, (code, fields) in enumerate(words.items())
            if code not in CODED_FINDINGS
        )
        Synonym.objects.bulk_create(
            Synonym(phrase=phrase, means=means)
            for phrase, means in content.synonyms().items()
        )
        # A main entry is published before its variants.
        methods = sorted(content.methods(), key=lambda page: bool(page["follows"]))
        pages = [
            *((Trait(), page) for page in content.traits()),
            *((Condition(), page) for page in content.conditions(methods)),
            *((ScarType(), page) for page in content.scar_types()),
            *((Cause(), page) for page in content.causes()),
            # Made first: conditions and relations name methods.
            *((Method.objects.create(slug=page["slug"]), page) for page in methods),
            *((Pathway(), page) for page in content.pathways()),
        ]
        keys = drafts.keys_by_code()
        for subject, page in pages:
            drafts.write_draft(subject, page, keys)
        verbs.publish_all(
            [subject for subject, _page in pages], by=None, note=_("Starter catalogue")
        )
        self.stdout.write(
            _("Loaded and published: %(count)d pages and rules.")
            % {"count": len(pages)}
        )
