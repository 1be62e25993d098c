"""The review desk in a real browser: few keys, and no script needed."""

import pytest
from PIL import Image
from playwright.sync_api import expect

from consultations.models import Decision, Plan
from tests.browser.test_walk import press, sign_in
from tests.consultations.deciding import card_of, desk, make_plan
from tests.consultations.photos.files import put_photo, saved

pytestmark = pytest.mark.django_db(transaction=True)

MOST_ACTIONS = 12


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
    window = open_window()
    sign_in(window)
    window.goto("/admin/consultations/plan/")
    hand = Hand(window)
    with window.expect_navigation():
        hand.click(window.get_by_role("link", name=plan.intake.reference, exact=True))
    for key in "13444":
        hand.key(key)
    with window.expect_navigation():
        hand.click(window.get_by_role("button", name="not discussed"))
    select = window.get_by_label("Begin with a template: Message to the patient")
    hand.count += 2
    select.select_option(label="Plan with treatments")
    with window.expect_navigation():
        hand.click(window.get_by_role("button", name="Save and preview"))
    with window.expect_navigation():
        hand.click(window.get_by_role("button", name="Sign", exact=True))
    expect(window.get_by_text("The patient can read the plan now.")).to_be_visible()
    signed = Plan.objects.get()
    decided = signed.decisions.exclude(choice="").values_list("choice", flat=True)
    assert list(decided) == ["include", "not_now", *["not_included"] * 5]
    assert signed.note.startswith("Thank you for telling us about your scar.")
    pressed = [each for each in signed.decisions.exclude(choice="") if not each.reason]
    assert [each.seconds is None for each in pressed] == [False] * 5
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
        card.get_by_role("radio", name="Not included", exact=True).check()
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
    press(window, "Save and preview")
    press(window, "Sign")
    assert Plan.objects.get().is_signed
    assert card_of(plan, "subcision").decision.seconds is None


CORNERS = """() => [...document.querySelectorAll(".view-window")].map(frame => {
  const image = frame.querySelector("img"), seen = [];
  for (const far of [0, 1e6]) {
    frame.scrollTo(far, far);
    const [own, its] = [frame, image].map(each => each.getBoundingClientRect());
    seen.push(far
      ? [own.left + frame.clientWidth - its.right, own.top + frame.clientHeight - its.bottom]
      : [its.left - own.left, its.top - own.top]);
  }
  return seen.flat().map(Math.round);
})"""
"""How far each picture's corners lie outside of what its window scrolls to, in pixels."""


def with_photos(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    plan = make_plan()
    for slot, size in (("distance", (80, 60)), ("close_up", (60, 80))):
        picture = saved(Image.new("RGB", size, "#a97"))
        put_photo(plan.intake.scars.get(), picture, slot, *size)
    return plan


def test_photos_are_looked_into_to_every_corner_without_a_script(
    open_window, settings, tmp_path
):
    plan = with_photos(settings, tmp_path)
    window = open_window(java_script_enabled=False)
    sign_in(window)
    window.goto(desk(plan), wait_until="networkidle")
    with window.expect_navigation(wait_until="networkidle"):
        window.get_by_role("link", name="Larger, side by side").click()
    assert window.locator(".view-window img").count() == 2
    for size in ("1 ×", "2 ×", "4 ×", "8 ×"):
        window.get_by_role("radio", name=size, exact=True).check()
        for turn in ("0°", "90°", "180°", "270°"):
            window.get_by_role("radio", name=turn, exact=True).check()
            for left, top, right, bottom in window.evaluate(CORNERS):
                assert (left, top) == (0, 0), (size, turn)
                assert min(right, bottom) >= 0, (size, turn)
    with window.expect_navigation():
        window.locator('a[href$="right=none"]').last.click()
    assert window.locator(".view-window img").count() == 1
    press(window, "Back to the desk", role="link")


def test_photos_have_keys_that_can_be_switched_off(open_window, settings, tmp_path):
    plan = with_photos(settings, tmp_path)
    window = open_window()
    sign_in(window)
    window.goto(
        f"{desk(plan).removesuffix('change/')}photos/", wait_until="networkidle"
    )
    for key in "+r":
        window.keyboard.press(key)
    expect(window.locator("#size-2")).to_be_checked()
    expect(window.locator("#turn-90")).to_be_checked()
    press(window, "Switch keys of one letter off")
    for page in (None, f"{desk(plan).removesuffix('change/')}photos/"):
        if page:
            window.goto(page)
        window.keyboard.press("r")
        expect(window.locator("#turn-0")).to_be_checked()
    window.goto(desk(plan))
    window.keyboard.press("j")
    assert not window.locator("[data-card]:focus").count()
