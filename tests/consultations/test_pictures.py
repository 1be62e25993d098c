"""The pictures beside a patient's answers."""

import re

from consultations.intake.questions.pages import PAGES
from methods.protocol.vocabulary import BodySite, ScarCause
from methods.website.drawings import DRAWINGS
from tests.consultations.factories import answer, begin, page

ASKED = [
    question
    for page in PAGES
    for question in page.questions
    if getattr(question, "pictures", None)
]


def tones(client, url):
    """Return the phototypes in which a page draws its answers, in order."""
    return re.findall(r"drawing tone-(\w*)", client.get(url).content.decode())


def test_every_picture_is_of_an_answer_and_exists():
    assert len(ASKED) > 6
    for question in ASKED:
        assert set(question.pictures) - set(question.words) == set()
        assert set(map(str, question.pictures.values())) - set(DRAWINGS) == set()


def test_not_sure_has_no_picture():
    for question in ASKED:
        assert {"unknown", "unsure"} & set(question.pictures) == set()


def test_pictures_say_nothing_that_the_answers_beside_them_do_not(db):
    client = begin()
    shown = client.get(page("scar-cause", 1)).content.decode()
    drawn = re.findall(r'<svg class="drawing[^>]*>', shown)
    places = set(BodySite.values)
    assert len(drawn) == len(places - {BodySite.OTHER})
    assert [each for each in drawn if 'aria-hidden="true"' not in each] == []
    # And the causes with "not sure", the sides, and where else it is: without a picture.
    choices = len(ScarCause) + len(BodySite)
    assert shown.count("<label for=") == choices + 1 + 4 + 1


def test_answers_are_drawn_in_the_skin_of_the_patient_once_it_is_known(db):
    client = begin()
    assert set(tones(client, page("scar-cause", 1))) == {"4"}
    answer(client, "skin", fitzpatrick="6")
    assert set(tones(client, page("scar-cause", 1))) == {"6"}
    answer(client, "skin", fitzpatrick="unknown")
    assert set(tones(client, page("scar-cause", 1))) == {"4"}


def test_the_question_for_the_phototype_invites_nobody_to_match_a_colour(db):
    assert tones(begin(), page("skin")) == []
