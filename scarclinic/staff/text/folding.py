"""Names folded for comparison: without case, accents, apostrophes, in any script."""

import re
import unicodedata

from scarclinic.staff.text.cleaning import clean_text

APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼʻʹ′`´＇\u0640\u200c\u200d"))
# Letters that no normal form takes apart, and Arabic letters of other keyboards.
LETTERS = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ħ": "h",
        "ŧ": "t",
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
        "ي": "ی",
        "ى": "ی",
        "ك": "ک",
        "ة": "ه",
    }
)
LONGEST_BEGINNING = 15
SHORTEST_BEGINNING = 3
# One character of these can be a whole family name.
IDEOGRAPH = re.compile("[\u3005-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]")


def fold(text: str) -> str:
    """Return a text without case, accents and apostrophes; digits are 0 to 9."""
    plain = clean_text(text).translate(APOSTROPHES)
    plain = unicodedata.normalize(
        "NFKD", unicodedata.normalize("NFKC", plain).casefold()
    )
    plain = "".join(
        str(unicodedata.decimal(each)) if each.isdecimal() else each
        for each in plain
        # Vowel signs of Indic scripts are marks, too, but of no combining class.
        if not unicodedata.combining(each) and not "\ufe00" <= each <= "\ufe0f"
    )
    return plain.translate(APOSTROPHES).translate(LETTERS)


def words(text: str) -> list[str]:
    """Return the folded words of a text; a hyphen parts two words."""
    plain = (
        each if unicodedata.category(each)[0] in "LMN" else " " for each in fold(text)
    )
    return "".join(plain).split()


def beginning(word: str) -> str:
    """Return as much of a folded word as `beginnings` has, at the most."""
    return word[:LONGEST_BEGINNING]


def beginnings(word: str) -> list[str]:
    """Return the beginnings by which a folded word is found; of a short one, itself."""
    shortest = 1 if IDEOGRAPH.match(word) else SHORTEST_BEGINNING
    longest = min(len(word), LONGEST_BEGINNING)
    return [word[:length] for length in range(min(shortest, longest), longest + 1)]
