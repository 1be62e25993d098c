"""Open every public page in Chromium, and hold it against its budgets.

Prints the worst values, then a line for each broken budget; exit status 1 if there is one.
With paths as arguments, only those pages: `budgets.py /treatments/ /scars/ice_pick/`.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urljoin, urlsplit
from urllib.request import urlopen
from xml.etree import ElementTree

from playwright.async_api import async_playwright
from serving import HERE, chromium, site

AXE = HERE / "node_modules" / "axe-core" / "axe.min.js"
AT_ONCE = 3
VISITS = 4

# One page of each kind: what takes a machine of its own is measured of these.
KINDS = [
    "/",
    "/treatments/",
    "/treatments/tca-cross/",
    "/scars/ice_pick/",
    "/prices/",
    "/compare/?treatment=subcision&treatment=tca-cross",
]
# Where the walk begins, beside the sitemap. Links with a query are not followed: one of
# each kind stands here.
STARTS = [
    *KINDS,
    "/consultation/",
    "/treatments/?scar=ice_pick",
    "/treatments/?scar=rolling&days=3&pain=low&sessions=3",
    "/compare/?treatment=subcision&treatment=tca-cross&treatment=microneedling",
    "/search/?q=acid",
    "/search/?q=nothing+like+it",
    "/no-such-page/",
]
NOT_PUBLIC = ("/admin/", "/consultation/", "/status/", "/static/")
MAY_SET_COOKIES = {"/consultation/"}  # its form needs one
MISSING = {"/no-such-page/"}

LIMITS = {
    "requests": 8,
    "kB over the wire": 60,
    # The safety matrix stands whole on each page until its short form folds it.
    "kB of HTML": 15,
}
LARGEST_PAINT_MS = 1000
# How much of a page stands before a press, on a telephone of 360 px. What must stand there
# whatever its length counts apart: every "no", the gravest risk, an emergency, darker skin, who listens.
LENGTHS = {
    "words before the first fold": 450,
    "px before the first fold": 2200,
    "px with all folds closed": 3500,
}
LONGEST_LIST = 6000
LISTS = {"/treatments/", "/prices/"}
TELEPHONE = {"width": 360, "height": 740}
LENGTH = """() => {
  const fold = document.querySelector("details.fold"), main = document.querySelector("main");
  const apart = [...main.querySelectorAll(
    ".first, .talk, .darker-skin, .who__groups > div:has(.verdict--no)")];
  const whole = document.documentElement.scrollHeight;
  if (!fold) return {"px of the list": whole};
  const beyond = apart.reduce((sum, each) => sum + each.getBoundingClientRect().height, 0);
  const texts = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  let words = 0;
  for (let text; (text = texts.nextNode()) && !fold.contains(text);)
    if (!text.parentElement.closest("svg, .visually-hidden")
        && !apart.some(each => each.contains(text)))
      words += text.data.split(/\\s+/).filter(Boolean).length;
  return {
    "words before the first fold": words,
    "px before the first fold": Math.round(fold.getBoundingClientRect().top + scrollY - beyond),
    "px with all folds closed": Math.round(whole - beyond),
  };
}"""
OPEN_FOLDS = (
    "() => document.querySelectorAll('details').forEach(each => { each.open = true; })"
)
# The latency and throughput of a slow phone network, as Lighthouse's; without it a late font
# or picture comes too soon to shift anything.
SLOW_PHONE = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
SLOWER = 4
"""So many times slower than this machine is a phone."""
PHONE = {"width": 320, "height": 640}
TABLET = {"width": 640, "height": 900}
DESK = {"width": 1280, "height": 900}

# Before any script of the page.
WATCH = """
  window.watched = {refused: [], moved: []};
  addEventListener("securitypolicyviolation", event =>
    watched.refused.push(`${event.effectiveDirective} refused ${event.blockedURI}`));
  new PerformanceObserver(list => list.getEntries().forEach(entry => {
    watched.moved.push(`${entry.value.toFixed(4)}: ` + entry.sources.map(
      ({node}) => node?.className || node?.nodeName || "something").join(", "));
  })).observe({type: "layout-shift", buffered: true});
"""
LARGEST_PAINT = """() => new Promise(answer => new PerformanceObserver(
  list => answer(list.getEntries().at(-1).startTime)
).observe({type: "largest-contentful-paint", buffered: true}))"""
# Whatever a reader of the whole page loads, and the icon, which Chromium asks for late.
SETTLE = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  const icon = new Image();
  icon.src = document.querySelector("link[rel=icon]")?.href ?? "";
  await document.fonts.ready;
  scrollTo(0, document.documentElement.scrollHeight);
  await frame(); await frame();
  await Promise.all([icon, ...document.images].map(image => image.decode().catch(() => {})));
  await frame(); await frame();
  return watched;
}"""
OVERFLOW = """() =>
  document.documentElement.scrollWidth - document.documentElement.clientWidth"""
DOUBLE_TEXT = """() => {
  const root = document.documentElement;
  root.style.fontSize = 2 * parseFloat(getComputedStyle(root).fontSize) + "px";
}"""
SETTLED_COLOURS = """async () => {
  await new Promise(requestAnimationFrame);
  await Promise.all(document.getAnimations().map(each => each.finished));
}"""
SCRIPTS = """() => [...document.scripts].some(
  script => !script.type || /javascript|module/.test(script.type))"""
# The AAA rule for contrast, 7:1, holds for body text only.
RUN_AXE = """async options => (await axe.run(document, options)).violations.flatMap(
  rule => rule.nodes
    .filter(node => rule.id !== "color-contrast-enhanced"
      || node.element.matches("p, li, dd, td"))
    .map(node => `${rule.id}: ${node.target.join(" ")}`))"""

EVERY_RULE = {
    "elementRef": True,
    "resultTypes": ["violations"],
    "runOnly": [
        *("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
    ],
    "rules": {
        "color-contrast-enhanced": {"enabled": True},
        "target-size": {"enabled": True},
    },
}
# Dark mode changes colours and nothing else.
COLOUR_RULES = {
    "elementRef": True,
    "resultTypes": ["violations"],
    "runOnly": {
        "type": "rule",
        "values": ["color-contrast", "color-contrast-enhanced", "link-in-text-block"],
    },
}


@dataclass
class Audit:
    """What one page cost, and what is wrong with it."""

    path: str
    html: str = ""
    costs: dict = field(default_factory=dict)
    """What it cost, by the names of LIMITS."""
    faults: list = field(default_factory=list)
    """What may not be at all: (kind, what)."""

    def blame(self, kind, faults):
        self.faults += [(kind, fault) for fault in dict.fromkeys(faults)]


# The pages


class Links(HTMLParser):
    """Gathers where the links of a page lead."""

    def __init__(self):
        super().__init__()
        self.hrefs = []

    def handle_starttag(self, tag, attributes):
        if tag == "a" and (href := dict(attributes).get("href")):
            self.hrefs.append(href)


def get(url):
    """Return the status, the type and the text of an answer."""
    try:
        with urlopen(url) as answer:
            return (
                answer.status,
                answer.headers.get_content_type(),
                answer.read().decode(),
            )
    except HTTPError as error:
        return error.code, error.headers.get_content_type(), ""


def in_sitemap(url):
    """Return the paths that the sitemap names, if there is one."""
    status, _type, text = get(f"{url}/sitemap.xml")
    if status != 200:
        return []
    locations = ElementTree.fromstring(text).iter("{*}loc")
    return [urlsplit(each.text).path for each in locations]


def leads_to(url, path, text):
    """Return the paths of other public pages that a page links to."""
    links = Links()
    links.feed(text)
    targets = [urlsplit(urljoin(url + path, href)) for href in links.hrefs]
    return [
        target.path
        for target in targets
        if f"{target.scheme}://{target.netloc}" == url
        and not target.query
        and not target.path.startswith(NOT_PUBLIC)
    ]


def public_pages(url, asked):
    """Return the paths of pages, and a line for each address that does not answer.

    The pages are those asked for; if none is, all that the sitemap and links lead to.
    """
    waiting = list(asked) or [*STARTS, *in_sitemap(url)]
    seen, pages, dead = set(), [], []
    while waiting:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        status, kind, text = get(url + path)
        if status != (404 if path in MISSING else 200):
            dead.append(f"{path} answers {status}")
        elif kind == "text/html":
            pages.append(path)
            waiting += [] if asked else leads_to(url, path, text)
    return pages, dead


# In the browser


async def transferred(request):
    """Return the bytes that an answer took, headers included."""
    if request.failure:
        return 0
    sizes = await request.sizes()
    return sizes["responseHeadersSize"] + sizes["responseBodySize"]


async def first_visit(window, audit, url):
    """Open the page as a phone does that was never here; note what that cost."""
    answers, console = [], []
    for event in ("requestfinished", "requestfailed"):
        window.on(event, lambda request: answers.append(request))
    window.on(
        "console",
        lambda message: (
            message.type in ("error", "warning") and console.append(message.text)
        ),
    )
    window.on("pageerror", lambda error: console.append(str(error)))
    devtools = await window.context.new_cdp_session(window)
    await devtools.send("Network.enable")
    await devtools.send("Network.emulateNetworkConditions", SLOW_PHONE)
    answer = await window.goto(url + audit.path)
    watched = await window.evaluate(SETTLE)
    audit.html = await answer.text()
    wire = defaultdict(int)
    for each in answers:
        # What is asked for again, as the icon is, comes from the browser's own store.
        wire[each.url] = max(wire[each.url], await transferred(each))
    audit.costs = {
        "requests": len(wire),
        "kB over the wire": sum(wire.values()) / 1000,
        "kB of HTML": (await answer.request.sizes())["responseBodySize"] / 1000,
    }
    audit.blame(
        "third party", [each for each in wire if not each.startswith(f"{url}/")]
    )
    if audit.path not in MAY_SET_COOKIES:
        cookies = await window.context.cookies()
        audit.blame("cookie", [each["name"] for each in cookies])
        for each in answers:
            reply = await each.response()
            if reply and await reply.header_value("set-cookie"):
                audit.blame("cookie", [f"set by {urlsplit(each.url).path}"])
    if audit.path in MISSING:
        console = [text for text in console if "404 (Not Found)" not in text]
    audit.blame("console", [text.partition(". ")[0] for text in console])
    audit.blame("content security policy", watched["refused"])
    audit.blame("layout shift", watched["moved"])


async def layout(window, audit):
    """Look for content wider than the window; leaves the window as it was."""
    for words, size in {"at 320 px": PHONE, "at 1280 px": DESK}.items():
        await window.set_viewport_size(size)
        if (excess := await window.evaluate(OVERFLOW)) > 0:
            audit.blame("too wide", [f"{words} by {excess} px"])
    await window.set_viewport_size(TABLET)
    await window.evaluate(DOUBLE_TEXT)
    if (excess := await window.evaluate(OVERFLOW)) > 0:
        audit.blame("too wide", [f"at 640 px and 200 % text by {excess} px"])
    await window.evaluate("document.documentElement.removeAttribute('style')")


async def length(window, audit):
    """Measure how much stands before a press, and open the folds for what comes next."""
    await window.set_viewport_size(TELEPHONE)
    for what, size in (await window.evaluate(LENGTH)).items():
        limit = LENGTHS.get(what, LONGEST_LIST if audit.path in LISTS else None)
        if limit and size > limit:
            audit.blame("too long", [f"{size} {what}, limit {limit}"])
    await window.evaluate(OPEN_FOLDS)


async def accessibility(window, audit):
    """Run axe: every rule in light, narrow and wide; in dark, those about colour.

    Colours do not depend on the width: dark is looked at once.
    """
    await window.evaluate(AXE.read_text())
    found = defaultdict(list)
    for scheme, size, options in (
        ("light", PHONE, EVERY_RULE),
        ("light", DESK, EVERY_RULE),
        ("dark", DESK, COLOUR_RULES),
    ):
        await window.set_viewport_size(size)
        await window.emulate_media(color_scheme=scheme)
        await window.evaluate(SETTLED_COLOURS)
        for each in await window.evaluate(RUN_AXE, options):
            found[each].append(f"{scheme} at {size['width']} px")
    audit.blame(
        "axe", [f"{each} ({', '.join(where)})" for each, where in found.items()]
    )


async def without_scripts(browser, window, audit, url):
    """Compare what can be read with scripts and without."""
    if not await window.evaluate(SCRIPTS):
        return
    context = await browser.new_context(java_script_enabled=False, viewport=DESK)
    plain = await context.new_page()
    await plain.goto(url + audit.path)
    await window.set_viewport_size(DESK)
    await window.emulate_media(color_scheme="light")
    if await plain.inner_text("body") != await window.inner_text("body"):
        audit.blame("script", ["without it the page reads differently"])
    await context.close()


async def arrive(browser, url, path):
    """Visit a page for the first time; return the window and the begun `Audit`.

    A page that shifts is visited again, as if never before: on a busy machine a font may
    come too late once, but what shifts by itself shifts every time.
    """
    for _visit in range(VISITS):
        context = await browser.new_context(viewport=PHONE, color_scheme="light")
        await context.add_init_script(WATCH)
        window = await context.new_page()
        audit = Audit(path)
        await first_visit(window, audit, url)
        if "layout shift" not in dict(audit.faults):
            break
    return window, audit


async def audit_page(browser, url, path):
    """Return the `Audit` of one page."""
    window, audit = await arrive(browser, url, path)
    await without_scripts(browser, window, audit, url)
    await length(window, audit)
    await layout(window, audit)
    await accessibility(window, audit)
    await window.context.close()
    return audit


async def largest_paint(browser, url):
    """Return the ms after which a slow phone, on a first visit, shows what is largest."""
    context = await browser.new_context(viewport=PHONE)
    window = await context.new_page()
    devtools = await context.new_cdp_session(window)
    await devtools.send("Network.enable")
    await devtools.send("Network.emulateNetworkConditions", SLOW_PHONE)
    await devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    await window.goto(url)
    paint = await window.evaluate(LARGEST_PAINT)
    await context.close()
    return paint


async def audit_pages(url, paths):
    """Return the audits of pages, a few at once in one browser, and {path: [paints]}.

    The paints of a page of each kind, one visit after the other.
    """
    gate = asyncio.Semaphore(AT_ONCE)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium(), args=["--disable-gpu", "--disable-sync"]
        )

        async def in_turn(path):
            async with gate:
                return await audit_page(browser, url, path)

        audits = await asyncio.gather(*map(in_turn, paths))
        paints = {
            path: [await largest_paint(browser, url + path) for _visit in range(VISITS)]
            for path in KINDS
            if path in paths
        }
        await browser.close()
    return audits, paints


def validate(audits):
    """Hold the markup of the pages against the HTML standard."""
    with tempfile.TemporaryDirectory() as folder:
        files = {
            str(Path(folder) / f"{number}.html"): audit
            for number, audit in enumerate(audits)
        }
        for file, audit in files.items():
            Path(file).write_text(audit.html)
        # Into a file: of what goes into a pipe it leaves out the end.
        told = Path(folder) / "told.json"
        with told.open("w") as output:
            subprocess.run(
                [
                    HERE / "node_modules" / ".bin" / "html-validate",
                    *("--formatter=json", "--config", HERE / ".htmlvalidate.json"),
                    *files,
                ],
                cwd=HERE,
                stdout=output,
            )
        for result in json.loads(told.read_text()):
            files[result["filePath"]].blame(
                "invalid HTML",
                [
                    f"{each['ruleId']}: {each['message']} ({each['selector']})"
                    for each in result["messages"]
                ],
            )


# In the end


def faults(audits):
    """Return a line for each fault; what is wrong on many pages is told once."""
    where = defaultdict(list)
    for audit in audits:
        for fault in audit.faults:
            where[fault].append(audit.path)
    lines = []
    for (kind, fault), paths in sorted(where.items()):
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        lines.append(f"{kind}: {fault} on {paths[0]}{more}")
    return lines


def broken(audits, paints, dead):
    """Return a line for each broken budget."""
    lines = [f"address: {each}" for each in dead]
    # The least: what a busy machine adds is not the page's.
    lines += [
        f"largest paint: {min(seen):.0f} ms on {path}, at most {LARGEST_PAINT_MS}"
        for path, seen in paints.items()
        if min(seen) > LARGEST_PAINT_MS
    ]
    for name, limit in LIMITS.items():
        lines += [
            f"{name}: {audit.costs[name]:.3g} on {audit.path}, at most {limit}"
            for audit in audits
            if audit.costs[name] > limit
        ]
    return lines + faults(audits)


def main():
    with site() as url:
        paths, dead = public_pages(url, sys.argv[1:])
        audits, paints = asyncio.run(audit_pages(url, paths))
    validate(audits)
    print(f"{len(audits)} pages. The worst:")
    for name, limit in LIMITS.items() if audits else ():
        worst = max(audits, key=lambda audit: audit.costs[name])
        print(f"{name:24} {worst.costs[name]:6.3g} of {limit:2}  {worst.path}")
    for path, seen in paints.items():
        print(
            f"largest paint {statistics.median(seen):.0f} ({min(seen):.0f} to"
            f" {max(seen):.0f}) ms of {LARGEST_PAINT_MS}  {path}"
        )
    lines = broken(audits, paints, dead)
    for line in lines:
        print("BROKEN", line)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
