"""The drawings as Chromium shows them, from their one file, under the site's policy."""

import pytest
from playwright.sync_api import expect

from methods.protocol.vocabulary import BodySite
from tests.browser.test_walk import TELEPHONE, fits, go_on, press

pytestmark = pytest.mark.django_db(transaction=True)

WITHOUT_A_SHAPE = """
    all => all.filter(use => use.getBBox().width < 50)
              .map(use => use.getAttribute("href"))
"""


def test_places_are_chosen_by_touching_their_pictures(open_window):
    patient = open_window(**TELEPHONE)
    patient.goto("/consultation/")
    press(patient, "Start for myself")
    while patient.locator("h1").inner_text() != "What happened, and where":
        go_on(patient)
    pictures = patient.locator(".choice__picture use")
    assert pictures.count() == len(BodySite) - 1  # not "Somewhere else"
    assert pictures.evaluate_all(WITHOUT_A_SHAPE) == []

    # Above the picture lies the label, which makes the whole box one answer.
    elbow = patient.locator(".choice").filter(has_text="Elbow")
    elbow.locator("svg").tap(force=True)
    expect(patient.get_by_label("Elbow", exact=True)).to_be_checked()
    assert fits(patient)
    patient.set_viewport_size({"width": 320, "height": 640})
    assert fits(patient)
