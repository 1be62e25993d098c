"""Data export: what a patient answered and what the clinic made of it, as a zip file."""

import json
from dataclasses import asdict
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from django.core.serializers.json import DjangoJSONEncoder

from consultations.intake import answers, steps
from consultations.models import Photo, SamePerson
from consultations.review import examined, patient_plan
from methods.models import Finding


class _Encoder(DjangoJSONEncoder):
    def default(self, value):
        try:
            return super().default(value)
        except TypeError:
            return str(value)


def _json(value):
    return json.dumps(value, cls=_Encoder, ensure_ascii=False, indent=2)


def _answers(intake):
    return {
        "reference": intake.reference,
        "status": intake.get_status_display(),
        "sent": intake.submitted_at,
        "answers": [
            {
                "page": title,
                "scar": str(step.subject) if step and step.number else None,
                "question": question,
                "answer": answer,
            }
            for step, title, said in answers.by_page(steps.Route(intake))
            for question, answer in said
        ],
    }


def _consents(intake):
    return [
        {
            "purpose": each.version.text.get_purpose_display(),
            "agreed": each.is_given,
            "on": each.decided_at,
            "by": each.get_decided_by_display(),
            "name": each.name,
            "words": [
                each.version.label,
                each.version.explanation,
                each.version.withdrawal,
            ],
            "version": each.version.number,
            "language": each.language,
            "hash": each.digest,
        }
        for each in intake.consents.select_related("version__text")
    ]


def _corrections(intake):
    return [
        {
            "on": each.corrected_at,
            "by": each.by.display_name if each.by else None,
            "changes": each.changes,
        }
        for each in intake.corrections.select_related("by")
    ]


def _calls(intake):
    return [
        {
            "on": each.called_at,
            "by": each.called_by.display_name,
            "result": each.get_result_display(),
            "call_back_on": each.call_back_on,
            "note": each.note,
        }
        for each in intake.calls.select_related("called_by")
    ]


def _history(intake):
    """Return when staff have linked it with an intake sent by the same person.

    Not with which, and not why: where they erred that is of somebody else.
    """
    linked = SamePerson.objects.touching([intake]).filter(is_same=True)
    return [{"linked_on": each.said_at} for each in linked]


def _questions(intake):
    return [
        {
            "question": each.text,
            "asked": each.asked_at,
            "answer": each.answer,
            "answered": each.answered_at,
        }
        for each in intake.questions.all()
    ]


def _messages(intake):
    return [
        {
            "from": each.by.display_name if each.by else "you",
            "sent": each.sent_at,
            "about": each.about,
            "message": each.text,
            "with_photo": each.photo_id is not None,
            "read": each.read_at,
        }
        for each in intake.messages.of().select_related("by")
    ]


def examinations(intake):
    """Return what staff have seen or asked of a patient, in words, a dict each."""
    rows = list(intake.examinations.select_related("scar", "seen_by"))
    names = [each.name for each in rows if each.scar is None]
    of_person = examined.of_person(Finding.objects.filter(code__in=names), names)
    return [
        {
            "scar": str(each.scar) if each.scar else None,
            "what": known.label if known else each.name,
            "found": known.shown(each.value) if known else each.value,
            "code": each.name,
            "value": each.value,
            "how": each.get_how_display(),
            "on": each.seen_at,
            "by": each.seen_by.display_name,
            "replaced_since": each.is_superseded,
        }
        for each in rows
        for known in [(examined.OF_SCAR if each.scar else of_person).get(each.name)]
    ]


def _plan(plan):
    shown = patient_plan.for_patient(plan)
    return {
        "version": plan.version,
        "signed": plan.signed_at,
        "signed_by": plan.signed_name,
        "registration": plan.registration_number,
        "message": plan.note,
        "care_at_home": plan.home_care,
        "sun_protection": plan.sun_protection,
        "departure": plan.departure,
        "prepared_by": plan.first_signed_name,
        "told_first": [flag["advice"] for flag in shown.red_flags],
        "scars": [asdict(scar) for scar in shown.scars],
        "your_answers": [
            {
                "treatment": each.card.title,
                "answer": each.response.get_answer_display(),
                "said": each.response.said_at,
            }
            for each in shown.plan.current_decisions
            if hasattr(each, "response")
        ],
    }


def _name(number):
    return f"photo-{number}.jpg"


def _photos(photos):
    return [
        {
            "file": _name(number),
            "scar": str(photo.scar),
            "view": photo.get_slot_display(),
            "added": photo.created_at,
        }
        for number, photo in enumerate(photos, start=1)
    ]


def _texts(intake, photos):
    """Return {file name: JSON} of everything but the photos."""
    return {
        "answers.json": _json(_answers(intake)),
        "consents.json": _json(_consents(intake)),
        "corrections.json": _json(_corrections(intake)),
        "calls.json": _json(_calls(intake)),
        "history.json": _json(_history(intake)),
        "questions.json": _json(_questions(intake)),
        "messages.json": _json(_messages(intake)),
        "examinations.json": _json(examinations(intake)),
        "photos.json": _json(_photos(photos)),
        **{
            f"plan-{plan.version}.json": _json(_plan(plan))
            for plan in intake.plans.signed().order_by("version")
        },
    }


def of(intake):
    """Return the bytes of the archive, part by part: no photo waits for another."""
    photos = list(Photo.objects.filter(scar__intake=intake).select_related("scar"))
    return _parts(_texts(intake, photos), photos)


class _Buffer:
    """Write-only file for `ZipFile`; `take` returns and drops what was written so far."""

    def __init__(self):
        self.parts = []

    def write(self, part):
        self.parts.append(bytes(part))
        return len(part)

    def flush(self):
        """Do nothing, as `ZipFile` asks: what is written is there already."""

    def take(self):
        written, self.parts = b"".join(self.parts), []
        return written


def _parts(texts, photos):
    out = _Buffer()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
        yield out.take()
        for number, photo in enumerate(photos, start=1):
            try:
                with photo.open() as file:
                    body = file.read()
            except FileNotFoundError:
                # It was taken out while the others were sent.
                continue
            archive.writestr(_name(number), body, ZIP_STORED)
            yield out.take()
    yield out.take()
