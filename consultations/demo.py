"""A clinic at work, made up: prices, and patients in every state, by the public verbs."""

from datetime import date, timedelta
from io import BytesIO
from smtplib import SMTPRecipientsRefused

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.mail.backends.base import BaseEmailBackend
from django.http import QueryDict
from django.test.utils import override_settings
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from PIL import Image, ImageDraw, ImageFilter

from consultations import content
from consultations.care import messages, once, responses
from consultations.intake import drafts, steps, submission, withdrawal
from consultations.intake.photos import keeping
from consultations.letters import outbox
from consultations.models import (
    Choice,
    ConsentPurpose,
    ErasureRequest,
    How,
    Intake,
    OverrideReason,
    PhotoSlot,
    Plan,
    Response,
)
from consultations.review import business_hours, calls, scopes, workflow
from consultations.review.workflow import Decided
from methods.models import BeforeAfter, Consent, Method, Picture, ScarType
from methods.protocol.vocabulary import ConsentUse, Level, Verdict
from methods.publishing import editions, verbs
from methods.publishing.drafts import mark_changes
from scarclinic.staff.decoding import cleaning

PAGES_OF_A_DRAFT = 5
NOT_TICKED = ("no", "none", "unknown")
NOTE = (
    "Thank you for your answers. We suggest that we begin with what is included here, and "
    "look at it together after the first session."
)
MISTYPED = "exmaple.org"
TONES = ["#f3d6c2", "#ecc5a6", "#dbab82", "#b98458", "#8b5a3a", "#5a3825"]


def publish_prices(*, by):
    """Publish made-up prices; leave a review due and a draft that is not published."""
    priced, minutes = [], content.demo()["minutes"]
    for slug, (price_from, *price_to) in content.demo()["prices"].items():
        method = Method.objects.get(slug=slug)
        method.price_from, method.price_to = price_from, (*price_to, None)[0]
        method.price_remark = "made up"
        method.visit_minutes = minutes.get(slug)
        priced.append(method)
    priced[0].next_review_on = timezone.localdate() - timedelta(days=1)
    for method in priced:
        method.save()
    verbs.publish_all(priced, by=by, note="Made-up prices.")
    draft = Method.objects.get(pk=priced[-1].pk)
    draft.summary += " This sentence is a draft."
    draft.save()
    mark_changes(draft)


def show_results(*, by):
    """Show drawn pairs of before and after, on skins that differ, and say that they are drawn."""
    # Pillow and its decoders are loaded only where a picture is made.
    from methods.pictures import keeping as pictures
    from methods.pictures import renditions

    today = timezone.localdate()
    consent = Consent.objects.create(
        person_name="Nobody: drawings",
        shows="Drawn for the demonstration.",
        use=ConsentUse.RESULTS,
        given_on=today,
        until_withdrawn=True,
        paper="None: they show nobody",
        recorded_by=by,
    )
    for pair in content.demo()["results"]:
        drawn = {}
        for side, strength in (("before", 1.0), ("after", pair["left"])):
            body = _patch(pair["phototype"], strength, size=(640, 480), mark_size=140)
            drawn[side] = pictures.keep(
                Picture(consent=consent, alt=pair[side]),
                renditions.encode(ContentFile(body), who="demo"),
            )
        BeforeAfter.objects.create(
            **drawn,
            method=Method.objects.get(slug=pair["method"]),
            scar_type=ScarType.objects.get(finding__code=pair["scar_type"]),
            taken="The same patch of skin, drawn twice.",
            is_drawn=True,
            **{name: pair[name] for name in ("sessions", "months", "phototype")},
        )
    editions.renew()


def make_patients(*, clinician, front_desk):
    """Make patients in every state, most of days ago; return them, {name: `Intake`}."""
    patients = {}
    everybody = content.demo()["everybody"]
    for days, patient in enumerate(content.demo()["patients"]):
        intake = fill_in(everybody | patient)
        if patient["state"] != "draft":
            intake = submission.submit(intake)
            _backdate(intake, 12 if patient["state"] == "late" else days % 3)
            _bring_to(patient["state"], intake.plans.get(), clinician)
            _call(intake, patient.get("calls", ()), front_desk)
        patients[patient["name"]] = Intake.objects.get(pk=intake.pk)
    # Nobody gets these: the worker finds them sent, or refused.
    with override_settings(EMAIL_BACKEND=f"{__name__}.MailServer"):
        outbox.send_due(timezone.now())
    return patients


class MailServer(BaseEmailBackend):
    """A mail server that delivers nothing, and knows no mistyped address."""

    def send_messages(self, messages):
        for to in (to for message in messages for to in message.to):
            if to.endswith(MISTYPED):
                raise SMTPRecipientsRefused({to: (550, b"no such user")})
        return len(messages)


# Filled in


def fill_in(answers):
    """Return a draft whose pages are answered as a browser posts them."""
    intake, _token = Intake.objects.begin()
    pages = PAGES_OF_A_DRAFT if answers["state"] == "draft" else 200
    for _page in range(pages):
        route = steps.Route(Intake.objects.get(pk=intake.pk))
        if not (unfinished := route.unfinished()):
            break
        page = unfinished[0]
        if page.slug == "photos" and route.is_agreed(ConsentPurpose.PHOTOS):
            _add_photos(page.subject, answers)
        form = route.form(page, _posted(answers, page, route))
        fields = drafts.keep(route.intake, page, form)
        if page.slug == "scar-treated" and page.number < len(answers.get("scars", ())):
            drafts.add_scar(route)
        drafts.save(route.intake, *fields)
        if form.errors:
            raise ValueError(f"{answers['name']}, {page.key}: {form.errors.as_text()}")
    return route.intake


def _posted(answers, page, route):
    """Return what a browser posts of a page, as a `QueryDict`."""
    scars = answers.get("scars", [{}])
    typed = {
        key: value for key, value in answers.items() if key not in ("scars", "calls")
    }
    typed |= scars[(page.number or 1) - 1]
    if page.page.groups:
        typed["ticked"] = _ticked(typed, page, route)
    today = timezone.localdate()
    born = typed.pop("born", None) or date(today.year - typed["age"], 1, 1)
    for part in ("day", "month", "year"):
        typed[f"date_of_birth_{part}"] = getattr(born, part)
    for purpose, version in route.consent_texts(page.page).items():
        typed[f"{purpose}-words"] = version.digest
    return QueryDict(urlencode(typed, doseq=True))


def _ticked(answers, page, route):
    """Return the lines of a page's list that are true of a patient."""
    lines = {
        each.code: answers.get(each.code, "no")
        for each in route.questions[page.slug]
        if not each.stands_alone
    }
    lines |= {each.name: answers[each.name] for each in route.ticks(page)}
    ticked = [name for name, value in lines.items() if value not in NOT_TICKED]
    end = "unknown" if "unknown" in lines.values() else "none"
    return ticked if ticked and end == "none" else [*ticked, end]


# Drawn


def _add_photos(scar, answers):
    for slot in (PhotoSlot.DISTANCE, PhotoSlot.CLOSE_UP):
        picture = cleaning.clean(ContentFile(_drawn(answers, slot)), who="demo")
        keeping.keep(scar, slot, picture)


def _drawn(answers, slot):
    """Return a JPEG of a patch of skin with a mark on it; it shows nobody."""
    size = 260 if slot == PhotoSlot.CLOSE_UP else 90
    return _patch(int(answers["fitzpatrick"]), 1.0, size=(1200, 900), mark_size=size)


def _patch(phototype, strength, *, size, mark_size):
    """Return a JPEG of a patch of skin, with marks of a strength from 0 to 1."""
    image = Image.new("RGB", size, TONES[phototype - 1])
    image = Image.blend(image, Image.effect_noise(image.size, 40).convert("RGB"), 0.08)
    mark = Image.new("L", image.size)
    draw = ImageDraw.Draw(mark)
    width, height = image.size
    size = mark_size
    for number in range(5):
        left = width * 0.43 + (number - 2) * size * 0.6
        top = height * 0.44 + (number % 2) * size * 0.4
        box = (left, top, left + size * 0.5, top + size * 0.35)
        draw.ellipse(box, fill=round(140 * strength))
    mark = mark.filter(ImageFilter.GaussianBlur(size / 12))
    image.paste("#6b2f23", mask=mark)
    body = BytesIO()
    image.save(body, "JPEG", quality=85)
    return body.getvalue()


# Brought to a state


def _backdate(intake, days):
    """Move a submission some days into the past, with what was promised then."""
    sent_at = intake.submitted_at - timedelta(days=days)
    promised_on = business_hours.current().working_day_after(
        timezone.localdate(sent_at), settings.ANSWER_WITHIN_DAYS
    )
    Intake.objects.filter(pk=intake.pk).update(
        created_at=sent_at, submitted_at=sent_at, promised_on=promised_on
    )
    intake.plans.update(created_at=sent_at, waiting_since=sent_at)


def _bring_to(state, plan, clinician):
    """Take the steps that lead from a plan that has just come in to a state."""
    if state == "claimed":
        workflow.claim(plan, by=clinician)
    elif state in ("asked", "answered"):
        text = "Does the scar feel warm, or hurt when you press it?"
        question = workflow.ask(plan, text, [], by=clinician)
        if state == "answered":
            workflow.answer(question, "Neither. It only itches when I get warm.")
    elif state == "examined":
        seen = {(1, "elevation"): "raised", (1, "firm"): "yes"}
        workflow.examine(plan, seen, how=How.PHOTO, by=clinician)
    elif state == "referred":
        refer(plan, by=clinician)
    elif state == "countersign":
        sign(plan, NOTE, by=clinician, is_against=True)
    elif state in ("signed", "amended"):
        plan = sign(plan, NOTE, by=clinician)
        if state == "amended":
            amended = workflow.amend(plan, by=clinician)
            note = f"{NOTE} We have put the sessions further apart."
            plan = sign(amended, note, by=clinician)
        come_back(plan, by=clinician)
    elif state == "withdrawn":
        withdrawal.withdraw(plan.intake)
    elif state == "erasure":
        ErasureRequest.objects.create(intake=plan.intake)


def _call(intake, noted, front_desk):
    """Note calls; `back_in` are the days after which to call back."""
    today = timezone.localdate()
    for each in noted:
        days = each.get("back_in")
        call_back_on = None if days is None else today + timedelta(days=days)
        calls.note(
            intake, each["result"], each.get("note", ""), call_back_on, by=front_desk
        )


def come_back(plan, *, by):
    """Have a patient say yes and ask; the clinic answers, and they write once more."""
    signed = Plan.objects.for_desk().get(pk=plan.pk)
    for first in responses.asked_of(signed)[:1]:
        asked = responses.Said(Response.Answer.QUESTION, "Can I go to work after it?")
        responses.respond(signed, {first.pk: asked}, key="demo")
    seen = plan.intake.messages.latest("pk").pk
    text = "Most people can, the day after. Keep the place out of the sun."
    messages.answer(plan.intake, text, key=once.new_key(), seen=seen, by=by)
    messages.note(plan.intake, seen=seen, by=by)
    thanks = "Thank you. May I put make-up on it the same evening?"
    messages.write(plan.intake, thanks, key=once.new_key())


def sign(plan, note, *, by, is_against=False):
    """Sign a plan that includes an ordinary option of each scar.

    With `is_against` it includes what is not indicated, too: then it waits for a doctor.
    """
    plan = Plan.objects.get(pk=plan.pk)
    decisions = plan.decisions.current().select_related(
        "card__assessment", "card__revision"
    )
    cards = [decision.card for decision in decisions]
    decided = {
        card.pk: Decided(Choice.NOT_INCLUDED) for card in cards if card.is_option
    } | _not_yet(cards)
    begun = set()
    for card in sorted(filter(_is_ordinary, cards), key=lambda card: card.place):
        if card.assessment.scar_id not in begun and card.is_option:
            begun.add(card.assessment.scar_id)
            decided[card.pk] = Decided(Choice.INCLUDE, sessions=3, weeks_apart=8)
    if is_against:
        against = next(
            card
            for card in cards
            if card.verdict == Verdict.NOT_INDICATED and _is_ordinary(card)
        )
        decided[against.pk] = Decided(
            Choice.INCLUDE,
            "She had it before, and it helped.",
            OverrideReason.BENEFIT,
            "It helped you before, so we plan it once more.",
        )
    plan = workflow.decide(plan, decided, note=note, seen_edits=plan.edits, by=by)
    return workflow.sign(plan, by=by)


def _not_yet(cards):
    """Return the decisions on what the cards put off: the patient hears until when."""
    return {
        card.pk: Decided(Choice.NOT_NOW)
        for card in cards
        if card.is_treatment and card.verdict == Verdict.DEFERRED
    }


def _is_ordinary(card):
    """Return whether a cosmetologist decides on it alone."""
    return (
        card.is_treatment
        and card.level != Level.DOCTOR
        and not scopes.is_prescription(card)
    )


def refer(plan, *, by):
    """Sign a plan that only refers, as for a child."""
    cards = [each.card for each in plan.decisions.current().select_related("card")]
    referrals = [card for card in cards if card.is_offered and not card.is_treatment]
    decided = {card.pk: Decided(Choice.INCLUDE) for card in referrals}
    decided |= _not_yet(cards)
    note = "Thank you for writing to us. Please see whom we name here first."
    plan = workflow.decide(plan, decided, note=note, seen_edits=plan.edits, by=by)
    return workflow.sign(plan, by=by)


def link_of(intake):
    """Return the path of an intake's private page."""
    return reverse("consultations:status", args=[intake.token])
