"""Search alerts: words of danger, for which the search shows help before any result.

A query touches an alert that has all words of one of its phrases, mistyped by a letter
or not. A word behind a minus, as in "cutting -out", must not be there.
"""

from django.utils.translation import gettext_lazy as lazy
from rapidfuzz import process
from rapidfuzz.distance import OSA

from methods.website.search_words import forgiven, stem, words

IN_DANGER = lazy(
    "suicide, suicidal, kill myself, harm myself, self harm, selfharm, self injury, "
    "want to hurt myself, want to cut myself, want to burn myself, urge to cut, "
    "stop cutting, start cutting, cutting again, "
    "feel like hurting myself, feel like cutting myself, myself on purpose, "
    "end my life, want to die, overdose"
)
# Clear in a sentence, not as the few words of a search.
IN_SENTENCES = lazy(
    "killing myself, hurting myself, harming myself, cutting myself, burning myself, "
    "cutting my arm, cutting my wrists, cutting my legs, "
    "take my own life, taking my life, end it all, end everything, wish i was dead, "
    "wish i were dead, better off dead, rather be dead, want to be dead, "
    "not want to live, dont want to live, no longer want to live, not worth living, "
    "no reason to live, no point in living, not want to be here any more, "
    "dont want to be here anymore, want to disappear, cannot go on like this, "
    "cant go on like this, cannot go on living, cant go on any more, "
    "suizid, selbstmord, mich umbringen, mich ritzen, suicidio, quiero morir, "
    "voglio morire, samobójstwo, intihar, самоубийство, суицид, انتحار"
)
# What may stand between the words of a phrase.
FILLERS = lazy(
    "a, again, all, always, and, badly, ever, even, just, keep, maybe, much, never, no, "
    "not, of, often, only, perhaps, quite, really, simply, so, sometimes, still, the, then, "
    "to, very"
)
# Who cuts these cuts nobody.
THINGS_TO_CUT = lazy(
    "hair, hairs, fringe, beard, nail, nails, bread, vegetables, onions, meat, grass, "
    "hedge, wood, paper, fabric, costs, sugar"
)
# Beside other words it may be an accident: cut myself shaving.
PERHAPS_IN_DANGER = lazy(
    "hurt myself, cut myself, burn myself, cutting myself, cutting my arm, "
    "cutting my arms, cutting my wrist, cut my arms, cutting -out, cut marks -out, cut lines -out, "
    "cut arm -out, cut forearm -out, cut wrist -out, cut thigh -out, slit wrist, "
    "wrist scars, scars my arms, scars my thighs, razor scars, razor cuts, razor marks, "
    "razor blade, self inflicted, sh scars"
)
# What a search may touch: {name: phrases, with commas between}.
ALERTS = {
    "urgent": (
        lazy(
            "bleeding, infected, infection, septic, pus, oozing, weeping, fever, "
            "swollen, spreading redness, bad smell, open sore, sore weeks, ulcer, "
            "growing, getting bigger, changing mole, dark mole, itchy mole, new lump, "
            "hard lump, new mole, changed colour, not healing, won't heal, never heals, "
            "not healed, doesn't heal, painful scar, scar hurts, wound open, "
            "wound opened, cancer, melanoma, tumour, cannot breathe, can't breathe, "
            "trouble breathing, cannot see, emergency"
        ),
    ),
    "about_scars": (lazy("scar"),),
    "self_harm": (IN_DANGER, PERHAPS_IN_DANGER),
    "in_danger": (IN_DANGER,),
}


def phrases_of_alerts() -> dict[str, list[str]]:
    """Return {name of an alert: its phrases} in the active language."""
    return {
        name: ",".join(map(str, lists)).split(",") for name, lists in ALERTS.items()
    }


def phrases_of_crisis() -> list[str]:
    """Return the phrases that sound like a crisis in a text, in the active language."""
    return f"{IN_DANGER},{IN_SENTENCES}".split(",")


def fillers() -> list[str]:
    """Return the words that a phrase may have between its own, in the active language."""
    return [each.strip() for each in str(FILLERS).split(",")]


def things_to_cut() -> list[str]:
    """Return the words for what is cut without any harm, in the active language."""
    return [each.strip() for each in str(THINGS_TO_CUT).split(",")]


def _stems(text):
    return frozenset(map(stem, words(text)))


class Alerts:
    """The phrases of alerts, {name: phrases}, ready to be matched with a query."""

    def __init__(self, alerts: dict[str, list[str]]):
        parted = {
            name: [phrase.partition(" -") for phrase in phrases]
            for name, phrases in alerts.items()
        }
        self._phrases = {
            name: [(_stems(said), _stems(unsaid)) for said, _minus, unsaid in phrases]
            for name, phrases in parted.items()
        }
        """{name: [(stems of a phrase, stems that must not be there)]}."""
        self._words = frozenset(
            word
            for phrases in parted.values()
            for phrase, _minus, _unsaid in phrases
            for word in words(phrase)
        )
        self.stems = frozenset(map(stem, self._words))

    def _stems_of(self, word, correct):
        """Return the stems by which a word may touch an alert, mistyped by a letter."""
        stems = {stem(word)}
        if forgiven(word) and not stems & correct:
            found = process.extract(
                word, self._words, scorer=OSA.distance, score_cutoff=1, limit=None
            )
            stems |= {stem(each) for each, *_ in found if each[0] == word[0]}
        return stems

    def touched(self, typed, *, correct, stop):
        """Return the alerts that words touch, and those that are all that they say.

        `correct` are stems that are never a mistyped word, `stop` the stop words.
        """
        # With stop words: a wound that will not heal is not one that will.
        heard = {word: self._stems_of(word, correct) for word in typed}
        said = set().union(*heard.values())
        touched = {
            name: set().union(
                *(each for each, no in phrases if each <= said and not no & said)
            )
            for name, phrases in self._phrases.items()
        }
        telling = [stems for word, stems in heard.items() if word not in stop]
        return frozenset(name for name, stems in touched.items() if stems), frozenset(
            name
            for name, stems in touched.items()
            if stems and all(each & stems for each in telling)
        )
