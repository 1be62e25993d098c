"""Unicode clean-up: control and invisible characters, line ends, spaces, NFC."""

import re
import unicodedata

LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# NBSP and its kin; Braille's blank and Hangul's fillers look like a space, too.
SPACE = re.compile(
    "[\t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000\u2800\u115f\u1160\u3164\uffa0]"
)
# The control characters and the default-ignorable code points of Unicode, except for
# joiners and variation selectors.
INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u17b4\u17b5\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\ufffc\ufffe\uffff\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
SURROGATE = re.compile("[\ud800-\udfff]")
# Persian, Indic and Mongolian words are misspelt without a joiner after a letter, a
# family's emoji falls apart without one, and Japanese names need variation selectors.
JOINED = (
    "\u0600-\u0eff\u1000-\u109f\u1780-\u18af\u2190-\u2bff\ua840-\uabff\ufb50-\ufdff"
    "\ufe0f\ufe70-\ufefc\U00010a00-\U00011fff\U0001e900-\U0001e95f"
    "\U0001f000-\U0001faff"
)
STRAY = re.compile(
    "(?:(?<=\\s)|^)[\u180b-\u180d\u180f\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef]+"
    f"|(?<![{JOINED}])[\u200c\u200d]"
)

# Of more marks on one letter no script has a use (Unicode's stream-safe text format), and
# to normalise a run of them takes a time that grows with its square: 240 kB held a worker
# for half a minute.
MOST_MARKS = 30
# What a compatible form makes a mark of, which by itself is none.
BECOMES_MARK = "\u0f73\u0f75\u0f81\uff9e\uff9f"
# Runs from their beginning; a mark is no letter, so most texts are passed over at once.
RUN = re.compile(
    rf"(?<![^\w\s])(?<![\uff9e\uff9f])(?:[^\w\s]|[\uff9e\uff9f]){{{MOST_MARKS + 1},}}"
)


def _with_few_marks(run: re.Match[str]) -> str:
    """Return a run of signs with as many marks in a row as a letter may have."""
    kept, marks = [], 0
    for each in run[0]:
        is_mark = unicodedata.combining(each) or each in BECOMES_MARK
        marks = marks + 1 if is_mark else 0
        if marks <= MOST_MARKS:
            kept.append(each)
    return "".join(kept)


def clean_text(text: str) -> str:
    """Return a text as we keep it: NFC, "\\n" for a line end, nothing invisible.

    Line ends, also Word's U+000B, become "\\n"; tabs and odd spaces a space. Joiners
    and variation selectors stay where scripts and emoji need them, and 30 marks on a
    letter at most. Idempotent.
    """
    if text.isascii() and text.isprintable():
        return text
    if SURROGATE.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    text = LINE_END.sub("\n", text)
    text = INVISIBLE.sub("", SPACE.sub(" ", text))
    text = RUN.sub(_with_few_marks, STRAY.sub("", text))
    # A form may be two marks for one.
    return RUN.sub(_with_few_marks, unicodedata.normalize("NFC", text))


def one_line(text: str) -> str:
    """Return a clean text with its line breaks and runs of spaces as single spaces."""
    return " ".join(clean_text(text).split())


def shows_something(text: str) -> bool:
    """Return whether a text has a letter, digit, sign or symbol that can be seen."""
    return any(unicodedata.category(each)[0] in "LNPS" for each in clean_text(text))
