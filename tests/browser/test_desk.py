"""The review desk in a real browser: few keys, and no script needed."""

import pytest
from PIL import Image
from playwright.sync_api import expect

from consultations.models import Decision, Plan
from tests.browser.test_walk import press, sign_in
from tests.consultations.deciding import card_of, desk, make_plan
from tests.consultations.photos.files import put_photo, saved

pytestmark = pytest.mark.django_db(transaction=True)

MOST_ACTIONS = 14


class Hand:
    """Clicks and presses keys, and counts."""

    def __init__(self, window):
        self.window = window
        self.count = 0

    def click(self, locator):
        self.count += 1
        locator.click()

    def key(self, name):
        self.count += 1
        self.window.keyboard.press(name)


def few_options(plan):
    """Leave four options open, as the ordinary intake has."""
    options = [each for each in plan.decisions.current() if each.card.is_option]
    Decision.objects.filter(pk__in=[each.pk for each in options[4:]]).delete()
    assert len(options) >= 4


def test_a_name_without_blanks_leaves_the_queue_in_sight(open_window):
    make_plan(name="x" * 120)
    window = open_window(viewport={"width": 1280, "height": 800})
    sign_in(window)
    window.goto("/admin/consultations/plan/")
    box = window.locator("#result_list thead").bounding_box()
    assert box["x"] + box["width"] <= 1280


def test_an_ordinary_intake_is_decided_and_signed_with_few_actions(open_window):
    plan = make_plan()
    few_options(plan)
    window = open_window()
    sign_in(window)
    window.goto("/admin/consultations/plan/")
    hand = Hand(window)
    with window.expect_navigation():
        hand.click(window.get_by_role("link", name=plan.intake.reference, exact=True))
    with window.expect_navigation():
        hand.click(window.get_by_role("button", name="Claim", exact=True))
    for key in "1344":
        hand.key(key)
    select = window.get_by_label("Begin with a template: Message to the patient")
    hand.count += 2
    select.select_option(label="Plan with treatments")
    with window.expect_navigation():
        hand.click(window.get_by_role("button", name="Save and sign"))
    expect(window.get_by_text("The patient can read the plan now.")).to_be_visible()
    signed = Plan.objects.get()
    decided = signed.decisions.exclude(choice="").values_list("choice", flat=True)
    assert list(decided) == ["include", "not_now", "not_included", "not_included"]
    assert signed.note.startswith("Thank you for telling us about your scar.")
    assert {each.seconds is None for each in signed.decisions.exclude(choice="")} == {
        False
    }
    assert hand.count <= MOST_ACTIONS


def test_the_keys_move_and_leave_typing_alone(open_window):
    plan = make_plan()
    window = open_window()
    sign_in(window)
    window.goto(desk(plan))
    titles = window.locator("[data-card][data-open] h4").all_inner_texts()

    def focused():
        return window.evaluate("document.activeElement.querySelector('h4')?.innerText")

    for key, title in (("j", titles[0]), ("j", titles[1]), ("k", titles[0])):
        window.keyboard.press(key)
        assert focused() == title
    window.keyboard.press("n")
    expect(window.get_by_label("Message to the patient", exact=True)).to_be_focused()
    window.keyboard.type("1 jug, 2 ks?")
    note = window.get_by_label("Message to the patient", exact=True)
    expect(note).to_have_value("1 jug, 2 ks?")
    assert not window.locator("[type=radio]:checked").count()
    window.locator("h1").click()
    with window.expect_navigation():
        window.keyboard.press("s")
    assert Plan.objects.get().note == "1 jug, 2 ks?"
    window.keyboard.press("?")
    expect(window.get_by_text("next card, card before")).to_be_visible()


def test_the_desk_works_without_a_script(open_window):
    plan = make_plan()
    few_options(plan)
    window = open_window(java_script_enabled=False)
    sign_in(window)
    window.goto(desk(plan))
    for card in window.locator("[data-card][data-open]").all():
        card.get_by_text("Not included", exact=True).click()
    window.get_by_label("Begin with a template: Message to the patient").select_option(
        label="Time first"
    )
    with window.expect_navigation():
        window.locator("[name=_insert][value=note]").click()
    note = window.get_by_label("Message to the patient", exact=True)
    assert note.input_value().startswith("Your scar is still changing by itself.")
    press(window, "Save and preview")
    expect(window.get_by_text("Your scar is still changing by itself.")).to_be_visible()
    press(window, "Back to the desk", role="link")
    press(window, "Save and sign")
    assert Plan.objects.get().is_signed
    assert card_of(plan, "subcision").decision.seconds is None


def test_photos_are_looked_into_for_the_eye_only(open_window, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    plan = make_plan()
    picture = saved(Image.new("RGB", (80, 60), "#a97"))
    put_photo(plan.intake.scars.get(), picture, "distance", 80, 60)
    window = open_window()
    sign_in(window)
    window.goto(desk(plan))
    name = "Scar 1: Face: From a distance"
    picture = window.get_by_role("img", name=name)
    expect(picture).to_have_js_property("naturalWidth", 80)
    window.get_by_role("button", name=f"Turn: {name}").click()
    window.get_by_label(f"Larger: {name}").fill("2")
    window.get_by_label(f"Brighter: {name}").fill("1.5")
    assert picture.evaluate("image => [image.style.transform, image.style.filter]") == [
        "scale(2) rotate(90deg)",
        "brightness(1.5)",
    ]
    window.get_by_role("button", name=f"As it was: {name}").click()
    assert picture.evaluate("image => [image.style.transform, image.style.filter]") == [
        "scale(1) rotate(0deg)",
        "",
    ]
