"""What staff can establish at an examination, and how it lies over the patient's answers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as lazy

from consultations.models import Examination, Intake, Scar
from methods.models import Finding
from methods.protocol.coded_findings import RedFlagCode
from methods.protocol.vocabulary import (
    BodySite,
    Colour,
    Elevation,
    Lump,
    Phototype,
    PitDepth,
    PitShape,
    PulledFeature,
    Stripes,
    Width,
)

Seen = dict[str, Any]
"""{name: JSON value} of what staff have established of one scar and its patient."""
Words = Any

YES_NO: dict[str, Words] = {"yes": lazy("Yes"), "no": lazy("No")}
NOT_SURE = {PitDepth.UNSURE}
WIDEST_PIT_MM = 30


@dataclass(frozen=True)
class Examinable:
    """One fact that somebody can see or ask: its values in words, none for a number."""

    name: str
    label: Words
    values: Mapping[str, Words]
    is_number: bool = False

    def parsed(self, text: str) -> Any:
        """Return the fact's JSON value of what was typed; raises ValueError."""
        if self.values and text not in self.values:
            raise ValueError(text)
        if not self.is_number:
            return text
        number = int(text)
        if not 0 < number <= WIDEST_PIT_MM:
            raise ValueError(text)
        return number

    def shown(self, value: Any) -> Words:
        """Return a kept value in words."""
        return self.values.get(str(value), value)


def _choice(name: str, label: Words, values: Any) -> Examinable:
    words = {
        str(value): label for value, label in values.choices if value not in NOT_SURE
    }
    return Examinable(name, label, words)


def _yes_no(name: str, label: Words) -> Examinable:
    return Examinable(name, label, YES_NO)


OF_SCAR = {
    each.name: each
    for each in (
        _choice("body_site", lazy("Place"), BodySite),
        _yes_no("wound_closed", lazy("Closed")),
        _choice("elevation", lazy("Height"), Elevation),
        _yes_no("beyond_edges", lazy("Past the edges of the wound")),
        _yes_no("firm", lazy("Firm")),
        _yes_no("still_growing", lazy("Still growing")),
        _choice("lump", lazy("Lump"), Lump),
        _choice("pit_shape", lazy("Shape of a dent"), PitShape),
        Examinable("pit_width_mm", lazy("Width of a dent, in mm"), {}, is_number=True),
        _choice("pit_depth", lazy("Depth of a dent"), PitDepth),
        _yes_no("flattens_on_stretch", lazy("Flattens when stretched")),
        _choice("colour", lazy("Colour"), Colour),
        _choice("width", lazy("Line or spread out"), Width),
        _choice("stripes", lazy("Stripes"), Stripes),
        _yes_no("tight_limits_movement", lazy("Limits movement")),
        _choice("pulls_feature", lazy("Pulls a feature"), PulledFeature),
    )
}
PHOTOTYPE = Examinable(
    "fitzpatrick",
    lazy("Phototype"),
    {str(value): label for value, label in Phototype.choices},
    is_number=True,
)
FLAGS = (
    RedFlagCode.LUMP,
    RedFlagCode.BLEED,
    RedFlagCode.PIGMENT,
    RedFlagCode.ULCER,
    RedFlagCode.INFECTION,
)
"""The red flags that a look can settle."""


def of_person(
    findings: Iterable[Finding], asked: Iterable[str] = ()
) -> dict[str, Examinable]:
    """Return what can be established of the person: {name: `Examinable`}.

    Phototype, red flags, what only staff find, and the health questions in `asked`, which
    somebody may put by telephone.
    """
    asked = {*FLAGS, *asked}
    rows = [
        _yes_no(each.code, each.label)
        for each in findings
        if each.code in FLAGS
        or (not each.is_coded and (each.code in asked or not each.is_asked))
    ]
    return {each.name: each for each in (PHOTOTYPE, *rows)}


def laid_over(rows: Iterable[Examination], scars: Sequence[Scar]) -> list[Seen]:
    """Return what counts now of these examinations, a `Seen` per scar."""
    rows = [row for row in rows if not row.is_superseded]
    of_person = {row.name: row.value for row in rows if row.scar_id is None}
    return [
        of_person | {row.name: row.value for row in rows if row.scar_id == scar.pk}
        for scar in scars
    ]


def seen_of(intake: Intake, scars: Sequence[Scar]) -> list[Seen]:
    """Return what staff have established of each scar. One query."""
    return laid_over(Examination.objects.filter(intake=intake).current(), scars)
