"""Dataclasses of photos on public pages, parsed from the edition's JSON."""

from dataclasses import dataclass
from datetime import datetime

from methods.protocol.vocabulary import Phototype


def picture_file(token, width, format):
    """Return the name of one file of a picture."""
    return f"{token}-{width}.{format}"


@dataclass(frozen=True, slots=True)
class Rendition:
    """One file of a picture."""

    name: str
    width: int
    height: int
    format: str
    """"avif", "webp" or "jpeg"."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo of a person, by their consent."""

    alt: str
    """Empty for one that is decorative."""
    renditions: tuple[Rendition, ...]
    """Narrowest first."""
    fallback: Rendition
    """A JPEG."""
    until: datetime | None = None
    """When the consent ends; None if only a withdrawal ends it."""

    def is_shown(self, now):
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class Pair:
    """The same scar before and after treatment. It is of one person, who is not named."""

    before: Picture
    after: Picture
    method: str
    """The slug of a method, or ""."""
    scar_type: str
    """A scar type code, or ""."""
    sessions: int
    months: int
    phototype: Phototype
    taken: str
    """How the photos were taken, a sentence."""
    is_drawn: bool = False
    """Whether they are drawings, of nobody."""

    @property
    def skin(self):
        """Return how the skin reacts to sun, in words without its number."""
        return str(self.phototype.label).partition(": ")[2]

    def is_shown(self, now):
        return self.before.is_shown(now) and self.after.is_shown(now)


def moment(value):
    """Return the time of an ISO text, None for none."""
    return datetime.fromisoformat(value) if value else None


def parse_picture(content):
    """Parse a picture, None for none."""

    def rendition(size):
        return Rendition(picture_file(content["token"], size[0], size[2]), *size)

    return content and Picture(
        alt=content["alt"],
        renditions=tuple(rendition(size) for size in content["renditions"]),
        fallback=rendition(content["fallback"]),
        until=moment(content["until"]),
    )


def parse_pair(content):
    """Parse a `Pair`."""
    return Pair(
        **content
        | {
            "before": parse_picture(content["before"]),
            "after": parse_picture(content["after"]),
            "phototype": Phototype(content["phototype"]),
        }
    )
