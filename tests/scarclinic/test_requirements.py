import re
from importlib.metadata import distribution, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]


def pins(name):
    """Return what a requirements file pins: canonical name to `Requirement`."""
    lines = re.findall(r"^[a-z].*$", (ROOT / name).read_text(), re.MULTILINE)
    return {canonicalize_name(pin.name): pin for pin in map(Requirement, lines)}


def needed_by(pins):
    """Return the canonical names that the pinned packages bring in."""
    return {
        canonicalize_name(needed.name)
        for name, pin in pins.items()
        for needed in map(Requirement, distribution(name).requires or [])
        if not needed.marker
        or any(needed.marker.evaluate({"extra": extra}) for extra in ("", *pin.extras))
    }


def test_what_runs_is_exactly_what_is_pinned():
    everything = pins("requirements.txt") | pins("requirements-dev.txt")
    assert {name: f"=={version(name)}" for name in everything} == {
        name: str(pin.specifier) for name, pin in everything.items()
    }


def test_nothing_comes_in_unpinned():
    site = pins("requirements.txt")
    everything = site | pins("requirements-dev.txt")
    assert needed_by(site) - site.keys() == set()
    assert needed_by(everything) - everything.keys() == set()
