"""What the intake asks of an ordinary patient: pages, questions, taps and words."""

import math

import pytest

from consultations.intake import task_list
from tests.browser import measures

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("patient", measures.PATIENTS)
def test_an_intake_is_short(open_window, patient):
    found = measures.walk(open_window(**measures.PHONE), patient)
    assert found.excess() == []
    assert found.wide == []
    low = {path for path, top in found.tops.items() if top > measures.FIRST_SCREEN}
    assert low == set()
    assert found.minutes <= task_list.MINUTES


def test_the_start_promises_what_an_ordinary_intake_takes(open_window):
    found = measures.walk(open_window(**measures.PHONE), "ear keloid")
    assert math.ceil(found.minutes) == task_list.MINUTES
    assert len(found.pages) == task_list.ORDINARY_PAGES
