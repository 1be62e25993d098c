"""Walk the intake as a patient and the admin as each role, and audit every page of it.

Each step of the intake is looked at as it comes, and with an error on it. Prints a line for
everything that is wrong: axe, content security policy, console, markup, width, script; and
pages of the desk over their weight. Exit status 1 if there is one.
"""

import asyncio
import secrets
import sys

from budgets import (
    DESK,
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
from playwright.async_api import async_playwright
from serving import chromium, site

DESK_KB = 120
"""What a page of the admin may weigh over the wire without photos."""

# Staff, each with their role; Clara may sign.
MAKE_STAFF = """
from django.contrib.auth.models import Group, User
from consultations.models import Clinician
for role in ("Front desk", "Editor", "Cosmetologist", "Administrator"):
    user = User.objects.create_user(
        role.lower().replace(" ", "-"), password={password!r}, is_staff=True
    )
    user.groups.add(Group.objects.get(name=role))
    if role == "Cosmetologist":
        Clinician.objects.create(user=user, registration_number="REG-0042")
"""
# What a healthy person with rolling scars answers, by the name of the input; what is not
# here is answered with the last choice, but one, of its question.
ANSWERS = {
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
    "prior_treatments": "none",
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
      field.checked = field.value === answer || !(field.name in answers);
    } else if (answer !== undefined) {
      field.value = answer;
    }
  }
}"""


async def look(window, name, audits, *, kb=None):
    """Audit the page that the window shows, under a name of our own."""
    audit = Audit(name)
    watched = await window.evaluate(SETTLE)
    audit.html = await window.content()
    audit.blame("content security policy", watched["refused"])
    audit.blame("layout shift", [] if kb else watched["moved"])
    await layout(window, audit)
    await accessibility(window, audit)
    await window.set_viewport_size(DESK if kb else PHONE)
    await window.emulate_media(color_scheme="light")
    if kb and kb > DESK_KB:
        audit.blame("weight", [f"{kb:.0f} kB of {DESK_KB}"])
    audits.append(audit)


async def press(window, name):
    async with window.expect_navigation():
        await window.get_by_role("button", name=name, exact=True).first.click()


async def new_window(browser, complaints, size):
    context = await browser.new_context(viewport=size, color_scheme="light")
    await context.add_init_script(WATCH)
    window = await context.new_page()
    window.on(
        "console",
        lambda message: (
            message.type in ("error", "warning") and complaints.append(message.text)
        ),
    )
    window.on("pageerror", lambda error: complaints.append(str(error)))
    return window


async def as_patient(window, url, audits):
    """Fill in the intake, each page once with nothing and once with answers; send it."""
    await window.goto(f"{url}/consultation/")
    await look(window, "start", audits)
    await press(window, "Start")
    while not window.url.endswith("/check/"):
        name = window.url.removeprefix(f"{url}/consultation/")
        await look(window, name, audits)
        await press(window, "Continue")
        if window.url.endswith(f"/consultation/{name}"):
            await look(window, f"{name} with errors", audits)
            await window.evaluate(FILL, ANSWERS)
            await press(window, "Continue")
            assert not window.url.endswith(f"/{name}"), await window.inner_text("main")
    await look(window, "check", audits)
    await press(window, "Send")
    await look(window, "status", audits)
    return window.url


async def opened(window, url):
    """Open an address; return the kB that it took over the wire."""
    answers = []

    def note(request):
        answers.append(request)

    window.on("requestfinished", note)
    await window.goto(url)
    await window.evaluate(SETTLE)
    window.remove_listener("requestfinished", note)
    return sum([await transferred(each) for each in answers]) / 1000


async def as_staff(browser, complaints, url, role, password, audits):
    """Log in as a role; look at each page that the admin's home leads to, and one row."""
    window = await new_window(browser, complaints, DESK)
    await window.goto(f"{url}/admin/")
    if role == "front-desk":
        await look(window, "log-in", audits, kb=1)
    await window.fill("[name=username]", role)
    await window.fill("[name=password]", password)
    async with window.expect_navigation():
        await window.click("[type=submit]")
    await look(window, f"{role}: home", audits, kb=1)
    links = await window.evaluate(
        "[...new Set([...document.querySelectorAll('#content-main a, .waiting a')]"
        ".map(a => a.href.replace(/[?#].*/, '')))]"
    )
    for link in sorted(links):
        path = link.removeprefix(url)
        await look(window, f"{role}: {path}", audits, kb=await opened(window, link))
        row = window.locator("#result_list tbody th a").first
        if await row.count():
            href = url + await row.get_attribute("href")
            await look(
                window,
                f"{role}: one of {path}",
                audits,
                kb=await opened(window, href.partition("?")[0]),
            )
    return window


async def walk(url, password):
    """Return the audits of every page, and what the browser complained of."""
    audits, complaints = [], []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium(), args=["--disable-gpu", "--disable-sync"]
        )
        patient = await new_window(browser, complaints, PHONE)
        link = await as_patient(patient, url, audits)
        stranger = await new_window(browser, complaints, PHONE)
        await stranger.goto(link)
        await look(stranger, "link on another device", audits)
        for role in ("front-desk", "editor", "cosmetologist", "administrator"):
            await as_staff(browser, complaints, url, role, password, audits)
        await browser.close()
    return audits, complaints


def main():
    password = secrets.token_urlsafe()
    with site(prepare=MAKE_STAFF.format(password=password)) as url:
        audits, complaints = asyncio.run(walk(url, password))
    validate([audit for audit in audits if ": " not in audit.path])
    lines = [f"console: {each}" for each in dict.fromkeys(complaints)]
    lines += faults(audits)
    print(f"{len(audits)} pages.")
    for line in lines:
        print("BROKEN", line)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
