"""How the search reads text: case folding, tokens, stemming, forgiven typing mistakes. Pure."""

import re
import unicodedata

LONGEST_QUERY = 100

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
ENDING = re.compile(r"(?<=...)(?:ness|ful|ings?|ies|(?<!e)ed|(?<=rn)t|es|(?<!s)s|e|y)$")
DROPPED = re.compile("['’\u0300-\u036f]")
DOUBLED = re.compile(r"(.)\1$")
MARKS = re.compile("[™®©℠]")
NUMBERED = re.compile(r"([^\W\d_]+)(\d+)$")
# Words with a meaning of their own: who types cutting speaks of no cut in a kitchen.
WHOLE = frozenset({"cutting", "cuting"})


def folded(text):
    """Return a text without case, accents, apostrophes and trade marks."""
    text = MARKS.sub(" ", text.casefold())
    return DROPPED.sub("", unicodedata.normalize("NFKD", text))


def words(text):
    """Return the folded words of a text; a hyphen parts two words."""
    return WORD.findall(folded(text))


def stem(word):
    """Return a folded word without its ending: needles, needling → needl; burnt → burn."""
    return word if word in WHOLE else DOUBLED.sub(r"\1", ENDING.sub("", word))


def cleaned(query):
    """Return a query without control characters, single-spaced, cut where too long."""
    visible = "".join(each if each.isprintable() else " " for each in query)
    return " ".join(visible.split())[:LONGEST_QUERY].strip()


def forgiven(word):
    """Return how many typing mistakes are forgiven in a word: none in a short one."""
    return sum(len(word) > length for length in (3, 6, 10))
