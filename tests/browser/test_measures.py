"""What the intake asks of an ordinary patient: pages, questions, taps and words."""

import math

import pytest

from consultations.intake import task_list
from consultations.models import Photo
from tests.browser import measures
from tests.browser.test_walk import sign_in
from tests.consultations.deciding import desk, make_plan
from tests.consultations.photos.files import drawn, saved

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


DESKS = {
    "ordinary": {},
    "keloid": {
        "scar_cause": "piercing",
        "body_site": "ear",
        "elevation": "raised",
        "colour": "brown",
        "beyond_edges": "yes",
        "still_growing": "yes",
        "keloid_history_self": "yes",
        "fitzpatrick": "5",
    },
    "three scars": {"scars": 3},
    "red flag": {"rf_lump": "yes"},
}


def show_photos(window):
    """Answer each photo from here: several at once lock a database kept in memory."""
    picture = saved(drawn(640, 480))
    window.route(
        "**/photo/**",
        lambda route: route.fulfill(body=picture, content_type="image/jpeg"),
    )


@pytest.mark.parametrize("kind", ["keloid", "three scars"])
def test_a_checklist_is_one_short_page(open_window, settings, kind):
    settings.CHECKLIST_MODE = True
    plan = make_plan(**DESKS[kind])
    window = open_window()
    sign_in(window)
    window.set_viewport_size(measures.DESKTOP["viewport"])
    window.goto(desk(plan))
    found = window.evaluate(measures.DESK_SEEN)
    assert found["words"] <= measures.MOST_OF_CHECKLIST, found


@pytest.mark.parametrize("kind", DESKS)
def test_a_desk_is_short(open_window, kind):
    plan = make_plan(**DESKS[kind])
    for scar in plan.intake.scars.all():
        for slot in ("distance", "close_up", "side"):
            Photo.objects.create(scar=scar, slot=slot, width=640, height=480)
    found = {}
    window = open_window()
    sign_in(window)
    show_photos(window)
    for size in (measures.DESKTOP, measures.PHONE):
        window.set_viewport_size(size["viewport"])
        window.goto(desk(plan))
        found[size["viewport"]["width"]] = window.evaluate(measures.DESK_SEEN)
    over = {
        name: found[1280][name]
        for name, most in measures.DESK_MOST[kind].items()
        if found[1280][name] > most
    }
    assert over == {}, found
    assert {width: each["wide"] for width, each in found.items()} == {1280: 0, 360: 0}
    assert found[360]["first"] <= measures.FIRST_CARD, found
