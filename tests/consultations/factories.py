"""Patients who fill in the intake as a browser does, and clinicians who read it."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.http import urlencode

from consultations.intake import consents, devices, steps
from consultations.intake.questions import pages, treatments
from consultations.models import Intake, Plan
from methods.models import Proposal
from methods.publishing import proposals
from scarclinic.staff.models import User

START = "/consultation/"
CHECK = "/consultation/check/"
STOP = "/consultation/advice/"
CONTACT = "/consultation/contact/"
TASKS = "/consultation/pages/"
SAVED = "/consultation/saved/"

LISTS = ("skin", "health", "allergies")
"""The pages with a list to tick."""
NOT_TICKED = ("no", "none", "unknown")
WITH_CONSENTS = {page.slug for page in pages.PAGES if page.consents}

# A healthy person with a rolling acne scar on the face.
ANSWERS = {
    "for_whom": "self",
    "name": "Ada Okafor",
    "scar_cause": "acne",
    "self_harm_status": "past_stable",
    "age_amount": "3",
    "age_unit": "years",
    "wound_closed": "yes",
    "wound_weeks": "2",
    "reopened": "no",
    "body_site": "face",
    "elevation": "depressed",
    "firm": "no",
    "stripes": "none",
    "colour": "skin",
    "width": "wide",
    "beyond_edges": "no",
    "still_growing": "no",
    "large_area": "no",
    "pit_shape": "wavy",
    "pit_width_mm": "6",
    "pit_depth": "shallow",
    "flattens_on_stretch": "yes",
    "visible_at_50cm": "yes",
    "makeup_covers": "no",
    "tight_limits_movement": "no",
    "pulls_feature": "none",
    "itch": "1",
    "pain": "1",
    "colour_bothers": "no",
    "lump": "whole_scar",
    "fast": "no",
    "spot_pain": "no",
    "prior_treatments": ["none"],
    "fitzpatrick": "2",
    "tan": "none",
    "active_acne": "none",
    # Of the health questions, those that are asked one by one.
    **dict.fromkeys(
        ["pregnant", "anticoagulant", "immunosuppressed", "keloid_history_self"], "no"
    ),
    **{
        f"rf_{flag}": "no"
        for flag in ("ulcer", "bleed", "lump", "pigment", "infection", "systemic")
    },
    "rf_treated_grew": "no",
    "isotretinoin": "never",
    "diabetes": "none",
    "ctd": "none",
    "recent_filler": "none",
    "recent_resurfacing": "none",
    "preoccupied": "no",
    "checks_often": "no",
    "distressed": "no",
    "wants": ["subcision"],
    "wish": "Smoother cheeks",
    "ways": ["email", "call"],
    "email": "ada@example.org",
    "telephone": "020 7946 0123",
    "guardian_name": "Grace Okafor",
    "guardian_relation": "parent",
    "guardian_telephone": "020 7946 0456",
    "assessment": "on",
    "reminders": "on",
    # How each earlier treatment went, of those that are ticked.
    **{f"{code}_response": "good" for code in (*treatments.WORDS, treatments.OTHER)},
}


def born(age):
    """Return what somebody types who has turned `age` this year, at New Year."""
    return {
        "date_of_birth_day": "1",
        "date_of_birth_month": "1",
        "date_of_birth_year": str(timezone.localdate().year - age),
    }


def shown_words(reader="patient"):
    """Return what a browser posts of the consent texts that it shows."""
    live = consents.live(settings.LANGUAGE_CODE, reader)
    return {f"{purpose}-words": text.digest for purpose, text in live.items()}


def ticked_on(route, slug, typed):
    """Return what is ticked in a page's list: each line with a yes, and how it ends."""
    step = route.find(slug)
    lines = {
        each.code: typed.get(each.code, "no")
        for each in route.questions[slug]
        if not each.stands_alone
    }
    lines |= {each.name: typed.get(each.name, "none") for each in route.ticks(step)}
    ticked = [name for name, value in lines.items() if value not in NOT_TICKED]
    if "unknown" in lines.values():
        return [*ticked, "unknown"]
    return ticked or ["none"]


def page(slug, number=None):
    """Return the address of a page of the intake."""
    return reverse(
        "consultations:step", args=[slug, number] if number is not None else [slug]
    )


def begin(client=None):
    """Start an intake; return the client, who stands at the first page."""
    client = client or Client()
    client.post(START)
    return client


def _words_on(client, slug, words):
    """Return `shown_words` for who reads a page of the client's draft."""
    is_guardian = slug == "guardian"
    if not is_guardian and settings.INTAKE_COOKIE_NAME in client.cookies:
        draft = Intake.objects.with_token(token_held(client)).first()
        is_guardian = draft is not None and draft.is_for_child
    return shown_words("guardian") if is_guardian else words or shown_words()


def answer(client, slug, number=None, *, age=40, words=None, **answers):
    """Answer one page: the healthy person's answers, but for those given.

    `words` are `shown_words()`, of whoever answers many times. Returns where it leads, or
    the page that says what is wrong.
    """
    typed = {**ANSWERS, **born(age), **answers}
    if slug in WITH_CONSENTS:
        typed = _words_on(client, slug, words) | typed
    if slug in LISTS and "ticked" not in answers:
        typed["ticked"] = ticked_on(steps.Route(draft_of(client)), slug, typed)
    response = client.post(
        page(slug, number),
        urlencode(typed, doseq=True),
        content_type="application/x-www-form-urlencoded",
    )
    to = response.headers.get("Location", "")
    return client.get(to) if to.endswith("?faults") else response


def token_held(client):
    """Return the token of the private link that a client's browser holds."""
    proof = client.cookies[settings.INTAKE_COOKIE_NAME].value
    return devices.read(proof).token


def draft_of(client):
    """Return the intake that a client's cookie opens, as the database has it."""
    return Intake.objects.with_token(token_held(client)).get()


def facts_of(client, number=1):
    """Return what the rules would be told today of one scar of a client's draft."""
    route = steps.Route(draft_of(client))
    scar = next(each for each in route.scars if each.number == number)
    return route.facts_of(scar, timezone.localdate())


def walk(client, url, *, scars=1, until=CHECK, **answers):
    """Answer page after page from an address on; return the addresses on the way."""
    way = []
    while url != until:
        way.append(url)
        assert len(way) < 200, "The way leads round and round."
        if url == STOP:
            url = client.get(STOP).context["onward"]
            continue
        described = sum("/scar-treated/" in each for each in way)
        is_last = not url.startswith("/consultation/scar-treated/")
        asked = {} if is_last or described >= scars else {"another": "yes"}
        response = answer(client, **resolve(url).kwargs, **asked | answers)
        assert response.status_code == 302, (url, response.context["form"].errors)
        url = response["Location"]
    return way


def fill_in(client=None, *, scars=1, **answers):
    """Walk the whole intake; return the client, who stands at the check page.

    Keywords replace single answers (also those to health questions, by code); `age` is in
    years. A red flag shortens the way.
    """
    client = client or Client()
    walk(client, client.post(START)["Location"], scars=scars, **answers)
    return client


def send_intake(client=None, **answers):
    """Walk the whole intake and send it; return the clinic's `Plan`."""
    client = fill_in(client, **answers)
    response = client.post(CHECK)
    assert response.status_code == 302, response.context["unfinished"]
    return Plan.objects.latest("pk")


def make_clinician(username="clara", *, sign=True, profession="cosmetologist"):
    """Return an account with the role Cosmetologist; with `sign`, a registered one.

    A doctor, who signs everything alone, is one by `profession`.
    """
    user = User.objects.create_user(
        username,
        first_name=username.title(),
        last_name="Weiss",
        registration_number="REG-0042" if sign else "",
        profession=profession,
        is_staff=True,
    )
    user.groups.add(Group.objects.get(name="Cosmetologist"))
    return user


def confirm_what_waits():
    """Have a doctor who wrote none of it confirm all that loosens protection."""
    doctor = User.objects.filter(username="second").first()
    doctor = doctor or make_clinician("second", profession="doctor")
    for proposal in Proposal.objects.waiting():
        proposals.confirm(proposal, digest=proposal.digest, by=doctor)
