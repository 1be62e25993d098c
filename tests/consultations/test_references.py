"""A reference survives the telephone: read out, misheard, mistyped."""

import re
from itertools import pairwise

import pytest

from consultations.intake import references
from consultations.models import Intake
from tests.consultations.factories import send_intake

SAMPLE = [references.new() for _each in range(50)]


def letters(reference):
    return reference.replace("-", "")


def test_a_reference_has_two_groups_of_three_and_a_check_character():
    shape = re.compile(r"[0-9A-Z]{3}-[0-9A-Z]{3}-[0-9A-Z]")
    assert [each for each in SAMPLE if not shape.fullmatch(each)] == []


def test_no_character_can_be_taken_for_another_and_none_is_a_vowel():
    assert set("".join(map(letters, SAMPLE))) & set("0O1ILZ5S8BAEU") == set()


def test_two_references_differ():
    assert len(set(SAMPLE)) == len(SAMPLE)


@pytest.mark.parametrize(
    "say",
    [
        str,
        str.lower,
        letters,
        lambda told: told.replace("-", " "),
        lambda told: f"  {told}.\n",
        lambda told: ".".join(letters(told)),
    ],
)
def test_a_reference_is_understood_however_it_is_typed(say):
    assert [references.normalised(say(each)) for each in SAMPLE] == SAMPLE


def test_one_wrong_character_is_noticed():
    told = letters(SAMPLE[0])
    wrong = {
        told[:place] + other + told[place + 1 :]
        for place in range(len(told))
        for other in references.ALPHABET
    } - {told}
    assert len(wrong) == 7 * 22
    assert [each for each in wrong if references.normalised(each)] == []


def test_two_swapped_neighbours_are_noticed():
    swapped = {
        told[:place] + right + left + told[place + 2 :]
        for told in map(letters, SAMPLE)
        for place, (left, right) in enumerate(pairwise(told))
        if left != right
    }
    assert len(swapped) > 200
    assert [each for each in swapped if references.normalised(each)] == []


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "-",
        "F7K",
        "F7K-9QD-MM",
        "Ada Okafor",
        "O0I-1LB-8",
        "٣٤٦-٧٩٣-٤",
        "ß" * 7,
        "\0",
    ],
)
def test_what_is_no_reference_is_none(nonsense):
    assert references.normalised(nonsense) is None


@pytest.mark.django_db
def test_a_reference_that_is_taken_is_not_given_again(monkeypatch):
    taken = send_intake(age=15).intake.reference
    fresh = next(each for each in SAMPLE if each != taken)
    drawn = iter([taken, taken, fresh])
    monkeypatch.setattr(references, "new", lambda: next(drawn))
    send_intake(age=15)
    given = Intake.objects.order_by("pk").values_list("reference", flat=True)
    assert list(given) == [taken, fresh]
