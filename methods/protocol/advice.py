"""What an editor is advised of before publishing: it blocks nothing. Pure.

What blocks is `methods.publishing.completeness`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from methods.protocol.claims import claims

MOST_WORDS = 20
"""Words of the longest sentence that is easily read."""
BRANDS = re.compile(
    r"\b(?:Botox|Dysport|Xeomin|Azzalure|Bocouture|Vistabel|Kenalog|Adcortyl|Volon"
    r"|Roaccutane|Accutane|Isotrexin|Differin|Retin-A|Tri-?Luma|Pigmanorm|Efudix"
    r"|Aldara|Zyclara)\b",
    re.IGNORECASE,
)
"""Names of prescription medicines, which may not be advertised to the public."""
MARKUP = re.compile(r"\*\*|__|</?[a-z][^>]*>|\]\(|^#+ |&[a-z]+;|\[[a-z]+\d+\]", re.M)
_CITATION = re.compile(r"\s*\[[A-Z][A-Za-z0-9-]*\]")
_END = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True, slots=True)
class Advice:
    """One remark: a claim, brand, markup or long sentence, and the input where it stands."""

    kind: str
    field: str
    words: str


def texts(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (name of the form's field, text) of all that visitors or patients read."""
    for name in ("title", "summary", "response", "description", "teaser"):
        if content.get(name):
            yield name, content[name]
    for part in ("key_facts", "sections"):
        for name, value in content.get(part, {}).items():
            for text in [value] if isinstance(value, str) else value or ():
                yield name, text
    for part in ("criteria", "relations"):
        for number, row in enumerate(content.get(part, ())):
            yield f"{part}-{number}-for_patient", row["for_patient"]


def of(content: Mapping[str, Any]) -> list[Advice]:
    """Return the advice on an editor's own content, in the order of its fields."""
    return [
        Advice(kind, field, words)
        for field, text in texts(content)
        for kind, words in _on(field, text)
    ]


def _on(field: str, text: str) -> Iterable[tuple[str, str]]:
    # What a treatment cannot do names what nobody promises.
    if field != "cannot":
        for words in claims(text):
            yield "claim", words
    for found in BRANDS.finditer(text):
        yield "brand", found.group()
    for found in MARKUP.finditer(text):
        yield "markup", found.group()
    for sentence in _END.split(_CITATION.sub("", text)):
        if len(sentence.split()) > MOST_WORDS:
            yield "long", " ".join(sentence.split()[:6]) + " …"
