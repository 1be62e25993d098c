"""The starter catalogue: one readable TOML file per method, trait and scar type."""

import tomllib
from pathlib import Path

from methods.models import MEASURES, PRICE

FOLDER = Path(__file__).parent


def _read(path):
    with path.open("rb") as file:
        return tomllib.load(file)


def _criteria(rows):
    blank = {
        "line": "",
        "unless": [],
        "until": "",
        "contested": "",
        "reviewed_on": None,
        "origin": "",
    }
    return [blank | row for row in rows]


def clinic():
    """Return the fields of the `Clinic`."""
    fields = _read(FOLDER / "clinic.toml")
    return fields | {"about": "\n".join(fields["about"])}


def sources():
    """Return {code: fields of a `Source`}."""
    return _read(FOLDER / "sources.toml")


def findings():
    """Return {code: words of a health question or of a red flag}, in order of asking."""
    return _read(FOLDER / "findings.toml")


def synonyms():
    """Return {what visitors say: what our pages say}."""
    return _read(FOLDER / "synonyms.toml")


def traits():
    """Return the content of every trait."""
    return [
        {"slug": path.stem}
        | _read(path)
        | {"criteria": _criteria(_read(path).get("criteria", []))}
        for path in sorted((FOLDER / "traits").glob("*.toml"))
    ]


def scar_types():
    """Return the content of every scar type."""
    contents = []
    for path in sorted((FOLDER / "scars").glob("*.toml")):
        page = _read(path)
        head = {name: page.pop(name) for name in ("title", "position", "summary")}
        also_called = page.pop("also_called")
        contents.append(
            {"code": path.stem, **head, "also_called": also_called, "sections": page}
        )
    return contents


def methods():
    """Return the content of every method, in the clinic's order."""
    order = _read(FOLDER / "order.toml")["methods"]
    contents = []
    for position, slug in enumerate(order, start=1):
        page = _read(FOLDER / "methods" / f"{slug}.toml")
        contents.append(
            {
                "slug": slug,
                "position": position * 10,
                "is_ranked": page["group"] != "advice",
                "follows": "",
                "traits": [],
                "reviewed_by": "",
                "reviewed_on": None,
                "next_review_on": None,
                **page,
                "measures": dict.fromkeys(MEASURES) | page["measures"],
                "price": dict.fromkeys(PRICE) | {"price_remark": ""},
                "criteria": _criteria(page.get("criteria", [])),
            }
        )
    return contents
