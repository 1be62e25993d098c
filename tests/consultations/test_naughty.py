"""The Big List of Naughty Strings (tests/data/blns.json, MIT, see blns.LICENSE).

https://github.com/minimaxir/big-list-of-naughty-strings at db33ec7, 515 strings.
"""

import json
from html import escape
from pathlib import Path

import pytest
from django.http import QueryDict
from django.utils.http import urlencode

from consultations.intake import steps
from consultations.models import Plan
from consultations.review import workflow
from scarclinic.staff.text import emails
from scarclinic.staff.text.cleaning import clean_text, one_line
from scarclinic.staff.text.numbers import read_number
from tests.consultations.deciding import desk, make_plan, posted
from tests.consultations.factories import (
    ANSWERS,
    CHECK,
    answer,
    begin,
    draft_of,
    make_clinician,
    page,
    shown_words,
)
from tests.consultations.patients import at, holder_of

pytestmark = pytest.mark.django_db

BLNS = Path(__file__).parents[1] / "data" / "blns.json"
STRINGS = json.loads(BLNS.read_text())
TYPED = [
    ("guardian", None, "guardian_name"),
    ("guardian", None, "guardian_telephone"),
    ("wishes", None, "wish"),
    ("contact", None, "email"),
    ("contact", None, "telephone"),
    ("skin", None, "isotretinoin_stopped_months"),
    ("scar-look", 1, "age_amount"),
    ("scar-look", 1, "itch"),
    ("scar-look", 1, "pain"),
    ("you", None, "date_of_birth_year"),
]
NUMBERS = ("isotretinoin_stopped_months", "age_amount", "itch", "pain")
READ_BY = {"email": emails.canonical} | dict.fromkeys(NUMBERS, read_number)


def kept(draft):
    """Return the name as a draft has it: an answer, or what was typed."""
    return draft.typed["you"]["name"][0] if draft.typed else draft.name


def test_the_list_is_whole():
    assert len(STRINGS) == 515


def test_any_name_is_kept_as_it_was_typed():
    words = shown_words()
    for number, text in enumerate(STRINGS):
        if number % 64 == 0:
            # Under each name a consent is given anew, and read again with all before.
            client = begin()
        assert answer(client, "you", name=text, words=words).status_code in (200, 302)
        draft = draft_of(client)
        tidy = clean_text if draft.typed else one_line
        assert kept(draft) == tidy(text)


def test_a_name_and_a_wish_are_shown_later_as_they_were_typed(client):
    begin(client)
    for text in map(one_line, STRINGS[::32]):
        answer(client, "you", name=text)
        response = client.get(page("you"))
        assert response.context["form"]["name"].value() == text
        assert text == "" or f'value="{escape(text)}"' in response.content.decode()
        assert answer(client, "wishes", wish=text).status_code == 302
        checked = client.get(CHECK).content.decode()
        assert text == "" or f"<dd>{escape(text)}</dd>" in checked


@pytest.mark.parametrize(("slug", "number", "name"), TYPED)
def test_whatever_is_typed_is_an_answer_or_waits_as_it_was(client, slug, number, name):
    answer(begin(client), "you", age=15)
    route = steps.Route(draft_of(client))
    asked = route.find(slug, number)
    for text in STRINGS:
        posted = {**ANSWERS, "isotretinoin": "stopped", name: text}
        form = route.form(asked, QueryDict(urlencode(posted, doseq=True)))
        if form.is_valid() and name in form.fields:
            answered = form.cleaned_data[name]
            as_read = READ_BY.get(name, one_line)
            assert answered in (text, "", None) or answered == as_read(text)
        waits = route.form(asked)
        waits.show(json.loads(json.dumps(form.typed())))
        if name == "date_of_birth_year":
            assert waits["date_of_birth"].value()[2] == text
        else:
            assert waits[name].value() == text


def test_the_database_keeps_each_of_them(client):
    begin(client)
    typed = {"you": {"name": STRINGS}}
    draft = draft_of(client)
    draft.typed = typed
    draft.save()
    assert draft_of(client).typed == typed


@pytest.mark.parametrize("text", STRINGS[::40])
def test_what_is_written_after_sending_is_read_as_it_was_typed(staff_client, text):
    plan = make_plan()
    question = workflow.ask(plan, text or "?", [], by=make_clinician("dora"))
    asked = at(plan.link, "question", question.pk)
    patient = holder_of(plan.link)
    assert escape(question.text) in patient.get(asked).text
    answered = patient.post(asked, {"answer": text})
    question.refresh_from_db()
    if not question.answered_at:
        assert (answered.status_code, text.strip()) == (302, "")
        return
    assert question.answer == text
    plan = Plan.objects.get()
    assert staff_client.post(desk(plan), posted(plan, note=text)).status_code == 302
    page = staff_client.get(desk(plan)).text
    assert page.count(escape(text)) >= 2
