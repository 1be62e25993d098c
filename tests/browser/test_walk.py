"""The whole way in a real browser: a patient asks, a clinician signs, a patient reads."""

import re

import pytest
from playwright.sync_api import expect

from consultations.models import Intake, Plan
from methods.models import Clinic
from methods.publishing import editions
from tests.consultations.factories import ANSWERS, born, make_clinician

PASSWORD = "kuvo-mira-tepo-salu"
TELEPHONE = {
    "java_script_enabled": False,
    "viewport": {"width": 360, "height": 740},
    "has_touch": True,
}
TYPED = ANSWERS | born(40) | {"ticked": ["none"]}

pytestmark = pytest.mark.django_db(transaction=True)


def press(window, name, role="button"):
    """Press what leads to a page, and wait until that page has arrived."""
    with window.expect_navigation():
        window.get_by_role(role, name=name, exact=True).click()


def fits(window):
    """Return whether the page is no wider than the window."""
    return window.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )


def fill(window, **answers):
    """Answer what a page asks, as a hand does: type, and touch the labels."""
    for folded in window.locator("details.folded:not([open]) > summary").all():
        folded.click()
    for name in dict.fromkeys(
        window.locator("main form [name]").evaluate_all("all => all.map(e => e.name)")
    ):
        field = window.locator(f'[name="{name}"]')
        value = (TYPED | answers).get(name)
        if field.first.get_attribute("type") not in ("radio", "checkbox"):
            if value is not None and name != "csrfmiddlewaretoken":
                field.fill(value)
            continue
        for each in [value] if isinstance(value, str) else value or []:
            chosen = window.locator(f'[name="{name}"][value="{each}"]')
            if field.first.get_attribute("value") is None:
                chosen = field
            window.locator(f'label[for="{chosen.get_attribute("id")}"]').click()


def go_on(window, **answers):
    """Fill the page and press Continue; return the heading that was there."""
    heading = window.locator("h1").inner_text()
    assert fits(window), heading
    fill(window, **answers)
    agree = window.get_by_role("button", name="I agree: add photos")
    press(window, "Continue without photos" if agree.count() else "Continue")
    return heading


def ask(window):
    """Walk the intake to its check page by hand."""
    window.goto("/consultation/")
    press(window, "Start for myself")
    while window.locator("h1").inner_text() != "Check your answers":
        go_on(window)


def sign_in(window, username="clara"):
    user = make_clinician(username, profession="doctor")
    user.set_password(PASSWORD)
    user.save()
    window.goto("/admin/")
    window.get_by_label("Username:").fill(username)
    window.get_by_label("Password:").fill(PASSWORD)
    press(window, "Log in")


def decide(window):
    """Include the first option, put off the second, leave out the others.

    Returns the titles of the options.
    """
    cards = Plan.objects.get().intake.assessments.get().cards.all()
    titles = [card.title for card in cards if card.is_option]
    # Advice and referrals stand open as well: nobody has to decide on them.
    options = window.locator(".desk-card[data-open]").all()
    choices = ["Include", "Not now"] + ["Not included"] * (len(titles) - 2)
    for option, choice in zip(options, choices, strict=True):
        option.get_by_role("radio", name=choice, exact=True).check()
    return titles


def test_a_patient_without_scripts_asks_and_reads_the_plan_that_a_clinician_signs(
    open_window,
):
    patient = open_window(**TELEPHONE)
    ask(patient)
    assert fits(patient)
    press(patient, "Send")
    reference = Intake.objects.get().reference
    expect(patient.get_by_role("heading", level=1)).to_have_text("We have your answers")
    expect(patient.get_by_text(reference)).to_be_visible()
    assert fits(patient)

    desk = open_window()
    sign_in(desk)
    press(desk, "Plans", role="link")
    press(desk, reference, role="link")
    wish = desk.locator(".desk-under", has_text="Smoother cheeks")
    expect(wish).to_be_visible()

    first, second, *_others = decide(desk)
    desk.get_by_role("textbox", name="Message to the patient", exact=True).fill(
        "We begin in spring."
    )
    press(desk, "Save")
    patient.reload()
    expect(patient.get_by_text("Nothing has been decided yet.")).to_be_visible()
    expect(patient.get_by_text("We begin in spring.")).to_have_count(0)

    press(desk, "Save and preview")
    expect(desk.get_by_text("We begin in spring.")).to_be_visible()
    press(desk, "Sign")
    expect(
        desk.get_by_text("Signed. The patient can read the plan now.")
    ).to_be_visible()
    assert Plan.objects.get().signed_by.username == "clara"

    patient.reload()
    expect(patient.get_by_role("heading", level=1)).to_have_text("Your plan")
    expect(patient.get_by_text("We begin in spring.")).to_be_visible()
    expect(patient.get_by_text("REG-0042")).to_be_visible()
    # What she asked about and does not get is answered too.
    asked = "Releasing a scar from below (subcision)"
    assert patient.locator("main h4").all_inner_texts() == [first, second, asked]
    assert fits(patient)


def test_what_is_wrong_takes_the_focus_and_leads_to_its_field(open_window):
    patient = open_window(**TELEPHONE)
    patient.goto("/consultation/")
    press(patient, "Start for myself")
    fill(patient, name="Ada Okafor", date_of_birth_year="86")
    press(patient, "Continue")
    expect(patient.locator(".error-summary")).to_be_focused()
    expect(patient.get_by_label("What is your name?")).to_have_value("Ada Okafor")
    # Back leads to the page before, and sends nothing again.
    patient.reload()
    expect(patient.locator(".error-summary")).to_be_focused()
    patient.locator(".error-summary a").click()
    expect(patient.get_by_label("Day")).to_be_focused()
    assert fits(patient)


def test_text_twice_as_large_is_no_wider_than_a_narrow_window(open_window):
    Clinic.objects.update(email="reception@example-scar-clinic.example")
    editions.renew()
    patient = open_window(viewport={"width": 320, "height": 640})
    too_wide = []
    for url in ("/", "/contact/", "/treatments/", "/scars/ice_pick/", "/consultation/"):
        patient.goto(url)
        patient.evaluate("document.documentElement.style.fontSize = '200%'")
        too_wide += [] if fits(patient) else [url]
    assert too_wide == []


def test_reload_and_back_keep_what_was_answered(open_window):
    patient = open_window(**TELEPHONE)
    patient.goto("/consultation/")
    press(patient, "Start for myself")
    for _page in range(2):
        go_on(patient, body_site="ear")
    patient.reload()
    expect(patient).to_have_url(re.compile("/consultation/scar-look/1/$"))
    press(patient, "Back", role="link")
    expect(patient.get_by_label("Ear", exact=True)).to_be_checked()
    patient.go_back()
    patient.go_back()
    expect(patient.get_by_label("Ear", exact=True)).to_be_checked()


def test_an_unfinished_page_is_found_again_in_another_browser_by_the_link(open_window):
    patient = open_window(**TELEPHONE)
    patient.goto("/consultation/")
    press(patient, "Start for myself")
    while patient.locator("h1").inner_text() != "Its age and its look":
        go_on(patient)
    fill(patient, age_amount="", age_unit="years")
    press(patient, "Save and leave")
    expect(patient.locator("h1")).to_have_text("Your answers are kept")
    assert fits(patient)
    link = patient.locator(".private-link a").get_attribute("href")

    other = open_window(**TELEPHONE)
    other.goto(link)
    fill(other)
    other.locator("main form button").last.click()
    press(other, "Go on where you left", role="link")
    expect(other.locator("h1")).to_have_text("Its age and its look")
    expect(other.get_by_text("You have not finished this page.")).to_be_visible()
    expect(other.get_by_label("years", exact=True)).to_be_checked()
    go_on(other)
    expect(other.locator("h1")).to_have_text("The shape of the dents")
    # It goes on there only: the first browser shows nothing of it any more.
    patient.reload()
    expect(patient.locator("h1")).to_have_text("Your answers are not here any more")
    expect(patient.get_by_text("Go on where you left")).to_have_count(0)
    assert fits(patient)


def test_two_tabs_of_one_browser_lose_nothing(open_window):
    first = open_window(**TELEPHONE)
    first.goto("/consultation/")
    press(first, "Start for myself")
    second = first.context.new_page()
    second.goto("/consultation/skin/")
    go_on(first)
    go_on(second, fitzpatrick="5")
    go_on(first)
    draft = Intake.objects.get()
    assert (draft.done, draft.fitzpatrick) == (["you", "skin", "scar-cause/1"], "5")


def test_the_keyboard_alone_is_enough(open_window):
    patient = open_window()
    patient.goto("/consultation/")
    patient.get_by_role("button", name="Start for myself").focus()
    with patient.expect_navigation():
        patient.keyboard.press("Enter")
    patient.get_by_label("Myself").focus()
    keys = patient.keyboard
    keys.press("Space")
    keys.press("Tab")
    for text in ("Ada Okafor", "27", "3", "1986"):
        keys.type(text)
        keys.press("Tab")
    keys.press("Space")
    with patient.expect_navigation():
        patient.get_by_role("button", name="Continue", exact=True).press("Enter")
    patient.locator("fieldset input").first.focus()
    keys.press("ArrowRight")
    assert patient.locator("fieldset input:checked").count() == 1
    expect(patient.locator("h1")).to_have_text("What happened, and where")
