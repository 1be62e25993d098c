"""No closed scar leaves the desk blank: a sample of what `make looks` enumerates."""

from itertools import islice

import pytest

from methods.publishing import live
from tests.methods.protocol import looks
from tests.methods.protocol.test_properties import SYNTHETIC

EVERY_NTH = 23


@pytest.mark.django_db
def test_no_look_is_blank_and_few_that_are_answered_in_full_stay_open():
    sample = islice(looks.enumerated(), 0, None, EVERY_NTH)
    every, in_full, unsettled, blank = looks.counted(sample, live.protocol())
    assert every.total() > 1000
    assert blank is None
    assert unsettled.total() <= (in_full.total() - in_full["flag"]) / 20, unsettled


def test_what_the_intake_does_not_ask_gives_no_fact():
    look = next(look for look in looks.enumerated() if look["elevation"] == "flat")
    rows = looks.facts_of(look, SYNTHETIC)
    assert "pit_shape" not in rows
    assert "beyond_edges" not in rows
    assert rows["colour"] == look["colour"]
