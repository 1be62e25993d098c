"""Photos as a telephone sends them, without scripts and with ours."""

import os

import pytest
from PIL import Image
from playwright.sync_api import expect

from consultations.intake import consents
from consultations.models import (
    ConsentPurpose,
    DecidedBy,
    Intake,
    Photo,
)
from tests.browser.test_walk import TELEPHONE, fits, press
from tests.consultations.photos.files import drawn, saved

pytestmark = pytest.mark.django_db(transaction=True)

# What is said while a photo is sent, for the page after it.
LISTEN = """
    () => new MutationObserver((all) => sessionStorage.said = all[0].target.textContent)
        .observe(document.querySelector("[data-sending] [role=status]"), {childList: true})
"""
SLOTS = ["From a distance", "Close up, with a coin", "From the side"]


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "photos"


def at_the_photos(open_window, **options):
    """Return a window at the photos of a draft, whose patient has agreed to them."""
    patient = open_window(**TELEPHONE | options)
    # Decoding takes a busy machine long.
    patient.set_default_timeout(40_000)
    patient.goto("/consultation/")
    press(patient, "Start for myself")
    purposes = {ConsentPurpose.PHOTOS: True}
    consents.decide(Intake.objects.get(), purposes, by=DecidedBy.PATIENT)
    patient.goto("/consultation/photos/1/")
    return patient


def choose(window, slot, body, name):
    third = window.locator("details:not([open]) > summary", has_text="A third one")
    if third.count():
        third.click()
    window.get_by_label(f"Choose a photo: {slot}").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": body}
    )


def press_at(window, slot, name):
    """Press a button of one slot, and wait for the page that follows."""
    with window.expect_navigation():
        window.locator("section", has_text=slot).get_by_role(
            "button", name=name
        ).click()


def pictures(window):
    """Return [(what a picture shows, how wide its file is)] as the window has them."""
    window.wait_for_load_state("load")
    return window.locator("main img").evaluate_all(
        "all => all.map(each => [each.alt, each.naturalWidth])"
    )


def textured(width, height):
    """Return a JPEG of several MB: noise, as skin is under a good camera."""
    small = Image.frombytes(
        "L", (width // 2, height // 2), os.urandom(width * height // 4)
    )
    return saved(small.resize((width, height)).convert("RGB"), quality=95)


def test_photos_are_sent_seen_and_removed_without_scripts(open_window):
    patient = at_the_photos(open_window)
    for slot, kind in zip(SLOTS, ["JPEG", "PNG", "HEIF"], strict=True):
        choose(patient, slot, saved(drawn(), kind), f"IMG.{kind}")
    press(patient, "Continue")
    patient.goto("/consultation/photos/1/")
    told = patient.locator("p.added")
    expect(told).to_have_text(f"3 photos are added: {'; '.join(SLOTS)}.")
    assert pictures(patient) == [[f"Your photo: {slot}", 160] for slot in SLOTS]
    assert fits(patient)

    press_at(patient, SLOTS[1], "Remove")
    patient.reload()
    left = [f"Your photo: {SLOTS[0]}", f"Your photo: {SLOTS[2]}"]
    assert [alt for alt, _width in pictures(patient)] == left


@pytest.mark.parametrize("scripts", [False, True])
@pytest.mark.parametrize("button", ["Continue", "Save and leave"])
def test_a_photo_that_was_only_chosen_is_sent_with_the_page(
    open_window, scripts, button
):
    patient = at_the_photos(open_window, java_script_enabled=scripts)
    if scripts:
        # As if choosing alone had not sent it.
        patient.add_init_script(
            "addEventListener('change', (event) => event.stopPropagation(), true)"
        )
        patient.reload()
    choose(patient, SLOTS[1], saved(drawn()), "IMG.jpg")
    press(patient, button)
    assert Photo.objects.get().slot == "close_up"
    assert Intake.objects.get().done == ["photos/1"]
    expect(patient.locator("h1")).not_to_have_text("Photos of the scar (optional)")


def test_what_is_wrong_with_a_photo_takes_the_focus(open_window):
    patient = at_the_photos(open_window)
    choose(patient, SLOTS[0], saved(drawn()), "IMG.jpg")
    choose(patient, SLOTS[2], b"no photo", "IMG.jpg")
    press(patient, "Continue")
    expect(patient.locator(".error-summary")).to_be_focused()
    patient.locator(".error-summary a").click()
    expect(patient.get_by_label(f"Choose a photo: {SLOTS[2]}")).to_be_focused()
    assert [alt for alt, _width in pictures(patient)] == [f"Your photo: {SLOTS[0]}"]
    assert fits(patient)


def test_our_script_makes_a_large_photo_smaller_before_it_is_sent(open_window):
    patient = at_the_photos(open_window, java_script_enabled=True)
    patient.evaluate(LISTEN)
    large = textured(3600, 2700)
    with (
        patient.expect_request(lambda each: each.method == "POST") as sent,
        patient.expect_navigation(),
    ):
        choose(patient, SLOTS[0], large, "IMG.jpg")
    assert patient.evaluate("sessionStorage.said") == "Sending…"
    assert sent.value.sizes()["requestBodySize"] < len(large) * 0.7
    assert pictures(patient) == [[f"Your photo: {SLOTS[0]}", 480]]
    assert Photo.objects.get().width == 2400


def test_our_script_sends_as_it_is_what_the_browser_cannot_read(open_window):
    patient = at_the_photos(open_window, java_script_enabled=True)
    with patient.expect_navigation():
        choose(patient, SLOTS[0], saved(drawn(), "HEIF"), "IMG.heic")
    assert pictures(patient) == [[f"Your photo: {SLOTS[0]}", 160]]


def test_a_photo_is_kept_upright_and_with_its_colours(open_window, folder):
    patient = at_the_photos(open_window, java_script_enabled=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    with patient.expect_navigation():
        choose(patient, SLOTS[0], saved(drawn(3000, 2600), exif=exif), "IMG.jpg")
    photo = Photo.objects.get()
    assert (photo.width, photo.height) == (2080, 2400)
    upright = drawn(3000, 2600).transpose(Image.Transpose.ROTATE_270)
    kept = Image.open(photo.open())
    places = [(100, 100), (1900, 100), (100, 2300), (1900, 2300)]
    wide = upright.width / kept.width
    for place in places:
        expected = upright.getpixel(tuple(round(each * wide) for each in place))
        apart = [
            abs(a - b) for a, b in zip(kept.getpixel(place), expected, strict=True)
        ]
        assert max(apart) < 8
