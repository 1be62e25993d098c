"""A parent answers for a child: in the third person, whole, and to the desk."""

import re

import pytest
from django.test import Client
from django.urls import resolve, reverse
from django.utils.html import strip_tags

from consultations.content import guardian_consents
from consultations.intake.questions.kinds import Choice, Part
from consultations.intake.questions.pages import PAGES
from consultations.models import DecidedBy, Plan
from methods.content import findings
from tests.consultations.deciding import sign_off
from tests.consultations.factories import (
    CHECK,
    STOP,
    TASKS,
    answer,
    begin,
    draft_of,
    make_clinician,
    page,
    send_intake,
    token_held,
)
from tests.consultations.patients import html_of
from tests.consultations.photos.files import drawn, saved, upload

pytestmark = pytest.mark.django_db

SECOND_PERSON = re.compile(r"\b(you|your|yours|yourself|i|me|my|myself|mine)\b", re.I)
OF_WHO_ANSWERS = [
    *("your child’s", "your child", "your best guess", "if you are not sure"),
    *("if you cannot find", "you do not know the name", "you were never told"),
    *(
        "what would you",
        "your child or you",
        "what your child and you",
        "refer you both",
    ),
    *(
        "for whom do you answer",
        "my child",
        "myself",
        "who are you to",
        "your own name",
    ),
    *("your telephone number", "you, as parent", "you decide with us", "you reach us"),
    *(
        "how we reach you",
        "how to reach you",
        "how may we reach you",
        "thank you",
        "with you",
        "call you",
    ),
    *("you are open", "if it is not you", "that you choose"),
    *("what you sent", "you need not send", "you wrote", "or you", "both of you"),
    *("you both", "you can protect", "i agree", "my e-mail", "for me to read"),
    *("asking you", "you cannot send", "you can take", "you can ask", "you read"),
    *("ask you again", "we send you", "question for you", "when you ask", "unless you"),
    *("your local",),
]
"""What is said to the one who reads a question or a text, who is the parent."""
TO_THE_PATIENT = re.compile(
    r"\b(do|did|does|have|had|are|were|was) you\b(?! answer| to your child)|"
    r"\byour (own left|body|skin|scars?|health|medicines?|plan|photos?|hand|record|name|"
    r"birth|date of birth|age|doctor|clinician|immune)\b(?! number)|"
    r"\byou (take(?! \w+ back)|took|had|stopped|hurt|feel|used|would)\b|\byourself\b|"
    r"\b(bother|bothers|affects|hurt|hurts|keep|weighs on) you\b|\bmy (scar|record|name)\b",
    re.I,
)
"""On a whole page, where more is said to the parent: you or your, and the patient's."""


def to_the_child(text):
    """Return where a question or text speaks to the patient, in its words."""
    text = re.sub(r"\s+", " ", str(text))
    for phrase in sorted(OF_WHO_ANSWERS, key=len, reverse=True):
        text = re.sub(rf"\b{re.escape(phrase)}\b", "…", text, flags=re.I)
    return _around(SECOND_PERSON, text)


def of_the_patient(page):
    """Return where a whole page says "you" and means the patient."""
    return _around(TO_THE_PATIENT, re.sub(r"\s+", " ", page))


def _around(pattern, text):
    return [
        text[max(0, each.start() - 60) : each.end() + 40]
        for each in pattern.finditer(text)
    ]


def words_of(question):
    yield from (question.ask, question.hint, question.tick)
    if isinstance(question, Choice):
        yield from question.words.values()


def test_every_question_has_words_for_who_answers_for_a_child():
    said = {
        question.name: found
        for each in PAGES
        for question in (*each.questions, *each.ticks)
        for found in [
            [
                part
                for text in words_of(question.of_child)
                for part in to_the_child(text)
            ]
        ]
        if found
    }
    assert said == {}


def test_every_page_and_part_has_a_title_for_who_answers_for_a_child():
    class Row:
        is_for_child = True

    titles = [each.title_for(Row) for each in PAGES]
    titles += [each.intro_for(Row) for each in PAGES]
    titles += [part.words(Row) for part in Part]
    assert [found for title in titles for found in to_the_child(title)] == []


@pytest.mark.parametrize("field", ["question", "hint", "advice"])
def test_every_health_question_and_advice_speaks_of_the_child(field):
    said = {
        code: found
        for code, words in findings().items()
        if (
            found := to_the_child(words.get(f"{field}_for_child", words.get(field, "")))
        )
    }
    assert said == {}


def test_guardians_agree_in_words_of_their_own():
    texts = [words for each in guardian_consents().values() for words in each.values()]
    assert [found for text in texts for found in to_the_child(text)] == []


SCALD = {
    "for_whom": "child",
    "name": "Mia Okafor",
    "age": 9,
    "scar_cause": "burn",
    "body_site": "arm",
    "age_amount": "5",
    "age_unit": "months",
    "elevation": "raised",
    "colour": "red",
    "photos": "on",
    "email": "grace@example.org",
}


def seen(response):
    """Return the words on a page, the footer and what is for nobody's eyes left out."""
    html = html_of(response).partition("<main")[2].partition("</main>")[0]
    html = re.sub(r"<(script|style).*?</\1>", " ", html, flags=re.S)
    alts = " . ".join(re.findall(r'alt="([^"]*)"', html))
    return strip_tags(re.sub(r"<[^>]*>", " . ", html)) + alts


@pytest.fixture
def way(client, settings, tmp_path):
    """Walk a parent's intake for a child with a scald; return {address: its words}."""
    settings.MEDIA_ROOT = tmp_path
    shown, url = {}, begin(client) and page("you")
    answer(client, "you", **{k: SCALD[k] for k in ("for_whom", "name", "age")})
    while url != CHECK:
        response = client.get(url)
        shown[url] = seen(response)
        if url == STOP:
            url = response.context["onward"]
            continue
        if url == page("photos", 1) and "Choose a photo" in shown[url]:
            keep = reverse("consultations:keep_photo", args=[1, "distance"])
            client.post(keep, {"distance-photo": upload(saved(drawn()))})
            shown[f"{url}#kept"] = seen(client.get(url))
        posted = answer(client, **resolve(url).kwargs, **SCALD)
        assert posted.status_code == 302, (url, posted.context["form"].errors)
        url = posted["Location"]
    for each in (CHECK, TASKS):
        shown[each] = seen(client.get(each))
    return shown


def test_no_page_of_a_parents_intake_speaks_to_the_child(client, way):
    assert {
        url: said for url, text in way.items() if (said := of_the_patient(text))
    } == {}
    assert "Where is the scar on your child’s body?" in way[page("scar-cause", 1)]


def test_a_child_with_a_scald_reaches_the_desk_whole(client, way):
    asked = {url.split("/")[2] for url in way}
    assert {"scar-cause", "scar-look", "scar-edges", "photos", "contact"} <= asked
    assert client.post(CHECK).status_code == 302
    intake = Plan.objects.get().intake
    scar = intake.scars.get()
    assert (scar.scar_cause, scar.body_site, scar.colour) == ("burn", "arm", "red")
    assert scar.photos.count() == 1
    agreed = intake.consents.in_force()["assessment"]
    assert agreed.decided_by == DecidedBy.GUARDIAN
    assert "I agree for my child" in agreed.version.label
    staff = Client()
    staff.force_login(make_clinician(profession="doctor"))
    desk = html_of(
        staff.get(
            reverse("admin:consultations_plan_change", args=[intake.plans.get().pk])
        )
    )
    for words in (
        "Mia Okafor",
        "Grace Okafor",
        "A burn or scald",
        "comes with a guardian",
    ):
        assert words in desk
    private = client.get(reverse("consultations:status", args=[token_held(client)]))
    assert of_the_patient(seen(private)) == []
    assert "Because your child is under 16" in html_of(private)


def test_the_signed_plan_speaks_of_the_child(client, way):
    client.post(CHECK)
    doctor = make_clinician(profession="doctor")
    sign_off(Plan.objects.get(), by=doctor, note="We would like to see her.")
    shown = client.get(reverse("consultations:status", args=[token_held(client)]))
    assert "<h1>The plan for your child</h1>" in html_of(shown)
    assert "Because your child is under 16" in html_of(shown)
    assert of_the_patient(seen(shown)) == []


def test_whoever_answers_each_reads_of_the_age_in_their_own_words(client):
    plan = send_intake(client, age=16, for_whom="child", second_email="m@example.org")
    plan = Plan.objects.for_desk().get(pk=plan.pk)
    told = [plan.flags(of_child=each) for each in (None, True, False)]
    guardian, also, patient = ([flag["advice"] for flag in each] for each in told)
    assert guardian == also
    assert "your child" in guardian[0]
    assert "your child" not in patient[0]


def test_who_answers_for_themselves_is_spoken_to(client):
    answer(begin(client), "you")
    assert "How much does it hurt, from" in seen(client.get(page("scar-look", 1)))
    assert draft_of(client).is_for_child is False


def test_of_a_childs_open_wound_weeks_are_asked_as_weeks_and_pain_as_pain(client):
    begin(client)
    answer(client, "you", **{k: SCALD[k] for k in ("for_whom", "name", "age")})
    for slug, number in (("guardian", None), ("scar-cause", 1)):
        answer(client, slug, number, **SCALD)
    look = seen(client.get(page("scar-look", 1)))
    assert "How much does it hurt your child, from 1 to 10?" in look
    answer(client, "scar-look", 1, **SCALD, wound_closed="no")
    healing = seen(client.get(page("scar-healing", 1)))
    assert "For how many weeks has the skin been open?" in healing
    assert "hurt" not in healing
