"""Chromium, as patients and clinicians use it."""

import asyncio
import os
import shutil

import pytest
from django.db import connections
from playwright.sync_api import sync_playwright

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="package")
def chromium():
    """Start Chromium once for all tests here, and return it with Playwright's event loop.

    To start it, and Playwright's own server, costs as much as a short test. Between two
    tests the loop is out of this thread's sight: beside one, Django refuses the database.
    """
    program = shutil.which("chromium") or shutil.which("chromium", path="/usr/bin")
    if program is None:
        give_up = pytest.fail if os.environ.get("CI") else pytest.skip
        give_up("Chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        loop = asyncio.get_running_loop()
        asyncio._set_running_loop(None)
        yield browser, loop
        asyncio._set_running_loop(loop)
        browser.close()


@pytest.fixture
def browser(chromium, monkeypatch):
    """Return Chromium; what a test leaves open in it is closed."""
    browser, loop = chromium
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    asyncio._set_running_loop(loop)
    yield browser
    for context in browser.contexts:
        context.close()
    # Beside a loop Django opens connections of their own: close those as well.
    connections.close_all()
    asyncio._set_running_loop(None)


@pytest.fixture
def open_window(live_server, browser):
    """Return a function that opens a window; in the end no window may have complained.

    A complaint is an error or warning of the console, as of the content security policy,
    an exception in a script, or an answer of the server that is an error.
    """
    complaints = []

    def listen(window):
        window.on(
            "console",
            lambda message: (
                message.type in ("error", "warning") and complaints.append(message.text)
            ),
        )
        window.on("pageerror", lambda error: complaints.append(str(error)))
        window.on(
            "response",
            lambda response: (
                response.status >= 400
                and complaints.append(f"{response.status} {response.url}")
            ),
        )
        return window

    def open_window(**options):
        context = browser.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(10_000)
        return listen(context.new_page())

    yield open_window
    assert complaints == []
