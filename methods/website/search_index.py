"""Finding pages by what a visitor calls them: words, synonyms, typing mistakes. Pure.

Each word of a query counts once for a page, where it stands highest: title, other names,
summary, sections; a rare word counts more than a common one. Above all words stand a
page's whole name and a synonym. Endings are cut as in English.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from math import log

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from methods.website.search_alerts import Alerts
from methods.website.search_results import Answer, Result
from methods.website.search_words import (
    NUMBERED,
    WORD,
    cleaned,
    folded,
    forgiven,
    stem,
    words,
)

MOST_RESULTS = 10
MOST_NEAR = 4

# What a word counts, by where it stands.
IN_TITLE, IN_NAME, IN_SYNONYM, IN_SUMMARY, IN_SECTION = 8, 7, 4, 3, 1
# What the whole query may be, the best last.
AS_SYNONYM, AS_NAME, AS_TITLE = 1, 2, 3
# What is left of that where we guess: a mistyped word, one of which only the start is typed.
MISTYPED, BEGUN = 0.8, 0.7

LEAST_COVERED = 0.3
"""How much of a query, by the weight of its words, a page must have to be shown."""
LEAST_OF_BEST = 0.2
"""How much of the best page's score a page must have to be shown."""
LEAST_ALIKE = 75
"""How much a name must look like the query, of 100, to be offered instead."""


@dataclass(frozen=True, slots=True)
class _Term:
    """A word of the query; or two that a name writes as one."""

    typed: str
    stems: Mapping[str, float]
    """{what may match: how much of a match counts}."""
    read_as: str = ""
    is_stop: bool = False
    """Whether it may belong to a synonym, but is not looked for in pages."""


@dataclass(frozen=True, slots=True)
class _Meaning:
    """One meaning of a synonym."""

    text: str
    stems: tuple[str, ...]
    pages: frozenset[int]
    """Those with this name. If there are none, its words are looked for."""


@dataclass(frozen=True, slots=True)
class _Phrase:
    """Terms that are a synonym together, or a single term."""

    terms: tuple[_Term, ...]
    meanings: tuple[_Meaning, ...] = ()

    @property
    def sought(self):
        """Return the terms to look for in pages."""
        return tuple(term for term in self.terms if not term.is_stop)

    @property
    def stems(self):
        """Return the stems to look for in pages."""
        named = (each.stems for each in self.meanings if not each.pages)
        return set().union(*(term.stems for term in self.sought), *named)

    @property
    def typed(self):
        return " ".join(term.typed for term in self.terms)


class _Stems(dict):
    """Stem by word: most words of a catalogue come many times."""

    def __missing__(self, word):
        self[word] = stem(word)
        return self[word]


def _marked(text, stems):
    """Return a text in pieces [(text, whether it is one of some words)]."""
    pieces, done = [], 0
    for word in WORD.finditer(text):
        if stem(folded(word[0])) in stems:
            pieces += [(text[done : word.start()], False), (word[0], True)]
            done = word.end()
    return [piece for piece in (*pieces, (text[done:], False)) if piece[0]]


class Index:
    """Pages, ready to be searched.

    Equals are found in the order of `pages`. `synonyms` is {what visitors say: what
    pages say, with commas between several}; `alerts` is {name: phrases}, and a query
    touches one that has all words of a phrase. `right_words` are never taken for
    mistyped ones, nor are those of alerts.
    """

    def __init__(
        self, pages, *, synonyms=None, stop_words="", right_words="", alerts=None
    ):
        self.pages = tuple(pages)
        self._stop = frozenset(words(stop_words))
        self._vocabulary = {}
        """{word: what it counts at most}: what a mistyped one may be."""
        self._joined = set()
        """What of it are two words of a name in one."""
        self._weights = []
        """{stem: what it counts}, page by page."""
        self._passages = []
        """The different stems of every passage, page by page."""
        self._named = {}
        """{stems of a name, sorted: {number of a page: whether its title or a name}}."""
        stems = _Stems()
        for number, page in enumerate(self.pages):
            self._read(number, page, stems.__getitem__)
        counts = Counter(each for weights in self._weights for each in weights)
        self._rarest = log(1 + len(self.pages))
        self._rarity = {s: log(1 + len(self.pages) / n) for s, n in counts.items()}
        self._synonyms = {
            self.key_of_synonym(phrase): self._meanings(means)
            for phrase, means in (synonyms or {}).items()
            if words(phrase)
        }
        self._alerts = Alerts(alerts or {})
        self._right = self._alerts.stems.union(map(stem, words(right_words)))
        self._learn(words(" ".join(synonyms or ())), IN_NAME)
        self._known = frozenset(map(stems.__getitem__, self._vocabulary))
        self._name_words = [
            word
            for word, weight in self._vocabulary.items()
            if weight >= IN_NAME and word not in self._joined
        ]

    # Build

    def _learn(self, learned, weight):
        for word in learned:
            self._vocabulary[word] = max(weight, self._vocabulary.get(word, 0))

    def key(self, text, stem_of=stem):
        """Return the stems of a text: texts with the same key are the same to a search."""
        every = words(text)
        return tuple(map(stem_of, [w for w in every if w not in self._stop] or every))

    @staticmethod
    def key_of_synonym(text):
        """Return the stems of a synonym, whose stop words count: which treatment."""
        return tuple(map(stem, words(text)))

    def _joined_pairs(self, name):
        """Return a name's neighbours as one word, as some write them: icepick."""
        return {a + b for a, b in pairwise(name) if not self._stop & {a, b}}

    def _read(self, number, page, stem_of):
        """Add every word of a page to the index."""
        passages = [words(f"{each.heading} {each.text}") for each in page.passages]
        weights = {}
        for weight, texts in (
            (IN_SECTION, passages),
            (IN_SUMMARY, [words(page.summary)]),
            (IN_NAME, [words(each) for each in page.also_called]),
            (IN_TITLE, [words(each) for each in page.titles]),
        ):
            standing = set().union(*texts)
            if weight >= IN_NAME:
                joined = set().union(*map(self._joined_pairs, texts))
                self._joined |= joined
                standing |= joined
            self._learn(standing, weight)
            weights |= dict.fromkeys(map(stem_of, standing), weight)
        for rank, known_as in ((AS_NAME, page.also_called), (AS_TITLE, page.titles)):
            for name in known_as:
                key = tuple(sorted(self.key(name, stem_of)))
                self._named.setdefault(key, {})[number] = rank
        self._weights.append(weights)
        # As tuples: a set of twenty words takes ten times the memory.
        stems = [tuple(set(map(stem_of, each))) for each in passages]
        self._passages.append(stems)

    def _pages_named(self, stems):
        """Return {page: as what} for those with a name of these stems, in any order."""
        return self._named.get(tuple(sorted(stems)), {})

    def _meanings(self, means):
        return tuple(
            _Meaning(each.strip(), key, frozenset(self._pages_named(key)))
            for each in means.split(",")
            if (key := self.key(each))
        )

    # Read the query

    def _corrected(self, word, among):
        """Return the words that a mistyped one may be, of those that count most."""
        limit = forgiven(word)
        if not limit or stem(word) in self._right:
            return []
        found = process.extract(
            word, among, scorer=OSA.distance, score_cutoff=limit, limit=20
        )
        near = {
            # Hardly anybody mistypes the first letter, and nobody that of a short word.
            each: (mistakes, each[0] != word[0], -self._vocabulary[each])
            for each, mistakes, _place in found
            if mistakes and forgiven(each) and (limit > 1 or each[0] == word[0])
        }
        return [each for each in near if near[each] == min(near.values())]

    def _term(self, word, *, is_last):
        """Return the term of a word: as it stands, as a beginning, as mistyped."""
        if word in self._stop:
            return _Term(word, {stem(word): 1}, is_stop=True)
        if stem(word) in self._known:
            return _Term(word, {stem(word): 1})
        if is_last and len(word) > 2:
            longer = [each for each in self._name_words if each.startswith(word)]
            if longer:
                return _Term(word, dict.fromkeys(map(stem, longer), BEGUN))
        return self._mistyped(word, self._corrected(word, self._vocabulary.keys()))

    def _mistyped(self, typed, meant):
        stems = dict.fromkeys(map(stem, meant), MISTYPED)
        return _Term(typed, stems, meant[0] if meant else "")

    def _two_in_one(self, first, second):
        """Return the term of two words that a name writes as one, or None."""
        joined, typed = first + second, f"{first} {second}"
        if self._stop & {first, second}:
            return None
        if self._known.issuperset((stem(first), stem(second))):
            return None
        if joined in self._name_words:
            return _Term(typed, {stem(joined): 1})
        meant = self._corrected(joined, self._name_words)
        return self._mistyped(typed, meant) if meant else None

    def _parted(self, word):
        """Return a word in two where a known one has a number behind it: SPF50."""
        parts = NUMBERED.match(word)
        if parts and stem(word) not in self._known and stem(parts[1]) in self._known:
            return parts.groups()
        return (word,)

    def _terms(self, asked):
        asked = [part for word in asked for part in self._parted(word)]
        terms = []
        while asked:
            term = self._two_in_one(*asked[:2]) if asked[1:] else None
            terms.append(term or self._term(asked[0], is_last=not asked[1:]))
            asked = asked[2 if term else 1 :]
        if all(term.is_stop for term in terms):
            # There is nothing else to look for.
            return [replace(term, is_stop=False) for term in terms]
        return terms

    @staticmethod
    def _reach(key, terms):
        """Return how many of the first terms are a synonym together, or 0.

        They may come in any order, with stop words between. One that is itself a stop
        word, where, is meant only where nothing else is said.
        """
        if len(key) == 1 and terms[0].is_stop:
            return 0
        missing = list(key)
        for number, term in enumerate(terms, 1):
            had = [each for each in missing if each in term.stems]
            if had:
                missing.remove(had[0])
            elif number == 1 or not term.is_stop:
                return 0
            if not missing:
                return number
        return 0

    def _phrases(self, terms):
        """Return terms, with those together that are a synonym; the longest first."""
        phrases = []
        while terms:
            reaches = {key: self._reach(key, terms) for key in self._synonyms}
            fitting = [key for key, reach in reaches.items() if reach]
            key = max(fitting, key=len, default=())
            taken = tuple(terms[: reaches.get(key, 1)])
            phrases.append(_Phrase(taken, self._synonyms.get(key, ())))
            terms = terms[len(taken) :]
        return [each for each in phrases if each.meanings or each.sought]

    # Judge the pages

    def _weight(self, phrase):
        """Return how much a phrase matters: the more, the rarer."""
        if phrase.meanings:
            return self._rarest / 2
        # What no page has says nothing about which fits.
        return max((self._rarity.get(s, 0) for s in phrase.stems), default=0)

    def _literally(self, term, weights):
        return max(
            (
                share * weights[each] * self._rarity[each]
                for each, share in term.stems.items()
                if each in weights
            ),
            default=0,
        )

    def _meant(self, meanings, number, weights):
        """Return what a synonym counts for a page; of its meanings the first most."""
        for order, each in enumerate(meanings):
            share = 1 - order / 20
            if number in each.pages:
                return share * IN_SYNONYM * self._rarest
            if not each.pages and weights.keys() >= set(each.stems):
                counts = (weights[s] * self._rarity[s] for s in each.stems)
                return share * MISTYPED * sum(counts) / len(each.stems)
        return 0

    def _score(self, phrases, number):
        """Return how well a page answers, and how much of the query it has, up to 1."""
        weights = self._weights[number]
        score = covered = whole = 0
        for phrase in phrases:
            literal = sum(self._literally(term, weights) for term in phrase.sought)
            value = literal + self._meant(phrase.meanings, number, weights)
            score += value
            covered += self._weight(phrase) if value else 0
            whole += self._weight(phrase)
        return (score * covered / whole, covered / whole) if score else (0, 0)

    def _ranks(self, phrases):
        """Return {page: as what} for those of which the whole query is a name."""
        ranks = {}
        if len(phrases) == 1:
            # Several meanings stay in the order in which staff named them.
            for order, each in enumerate(phrases[0].meanings):
                for number in each.pages:
                    ranks.setdefault(number, AS_SYNONYM - order / 100)
        stems = self._plain_stems(phrases)
        if all(stems):
            ranks |= self._pages_named(stems)
        return ranks

    def _plain_stems(self, phrases):
        """Return the stem of each term sought, None for one that may be several."""
        terms = [term for phrase in phrases for term in phrase.sought]
        return [next(iter(t.stems)) if len(t.stems) == 1 else None for t in terms]

    def _within(self, phrases):
        """Return {page: what it counts that a part of the query names it, or means it}.

        A synonym means above all its first page.
        """
        stems = self._plain_stems(phrases)
        runs = combinations(range(len(stems) + 1), 2)
        parts = [stems[begin:end] for begin, end in runs]
        named = [self._pages_named(part) for part in parts if all(part)]
        meant = [phrase.meanings[0].pages for phrase in phrases if phrase.meanings]
        return {
            **dict.fromkeys(set().union(*meant), IN_SYNONYM * self._rarest),
            **dict.fromkeys(set().union(*named), IN_NAME * self._rarest),
        }

    def _wanted(self, phrases, weights):
        """Return the stems of the rarest phrase that title and summary do not have."""
        shown = {each for each, weight in weights.items() if weight >= IN_SUMMARY}
        sought = [phrase.stems for phrase in phrases if not phrase.stems & shown]
        return max(
            sought,
            key=lambda stems: max((self._rarity.get(s, 0) for s in stems), default=0),
            default=frozenset(),
        )

    def _result(self, phrases, number):
        page, weights = self.pages[number], self._weights[number]
        asked = set().union(*(phrase.stems for phrase in phrases))
        wanted = self._wanted(phrases, weights)
        having = [
            # Of two that have the same words, the shorter says it more plainly.
            (
                sum(self._rarity.get(s, 0) for s in asked.intersection(stems)),
                -len(stems),
                -place,
            )
            for place, stems in enumerate(self._passages[number] if wanted else ())
            if not wanted.isdisjoint(stems)
        ]
        passage = page.passages[-max(having)[2]] if having else None
        return Result(
            page=page,
            title=_marked(page.title, asked),
            summary=_marked(page.summary, asked),
            passage=passage,
            sentence=_marked(passage.text, asked) if passage else [],
        )

    def _near(self, query):
        """Return pages with a name that looks like the query."""
        names = {
            (number, name): folded(name)
            for number, page in enumerate(self.pages)
            for name in (*page.titles, *page.also_called)
        }
        found = process.extract(
            folded(query),
            names,
            scorer=fuzz.ratio,
            score_cutoff=LEAST_ALIKE,
            limit=20,
        )
        numbers = dict.fromkeys(number for _name, _score, (number, _) in found)
        return tuple(self.pages[number] for number in numbers)[:MOST_NEAR]

    def meant(self, means):
        """Return {meaning of a synonym: pages found for it}."""
        return {
            each.text: [
                page
                for number, page in enumerate(self.pages)
                if self._meant((each,), number, self._weights[number])
            ]
            for each in self._meanings(means)
        }

    def _best(self, phrases):
        """Return the pages that fit, the best first."""
        ranks, within = self._ranks(phrases), self._within(phrases)
        scores = {}
        for number in range(len(self.pages)):
            score, covered = self._score(phrases, number)
            if ranks.get(number, AS_NAME) <= AS_SYNONYM:
                score += IN_TITLE * self._rarest
            if number in within and number not in ranks:
                score += within[number]
                covered = 1
            if score and (covered >= LEAST_COVERED or number in ranks):
                scores[number] = score
        least = LEAST_OF_BEST * max(scores.values(), default=0)
        return sorted(
            (n for n in scores if n in ranks or scores[n] >= least),
            key=lambda number: (-ranks.get(number, 0), -scores[number], number),
        )

    def _readings(self, phrases):
        readings = {}
        for phrase in phrases:
            if phrase.meanings:
                readings[phrase.typed] = ", ".join(m.text for m in phrase.meanings)
            else:
                readings |= {t.typed: t.read_as for t in phrase.terms if t.read_as}
        return readings

    def search(self, query):
        """Return the `Answer` to what a visitor typed."""
        query = cleaned(query)
        typed = words(query)
        if not typed:
            return Answer(query)
        terms = self._terms(typed)
        phrases = self._phrases(terms)
        numbers = self._best(phrases)
        alerts, only_alerts = self._alerts.touched(
            typed, correct=self._right | self._known, stop=self._stop
        )
        return Answer(
            query=query,
            results=tuple(self._result(phrases, n) for n in numbers[:MOST_RESULTS]),
            total=len(numbers),
            readings=self._readings(phrases),
            unknown=tuple(term.typed for term in terms if not term.stems),
            near=() if numbers else self._near(query),
            alerts=alerts,
            only_alerts=only_alerts,
        )
