"""Walk the intake as a patient and the admin as each role, and audit every page of it.

One intake goes the whole way: each step as it comes and with an error on it, a photo, a
question and its answer, two clinicians who save at once, a signed plan, an amended one.
Then every page that links lead to, under the private link and in the admin, one of each
kind. Prints how many pages, questions, taps and words four ordinary patients meet, and
a line for everything that is wrong: axe, content security policy, console,
markup, width; and pages over their weight. Exit status 1 if there is one.
"""

import asyncio
import re
import secrets
import sys
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from budgets import (
    DESK,
    LIMITS,
    PHONE,
    SETTLE,
    WATCH,
    Audit,
    accessibility,
    faults,
    layout,
    transferred,
    validate,
)
from PIL import Image
from playwright.async_api import async_playwright
from playwright.sync_api import sync_playwright
from serving import chromium, site

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.browser import measures

PATIENT_KB, DESK_KB, EDITOR_KB = LIMITS["kB over the wire"], 120, 170
"""What a page may weigh over the wire, photos apart. The editor's forms need the stock
admin's jQuery and Select2; the longest holds ten relations beside its criteria."""


def jpeg(body):
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": body}


def drawn():
    """Return the bytes of a photo."""
    buffer = BytesIO()
    Image.new("RGB", (640, 480), "#a97").save(buffer, "JPEG")
    return buffer.getvalue()


# Staff, each with their role; plans with a red flag and with four scars.
MAKE_CLINIC = """
from django.contrib.auth.models import Group
from scarclinic.staff.models import User
from tests.consultations.deciding import make_plan
for role in ("Front desk", "Editor", "Cosmetologist", "Administrator"):
    user = User.objects.create_user(
        role.lower().replace(" ", "-"), password={password!r}, is_staff=True
    )
    user.groups.add(Group.objects.get(name=role))
    if role == "Cosmetologist":
        user.registration_number, user.profession = "REG-0042", "doctor"
        user.save()
make_plan(scars=4)
make_plan(rf_bleed="yes")
"""
# What a healthy person with rolling scars answers, by the name of the input; what is not
# here is answered with the last choice, but one, of its question.
ANSWERS = {
    "for_whom": "self",
    "name": "Ada Okafor",
    "date_of_birth_day": "1",
    "date_of_birth_month": "3",
    "date_of_birth_year": "1986",
    "scar_cause": "acne",
    "age_amount": "3",
    "age_unit": "years",
    "wound_closed": "yes",
    "body_site": "face",
    "elevation": "mixed",
    "stripes": "none",
    "beyond_edges": "no",
    "still_growing": "no",
    "pit_shape": "wavy",
    "tight_limits_movement": "no",
    "pulls_feature": "none",
    "itch": "2",
    "pain": "1",
    "prior_treatments": "silicone",
    "silicone_last": "about March 2024",
    "silicone_response": "good",
    "another": "no",
    "fitzpatrick": "3",
    "tan": "none",
    "active_acne": "none",
    "isotretinoin": "never",
    "diabetes": "none",
    "ctd": "none",
    "recent_filler": "none",
    "recent_resurfacing": "none",
    "preoccupied": "no",
    "checks_often": "no",
    "distressed": "no",
    "wish": "Smoother cheeks",
    "ways": ["email", "call"],
    "email": "ada@example.org",
    "telephone": "020 7946 0123",
}
FILL = """answers => {
  for (const field of document.querySelectorAll("main form [name]")) {
    const answer = answers[field.name];
    if (field.type === "radio") {
      const all = [...document.getElementsByName(field.name)];
      const wanted = all.find(each => each.value === answer) ?? all.at(-2);
      wanted.checked = true;
    } else if (field.type === "checkbox") {
      const isListed = document.getElementsByName(field.name).length > 1;
      field.checked = isListed && !(field.name in answers)
        ? field.value === "none" : [].concat(answer).includes(field.value)
          || !(field.name in answers);
    } else if (answer !== undefined) {
      field.value = answer;
    }
  }
}"""
# Include the first option, leave out the others.
DECIDE = """() => [...document.querySelectorAll("[data-card][data-open]")].forEach(
  (card, place) => card.querySelector(
    `[value=${place ? "not_included" : "include"}]`).click())"""
# Two pages that are built alike, for another role or of another row, are one.
SHAPE = """() => [...document.querySelectorAll("*")].map(
  each => each.tagName + each.className + (each.type ?? "")).join()"""
HREFS = "() => [...document.querySelectorAll('a[href]')].map(each => each.href)"
IS_FILE = re.compile(r"[./](pdf|csv|json)/?$|/(file|jsi18n|logout)/$")


class Auditor:
    """Opens windows in one browser, and audits what they show."""

    def __init__(self, browser, url):
        self.browser, self.url = browser, url
        self.audits, self.complaints, self.seen = [], [], set()

    @asynccontextmanager
    async def window(self, size):
        """Open a window that nobody has used, and that notes what it complains of."""
        context = await self.browser.new_context(viewport=size, color_scheme="light")
        await context.add_init_script(WATCH)
        window = await context.new_page()
        window.size, window.answers, window.is_audited = size, [], False
        window.on(
            "console",
            lambda message: (
                message.type in ("error", "warning")
                and not window.is_audited
                and self.complaints.append(f"{message.text} at {self.path(window)}")
            ),
        )
        window.on("pageerror", lambda error: self.complaints.append(str(error)))
        window.on("requestfinished", lambda asked: window.answers.append(asked))
        window.on(
            "request",
            lambda asked: asked.is_navigation_request() and window.answers.clear(),
        )
        # Each page is weighed as on a first visit.
        devtools = await context.new_cdp_session(window)
        await devtools.send("Network.enable")
        await devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
        yield window
        await context.close()

    def path(self, window):
        return urlsplit(window.url).path

    async def look(self, window, name):
        """Audit the page that a window shows, once for all that are built alike."""
        audit = Audit(name)
        watched = await window.evaluate(SETTLE)
        shape = hash(await window.evaluate(SHAPE))
        if shape in self.seen:
            return
        self.seen.add(shape)
        audit.html = await self._source(window)
        audit.blame("content security policy", watched["refused"])
        await self._weigh(window, audit)
        # From here on it is axe that complains of our policy, not our page.
        window.is_audited = True
        await layout(window, audit)
        await accessibility(window, audit)
        await window.set_viewport_size(window.size)
        await window.emulate_media(color_scheme="light")
        window.is_audited = False
        self.audits.append(audit)

    async def _source(self, window):
        page = next(each for each in window.answers if each.is_navigation_request())
        return await (await page.response()).text()

    async def _weigh(self, window, audit):
        wire = {
            each.url: await transferred(each)
            for each in window.answers
            if "/photo/" not in each.url
        }
        limit, kb = DESK_KB, sum(wire.values()) / 1000
        if window.size == PHONE:
            limit = PATIENT_KB
        elif self.path(window).startswith("/admin/methods/"):
            limit = EDITOR_KB
        if kb > limit:
            audit.blame("weight", [f"{kb:.0f} kB of {limit}"])

    async def crawl(self, window, start):
        """Look at every page that links lead to from one that starts its address so."""
        waiting, kinds = [start], set()
        while waiting:
            path = waiting.pop(0)
            kind = re.sub(r"\d+", "N", path)
            if kind in kinds or IS_FILE.search(path):
                continue
            kinds.add(kind)
            await window.goto(self.url + path)
            await self.look(window, path)
            links = [urlsplit(each) for each in await window.evaluate(HREFS)]
            waiting += [
                each.path
                for each in links
                if urljoin(self.url, each.path).startswith(self.url + start)
                and each.geturl().startswith(self.url)
            ]


async def press(window, name):
    async with window.expect_navigation():
        await window.get_by_role("button", name=name, exact=True).first.click()


async def follow(window, name):
    async with window.expect_navigation():
        await window.get_by_role("link", name=name, exact=True).first.click()


# The patient


async def answer_pages(auditor, window):
    """Answer each page of the intake, after it has been left empty."""
    while (path := auditor.path(window)) != "/consultation/check/":
        name = path.removeprefix("/consultation/")
        await auditor.look(window, name)
        if name.startswith("photos/"):
            await press(window, "I agree: add photos")
            await send_photos(auditor, window, name)
        await press(window, "Continue")
        if auditor.path(window) == path:
            await auditor.look(window, f"{name} with errors")
            await window.evaluate(FILL, ANSWERS)
            await press(window, "Continue")
            assert auditor.path(window) != path, await window.inner_text("main")


async def send_photos(auditor, window, name):
    """Choose what is no photo, and a photo; our script sends each at once."""
    for words, file in (
        ("with errors", jpeg(b"I am a text, and my name is photo.jpg.")),
        ("with a photo", jpeg(drawn())),
    ):
        async with window.expect_navigation():
            await window.locator("[type=file]").first.set_input_files(file)
        await auditor.look(window, f"{name} {words}")


async def send_intake(auditor, window):
    await window.goto(f"{auditor.url}/consultation/")
    await auditor.look(window, "start")
    await press(window, "Start for myself")
    await press(window, "Save and leave")
    await auditor.look(window, "saved")
    await window.go_back()
    await answer_pages(auditor, window)
    await auditor.look(window, "check")
    await press(window, "Send")
    await auditor.look(window, "status")


async def stop_at_a_red_flag(auditor, **answers):
    async with auditor.window(PHONE) as window:
        await window.goto(f"{auditor.url}/consultation/")
        await press(window, "Start for myself")
        while auditor.path(window) != "/consultation/advice/":
            await window.evaluate(FILL, ANSWERS | answers)
            await press(window, "Continue")
        await auditor.look(window, "stop")


async def ask_for_a_lost_link(auditor):
    async with auditor.window(PHONE) as window:
        await window.goto(f"{auditor.url}/consultation/link/")
        await auditor.look(window, "lost link")
        await press(window, "Send me the link")
        await auditor.look(window, "lost link with errors")


async def as_stranger(auditor, link):
    async with auditor.window(PHONE) as window:
        await window.goto(link)
        await auditor.look(window, "link on another device")
        await press(window, "Open")
        await auditor.look(window, "link on another device with errors")


# The staff


@asynccontextmanager
async def signed_in(auditor, role, password):
    async with auditor.window(DESK) as window:
        await window.goto(f"{auditor.url}/admin/")
        await auditor.look(window, "log-in")
        await window.fill("[name=login]", role)
        await window.fill("[name=password]", password)
        async with window.expect_navigation():
            await window.click("[type=submit]")
        yield window


async def save_at_once(auditor, desk, other):
    """Save the same desk from two windows; the later one sees both versions."""
    await other.goto(desk.url)
    for window, words in ((desk, "In spring."), (other, "In autumn.")):
        await window.get_by_label("Message to the patient", exact=True).fill(words)
    await press(other, "Save")
    await press(desk, "Save")
    await auditor.look(desk, "desk with a conflict")


async def review(auditor, desk, patient, link):
    """Claim, ask, have it answered, decide, sign and amend."""
    await desk.goto(f"{auditor.url}/admin/consultations/plan/")
    await auditor.look(desk, "queue")
    reference = await patient.locator(".reference").first.inner_text()
    await follow(desk, reference)
    await auditor.look(desk, "desk")
    await press(desk, "Claim")
    await desk.get_by_role("heading", name="Ask the patient").click()
    await press(desk, "Send the question")
    await auditor.look(desk, "desk with an empty question")
    await desk.get_by_label("Your question, in plain words", exact=True).fill(
        "Since when?"
    )
    await press(desk, "Send the question")
    await auditor.look(desk, "desk that waits")
    await patient.goto(link)
    await auditor.look(patient, "status with a question")
    await follow(patient, "Answer question 1")
    await auditor.look(patient, "question")
    await press(patient, "Send")
    await auditor.look(patient, "question with errors")
    await patient.locator("main textarea").fill("Since spring.")
    await press(patient, "Send")
    await desk.reload()
    await auditor.look(desk, "desk with an answer")


async def sign(auditor, desk):
    await press(desk, "Save and preview")
    await auditor.look(desk, "preview of what cannot be signed")
    await follow(desk, "Back to the desk")
    await auditor.crawl(desk, f"{auditor.path(desk).removesuffix('change/')}photos/")
    await desk.go_back()
    await desk.evaluate(DECIDE)
    await press(desk, "Save")
    # Of what goes together only one is included.
    if await desk.locator("[name=departures_seen]").count():
        await desk.get_by_label(
            "Why this plan departs from the protocol", exact=True
        ).fill("The other may follow in autumn.")
        for departure in await desk.locator("[name=departures_seen]").all():
            await departure.check()
    await press(desk, "Save and preview")
    await auditor.look(desk, "preview")
    await press(desk, "Sign")
    assert await desk.get_by_text("Signed.").count(), await desk.inner_text("main")
    await auditor.look(desk, "desk of a signed plan")


async def journey(auditor, password):
    async with auditor.window(PHONE) as patient:
        await send_intake(auditor, patient)
        link = patient.url
        await as_stranger(auditor, link)
        async with (
            signed_in(auditor, "cosmetologist", password) as desk,
            signed_in(auditor, "cosmetologist", password) as other,
        ):
            await review(auditor, desk, patient, link)
            await save_at_once(auditor, desk, other)
            await sign(auditor, desk)
            await auditor.crawl(patient, urlsplit(link).path)
            await press(desk, "Amend: begin a new version")
            await auditor.look(desk, "desk of a second version")
            await patient.goto(link)
            await auditor.look(patient, "status of a second version")


async def as_staff(auditor, role, password):
    """Look at all that the admin shows to a role; save what is added with nothing in it."""
    async with signed_in(auditor, role, password) as window:
        await auditor.crawl(window, "/admin/")


async def walk(url, password):
    """Return the audits of every page, and what the browser complained of."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium(), args=["--disable-gpu", "--disable-sync"]
        )
        auditor = Auditor(browser, url)

        async def each_role():
            await stop_at_a_red_flag(auditor, rf_ulcer="yes")
            await stop_at_a_red_flag(
                auditor, scar_cause="self_harm", self_harm_status="recent_12m"
            )
            await ask_for_a_lost_link(auditor)
            for role in ("administrator", "editor", "front-desk"):
                await as_staff(auditor, role, password)

        await asyncio.gather(journey(auditor, password), each_role())
        await as_staff(auditor, "cosmetologist", password)
        await browser.close()
    return auditor


def counted(url):
    """Print what four ordinary patients are asked; return a line for what is too much."""
    lines = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--disable-gpu", "--disable-sync"]
        )
        for patient in measures.PATIENTS:
            window = browser.new_context(base_url=url, **measures.PHONE).new_page()
            found = measures.walk(window, patient)
            counts = ", ".join(f"{n} {name}" for name, n in found.counts.items())
            print(f"{patient}: {counts}, {found.minutes:.1f} minutes.")
            lines += [f"{patient}: {each}" for each in found.excess()]
        browser.close()
    return lines


def main():
    password = secrets.token_urlsafe()
    with site(prepare=MAKE_CLINIC.format(password=password)) as url:
        lines = counted(url)
        auditor = asyncio.run(walk(url, password))
    validate([each for each in auditor.audits if not each.path.startswith("/admin/")])
    lines += [f"console: {each}" for each in dict.fromkeys(auditor.complaints)]
    lines += faults(auditor.audits)
    print(f"{len(auditor.audits)} pages.")
    for line in lines:
        print("BROKEN", line)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
