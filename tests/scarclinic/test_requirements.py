"""What is installed: exact versions, each file known by its hash."""

import re
from importlib.metadata import distribution, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^([a-zA-Z][^ \n]*)((?: \\\n +--hash=sha256:[0-9a-f]{64})*)$", re.M)


def pins(name):
    """Return what a requirements file pins: {canonical name: (`Requirement`, hashes)}."""
    found = PIN.findall((ROOT / name).read_text())
    requirements = [
        (Requirement(pin), hashes.split("--hash=")[1:]) for pin, hashes in found
    ]
    return {canonicalize_name(pin.name): (pin, hashes) for pin, hashes in requirements}


SITE, DEV = pins("requirements.txt"), pins("requirements-dev.txt")


def needed_by(pins, extras):
    """Return the canonical names that the pinned packages bring in."""
    return {
        canonicalize_name(needed.name)
        for name in pins
        for needed in map(Requirement, distribution(name).requires or [])
        if not needed.marker
        or any(
            needed.marker.evaluate({"extra": extra})
            for extra in ("", *extras.get(name, []))
        )
    }


def test_what_runs_is_exactly_what_is_pinned():
    everything = SITE | DEV
    assert {name: f"=={version(name)}" for name in everything} == {
        name: str(pin.specifier) for name, (pin, _hashes) in everything.items()
    }


def test_every_pin_has_hashes_and_no_line_is_anything_else():
    """A wheel for each machine and the source: more than one file, and so more hashes."""
    assert [
        name for name, (_pin, hashes) in (SITE | DEV).items() if len(hashes) < 2
    ] == []
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        rest = [line for line in PIN.sub("", text).splitlines() if line]
        assert [line for line in rest if not line.lstrip().startswith("#")] == []


def test_what_is_asked_for_is_what_is_pinned():
    """`make requirements` was run after a change, and both files agree."""
    for asked, pinned in (("requirements.in", SITE), ("requirements-dev.in", DEV)):
        for name, (pin, _hashes) in pins(asked).items():
            assert str(pin.specifier) == str(pinned[name][0].specifier), name
    both = SITE.keys() & DEV.keys()
    assert {name: SITE[name] for name in both} == {name: DEV[name] for name in both}


def test_nothing_comes_in_unpinned():
    extras = {name: pin.extras for name, (pin, _) in pins("requirements.in").items()}
    everything = SITE | DEV
    assert needed_by(SITE, extras) - SITE.keys() == set()
    assert needed_by(everything, extras) - everything.keys() == set()
