import pytest

from tests.tables import for_each


def test_every_case_runs_and_all_that_fail_are_told():
    ran = []

    @for_each("number, square", [(1, 1), (2, 5), (3, 9), (4, 17)])
    @for_each("sign", [1, -1])
    def squares(number, square, sign):
        ran.append(number * sign)
        assert number * number == square

    with pytest.raises(BaseExceptionGroup, match="2 of 4 cases fail") as failed:
        squares()
    assert ran == [1, -1, 2, -2, 3, -3, 4, -4]
    notes = [part.__notes__ for part in failed.value.exceptions]
    assert notes == [
        ["with {'number': 2, 'square': 5}"],
        ["with {'number': 4, 'square': 17}"],
    ]


def test_what_should_have_been_raised_and_was_not_is_told_too():
    @for_each("value", [1])
    def nothing(value):
        with pytest.raises(ValueError, match="never"):
            pass

    with pytest.raises(BaseExceptionGroup, match="1 of 1 cases fail"):
        nothing()


@pytest.fixture
def table():
    return {1: "one", 2: "two"}


@for_each("number", [1, 2])
def test_a_fixture_is_handed_over(table, number):
    assert table[number]


def test_a_table_without_a_case_is_refused():
    with pytest.raises(AssertionError):
        for_each("value", [])
