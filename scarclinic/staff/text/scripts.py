"""Folded words in Latin letters, by how Cyrillic and Greek ones look, and how they sound."""

import re

LOOKS = str.maketrans(
    # Cyrillic, then Greek.
    "авекмнорстухіјѕһԁӏ" + "αβεζηικμνορτυχ",
    "abekmhopctyxijshdl" + "abeznikmvoptux",
)
"""Letters that stand for one another by mistake: of two keyboards, or copied."""
SOUNDS = str.maketrans(
    dict(
        zip(
            "абвгґдезийіклмнопрстуфхцыэъьєђјљњћџαβγδεζηθικλμνξοπρστυφχψω",
            (
                *("a", "b", "v", "g", "g", "d", "e", "z", "i", "i", "i", "k", "l"),
                *("m", "n", "o", "p", "r", "s", "t", "u", "f", "kh", "ts", "y", "e"),
                *("", "", "ye", "dj", "j", "lj", "nj", "c", "dz"),
                *("a", "v", "g", "d", "e", "z", "i", "th", "i", "k", "l", "m", "n"),
                *("x", "o", "p", "r", "s", "t", "y", "f", "ch", "ps", "o"),
            ),
            strict=True,
        )
    )
    | {"ж": "zh", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "yu", "я": "ya", "ς": "s"}
)
LATIN = re.compile(r"[a-z]")
OTHER = re.compile(r"[\u0370-\u052f]")
"""Letters of the two scripts that have a table here."""
# The same sound, written one way or another.
ALIKE = [("kh", "h"), ("ph", "f"), ("ck", "k"), ("w", "v"), ("y", "i"), ("j", "i")]
DOUBLED = re.compile(r"(.)\1+")


def is_of_other_script(word: str) -> bool:
    """Return whether a folded word has a Cyrillic or Greek letter."""
    return OTHER.search(word) is not None


def looks_like(word: str) -> str:
    """Return a folded word in the Latin letters that it looks like; "" if in none."""
    latin = word.translate(LOOKS)
    return "" if is_of_other_script(latin) else latin


def sound(word: str) -> str:
    """Return how a folded word sounds, roughly, in Latin letters; "" if not known."""
    plain = word.translate(SOUNDS)
    for written, same in ALIKE:
        plain = plain.replace(written, same)
    if plain.startswith("ie"):
        plain = plain[1:]
    plain = DOUBLED.sub(r"\1", plain)
    return plain if LATIN.search(plain) and plain.isascii() else ""
