"""Words that sound like a crisis, in any text that a patient sends.

No rule of the protocol reads them and no card changes: a person looks sooner, and the
patient is shown at once who listens. What is said with "not", of the past or of somebody
else is found as well: a look too many costs a minute. The phrases are those of the search's
alert and some that are clear in a sentence only: `methods.website.search_alerts`.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from django.utils.translation import get_language
from rapidfuzz.distance import OSA

from consultations.intake.questions import kinds, pages
from consultations.models import Intake, Scar
from methods.protocol.coded_findings import RedFlagCode
from methods.website.search_alerts import (
    fillers,
    phrases_of_crisis,
    things_to_cut,
)
from methods.website.search_words import stem, words

SUPPORTIVE = {RedFlagCode.SELFHARM_RECENT, RedFlagCode.BDD}
"""The red flags that call for a kind word, and for somebody within a working day."""
WITHIN_DAYS = 1
"""In how many working days a person gets in touch: so say the red flags' own words."""
LONG = 6
"""From so many letters on one typing mistake is forgiven."""
MOST = 300
"""So much of a passage is shown, in characters."""
SENTENCE = re.compile(r"(?<=[.!?…;])\s+|[\r\n]+")

FREE_TEXTS = [
    (page, question)
    for page in pages.PAGES
    for question in page.questions
    if type(question) is kinds.Text and not question.is_address
]
"""The questions of the intake that are answered in one's own words, with their pages."""


class Listener:
    """The phrases of one language, ready to be found in sentences."""

    def __init__(
        self, phrases: Iterable[str], fillers: Iterable[str], things: Iterable[str]
    ):
        self.phrases = [found for each in phrases if (found := words(each))]
        self.wanted = {word: stem(word) for phrase in self.phrases for word in phrase}
        self.fillers = frozenset(fillers)
        self.things = frozenset(map(stem, things))

    @lru_cache(maxsize=4096)  # noqa: B019  (a listener lives as long as the process)
    def heard_in(self, word: str) -> frozenset[str]:
        """Return the words of phrases that a word is, mistyped or not."""
        own, is_long = stem(word), len(word) >= LONG
        return frozenset(
            wanted
            for wanted, its_stem in self.wanted.items()
            if its_stem == own
            or (
                is_long
                and len(wanted) >= LONG
                and word[0] == wanted[0]
                and OSA.distance(word, wanted, score_cutoff=1) <= 1
            )
        )

    def is_touched(self, sentence: str) -> bool:
        """Return whether a sentence has the words of a phrase near one another."""
        said = words(sentence)
        heard = [self.heard_in(word) for word in said]
        return any(
            self._is_said(said, heard, start, phrase)
            for start, first in enumerate(heard)
            if first
            for phrase in self.phrases
            if phrase[0] in first
        )

    def _is_said(
        self,
        said: list[str],
        heard: list[frozenset[str]],
        start: int,
        phrase: list[str],
    ) -> bool:
        """Return whether a phrase stands from a place on, in order.

        Only words that say little may stand between: "want so much to die".
        """
        left = list(phrase)
        for at in range(start, len(said)):
            if left[0] in heard[at]:
                if self._is_of_a_thing(said, at):
                    return False
                left.pop(0)
                if not left:
                    return True
            elif said[at] not in self.fillers:
                return False
        return False

    def _is_of_a_thing(self, said: list[str], at: int) -> bool:
        """Return whether a word speaks of cutting a thing: hair, bread."""
        after = said[at + 1 : at + 3]
        return said[at].startswith("cut") and any(stem(w) in self.things for w in after)


@lru_cache(maxsize=8)
def _listener(language: str | None) -> Listener:
    return Listener(phrases_of_crisis(), fillers(), things_to_cut())


def passages(texts: Iterable[str]) -> list[str]:
    """Return the sentences that sound like a crisis, each once, in order."""
    listener = _listener(get_language())
    found = {
        sentence.strip()[:MOST]: None
        for text in texts
        for sentence in SENTENCE.split(text)
        if listener.is_touched(sentence)
    }
    return list(found)


def _written(intake: Intake, scars: Iterable[Scar]) -> Iterator[str]:
    for page, question in FREE_TEXTS:
        for row in scars if page.is_of_scar else [intake]:
            yield getattr(row, question.name)
    names = {question.name for _page, question in FREE_TEXTS}
    # What is typed and cannot be kept as an answer yet.
    for typed in intake.typed.values():
        yield from (text for name in names & typed.keys() for text in typed[name])


def in_draft(intake: Intake, scars: Iterable[Scar]) -> list[str]:
    """Return the passages of an intake that sound like a crisis."""
    return passages(_written(intake, scars))


EVERYBODY = object()


def in_all(intake: Intake, of: object = EVERYBODY) -> list[str]:
    """Return those of all that a patient sent: answers, replies, and messages.

    `of` is whose messages, if not everybody's: a `SecondAccess`, or None for who wrote
    the intake.
    """
    replies = [each.answer for each in intake.questions.all()]
    sent = intake.messages.from_patient()
    if of is not EVERYBODY:
        sent = sent.filter(second=of)
    texts = [each.text for each in sent]
    return passages([*_written(intake, list(intake.scars.all())), *replies, *texts])
