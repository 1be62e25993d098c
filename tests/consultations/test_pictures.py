"""The pictures beside a patient's answers."""

import re

import pytest

from consultations.intake.forms.base import PictureRadios
from consultations.intake.forms.person import SkinForm
from consultations.intake.forms.scar import FORMS
from methods.website.drawings import DRAWINGS
from tests.consultations.factories import answer, begin, page

ASKED = [
    pytest.param(form, name, id=name)
    for form in [*FORMS, SkinForm]
    for name, field in form.base_fields.items()
    if isinstance(field.widget, PictureRadios)
]


def tones(client, url):
    """Return the phototypes in which a page draws its answers, in order."""
    return re.findall(r"drawing tone-(\w*)", client.get(url).content.decode())


@pytest.mark.parametrize(("form", "name"), ASKED)
def test_every_picture_is_of_an_answer_and_exists(form, name):
    field = form.base_fields[name]
    answers = {value for value, _label in field.choices}
    assert set(field.widget.pictures) - answers == set()
    assert set(map(str, field.widget.pictures.values())) - set(DRAWINGS) == set()


@pytest.mark.parametrize(("form", "name"), ASKED)
def test_not_sure_has_no_picture(form, name):
    assert {"unknown", "unsure"} & set(form.base_fields[name].widget.pictures) == set()


def test_pictures_say_nothing_that_the_answers_beside_them_do_not(db):
    client = begin()
    shown = client.get(page("scar-place", 1)).content.decode()
    drawn = re.findall(r'<svg class="drawing[^>]*>', shown)
    assert len(drawn) == 21
    assert [each for each in drawn if 'aria-hidden="true"' not in each] == []
    # And the sides, which have no picture.
    assert shown.count("<label for=") == 22 + 4


def test_answers_are_drawn_in_the_skin_of_the_patient_once_it_is_known(db):
    client = begin()
    assert set(tones(client, page("scar-place", 1))) == {"4"}
    answer(client, "skin", fitzpatrick="6")
    assert set(tones(client, page("scar-place", 1))) == {"6"}
    answer(client, "skin", fitzpatrick="unknown")
    assert set(tones(client, page("scar-place", 1))) == {"4"}


def test_the_question_for_the_phototype_invites_nobody_to_match_a_colour(db):
    assert tones(begin(), page("skin")) == []
