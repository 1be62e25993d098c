"""Walk the intake as four patients, and count what it asks of them.

`walk` counts pages, questions, taps and words as somebody on a telephone meets them:
what is folded, hidden or for readers of screens only does not count. A list to tick is
one question; typing is no tap.
"""

from dataclasses import dataclass, field

PHONE = {"viewport": {"width": 360, "height": 740}}
FIRST_SCREEN = 520
"""How far down the first question may begin on a telephone, in CSS pixels."""

MOST = {"pages": 16, "questions": 50, "taps": 45, "words": 1400}
"""What an ordinary intake may ask."""

# What nobody of them differs in.
HEALTHY = {
    "for_whom": "self",
    "name": "Ada Okafor",
    "date_of_birth_day": "27",
    "date_of_birth_month": "3",
    "date_of_birth_year": "1986",
    "assessment": True,
    "wound_closed": "yes",
    "itch": "1",
    "pain": "1",
    "firm": "no",
    "still_growing": "no",
    "large_area": "no",
    "tight_limits_movement": "no",
    "pulls_feature": "none",
    "colour_bothers": "no",
    "stripes": "none",
    "prior_treatments": ["none"],
    **{
        f"rf_{flag}": "no"
        for flag in ("ulcer", "bleed", "lump", "pigment", "infection", "systemic")
    },
    "photos": True,
    "preoccupied": "no",
    "wish": "Less to see",
    "fitzpatrick": "3",
    "isotretinoin": "never",
    "keloid_history_self": "no",
    "pregnant": "no",
    "anticoagulant": "no",
    "immunosuppressed": "no",
    "ticked": ["none"],
    # One is enough.
    "ways": ["email"],
    "email": "ada@example.org",
    "telephone": "020 7946 0123",
    "reminders": True,
}
PATIENTS = {
    "ear keloid": {
        "scar_cause": "piercing",
        "body_site": "ear",
        "side": "left",
        "age_amount": "2",
        "age_unit": "years",
        "elevation": "raised",
        "colour": "darker",
        "itch": "4",
        "beyond_edges": "yes",
        "still_growing": "yes",
        "prior_treatments": ["silicone"],
        "silicone_last": "about March 2025",
        "silicone_response": "insufficient",
        "fitzpatrick": "5",
    },
    "stretch marks": {
        "scar_cause": "stretch",
        "body_site": "abdomen",
        "age_amount": "3",
        "age_unit": "years",
        "elevation": "flat",
        "stripes": "white_silver",
        "colour": "white",
    },
    "acne": {
        "scar_cause": "acne",
        "body_site": "face",
        "side": "both",
        "age_amount": "5",
        "age_unit": "years",
        "elevation": "depressed",
        "colour": "skin",
        "pit_shape": "wavy",
        "pit_width_mm": "4",
        "pit_depth": "shallow",
        "flattens_on_stretch": "yes",
        "visible_at_50cm": "yes",
        "makeup_covers": "no",
    },
    "three weeks after surgery": {
        "scar_cause": "surgery",
        "body_site": "abdomen",
        "side": "right",
        "age_amount": "3",
        "age_unit": "weeks",
        "elevation": "flat",
        "colour": "red",
        "width": "fine_line",
    },
}
# What somebody sees: not what is folded, clipped or hidden.
SEEN = """() => {
  const seen = node => node.checkVisibility() && !node.closest(".visually-hidden");
  const main = document.querySelector("main");
  const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  let words = 0;
  while (walker.nextNode())
    if (seen(walker.currentNode.parentElement))
      words += walker.currentNode.data.split(/\\s+/)
        .filter(word => /[\\p{L}\\p{N}]/u.test(word)).length;
  const inputs = [...main.querySelectorAll("form input, form select, form textarea")]
    .filter(each => each.type !== "hidden" && seen(each.closest(".field") ?? each));
  const asked = new Set(inputs.map(each =>
    each.closest("fieldset") ?? each.closest(".field") ?? each));
  const tops = [...asked].map(each => each.getBoundingClientRect().top + scrollY);
  return {
    words,
    questions: asked.size,
    names: [...new Set(inputs.map(each => each.name))],
    top: tops.length ? Math.min(...tops) : 0,
    wide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
  };
}"""


# What a clinician sees of a desk: words, and how far down it and its first card reach.
# What is in a list to choose from, or folded, does not count.
DESK_SEEN = """() => {
  const seen = node => node.checkVisibility()
    && !node.closest(".visually-hidden, option, textarea, [aria-hidden=true]");
  const walker =
    document.createTreeWalker(document.querySelector(".desk"), NodeFilter.SHOW_TEXT);
  let words = 0;
  while (walker.nextNode())
    if (seen(walker.currentNode.parentElement))
      words += walker.currentNode.data.split(/\\s+/)
        .filter(word => /[\\p{L}\\p{N}]/u.test(word)).length;
  const card = [...document.querySelectorAll("[data-card]")].find(seen);
  return {
    words,
    px: document.documentElement.scrollHeight,
    first: Math.round(card.getBoundingClientRect().top + scrollY),
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  };
}"""
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
DESK_MOST = {
    "ordinary": {"words": 450, "px": 2600},
    "keloid": {"words": 900, "px": 3400},
    "three scars": {"words": 1400, "px": 5000},
    "red flag": {"words": 450, "px": 2600},
}
"""What a desk may show before anything is opened, at 1280 px."""
MOST_OF_CHECKLIST = 1500
"""How many words a checklist shows, at 1280 px."""
FIRST_CARD = 2 * PHONE["viewport"]["height"]
"""How far down the first card may begin on a telephone: two screens."""


@dataclass
class Measures:
    """What one patient meets on the way to the check page."""

    pages: list[str] = field(default_factory=list)
    questions: int = 0
    taps: int = 0
    words: int = 0
    by_page: dict[str, tuple[int, int]] = field(default_factory=dict)
    tops: dict[str, float] = field(default_factory=dict)
    wide: list[str] = field(default_factory=list)

    @property
    def counts(self):
        return {"pages": len(self.pages)} | {
            name: getattr(self, name) for name in ("questions", "taps", "words")
        }

    def excess(self):
        """Return a line for each count that is over what an intake may ask."""
        return [
            f"{count} {name}, {MOST[name]} at the most"
            for name, count in self.counts.items()
            if count > MOST[name]
        ]

    @property
    def minutes(self):
        """Return how long it takes: 200 words a minute, and two seconds a tap."""
        return self.words / 200 + self.taps * 2 / 60


def walk(window, patient, look=None):
    """Answer page after page from the start; return the `Measures`.

    `look` is called with each page's path before anything is answered.
    """
    measures = Measures()
    answers = HEALTHY | PATIENTS[patient]
    window.goto("/consultation/")
    _press(window, "Start for myself")
    while "/consultation/check/" not in window.url:
        path = window.url.partition("/consultation/")[2]
        if look:
            look(path)
        seen = window.evaluate(SEEN)
        # The page of photos is read twice: before and after they are agreed to.
        measures.words += seen["words"]
        measures.by_page[path] = seen["words"], seen["questions"]
        if path not in measures.pages:
            measures.pages.append(path)
            measures.tops[path] = seen["top"] or 0
            if seen["wide"]:
                measures.wide.append(path)
            _fill(window, seen["names"], answers, measures)
            # What shows only once something is chosen is asked as well.
            more = window.evaluate(SEEN)
            added = [each for each in more["names"] if each not in seen["names"]]
            _fill(window, added, answers, measures)
            measures.words += max(0, more["words"] - seen["words"])
            measures.questions += max(seen["questions"], more["questions"])
        assert len(measures.pages) < 40, measures.pages
        agree = window.get_by_role("button", name="I agree: add photos")
        _press(window, "I agree: add photos" if agree.count() else "Continue")
        measures.taps += 1
        assert "?" not in window.url, window.locator(".error-summary").inner_text()
    return measures


def _press(window, name):
    with window.expect_navigation():
        window.get_by_role("button", name=name, exact=True).first.click()


def _fill(window, names, answers, measures):
    for name in names:
        if name not in answers:
            continue
        value, inputs = answers[name], window.locator(f'main [name="{name}"]')
        kind = inputs.first.get_attribute("type")
        if inputs.first.evaluate("each => each.tagName") == "SELECT":
            inputs.select_option(value)
            measures.taps += 2
        elif kind not in ("radio", "checkbox"):
            inputs.fill(value)
        else:
            values = [None] if value is True else [value]
            if isinstance(value, list):
                values = value
            for each in values:
                chosen = (
                    inputs
                    if each is None
                    else window.locator(f'[name="{name}"][value="{each}"]')
                )
                if chosen.is_checked():
                    continue  # The button that began the intake has said it.
                window.locator(f'label[for="{chosen.get_attribute("id")}"]').click()
                measures.taps += 1
