"""The starter catalogue: one readable TOML file a method, trait, condition, scar type."""

import tomllib
from pathlib import Path

from methods.models import CAUSE_SECTIONS, KEY_FACTS, MEASURES, METHOD_SECTIONS, PRICE
from methods.protocol.entries import is_ranked_treatment

FOLDER = Path(__file__).parent


def _read(path):
    with path.open("rb") as file:
        return tomllib.load(file)


def _criteria(rows):
    blank = {
        "line": "",
        "level": "",
        "unless": [],
        "until": "",
        "refer": [],
        "contested": "",
        "reviewed_on": None,
        "origin": "",
    }
    return [blank | row for row in rows]


def _relations(rows):
    blank = {
        "scars": [],
        "when": [],
        "line": "",
        "is_hard": False,
        "sessions": None,
        "weeks": None,
        "weeks_dark": None,
        "contested": "",
        "origin": "",
    }
    return [blank | row for row in rows]


def _ceilings(rows):
    return [{"refuse_above": None, "origin": ""} | row for row in rows]


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


def reasons():
    """Return {finding: what pages of treatments call it}, by a patient's words."""
    return _read(FOLDER / "reasons.toml")


def synonyms():
    """Return {what visitors say: what our pages say}."""
    return _read(FOLDER / "synonyms.toml")


def traits():
    """Return the content of every trait."""
    return [
        {"slug": path.stem}
        | (page := _read(path))
        | {"criteria": _criteria(page.get("criteria", []))}
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


def causes():
    """Return the content of every page by what happened."""
    contents = []
    for path in sorted((FOLDER / "causes").glob("*.toml")):
        page = _read(path)
        sections = {name: page.pop(name, []) for name in CAUSE_SECTIONS}
        contents.append({"code": path.stem, **page, "sections": sections})
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
                "key_facts": dict.fromkeys(KEY_FACTS, "") | page.get("key_facts", {}),
                "measures": dict.fromkeys(MEASURES) | page.get("measures", {}),
                "sections": dict.fromkeys(METHOD_SECTIONS, ())
                | page.get("sections", {}),
                "price": dict.fromkeys(PRICE) | {"price_remark": ""},
                "criteria": _criteria(page.get("criteria", [])),
                "relations": _relations(page.get("relations", [])),
                "ceilings": _ceilings(page.get("ceilings", [])),
            }
        )
    return contents


def conditions(pages=None):
    """Return the content of every condition; `pages` are `methods()`, where read."""
    ranked = [page["slug"] for page in pages or methods() if is_ranked_treatment(page)]
    return [
        condition(path.stem, _read(path), ranked)
        for path in sorted((FOLDER / "conditions").glob("*.toml"))
    ]


def looser():
    """Return the rules that a source would loosen: they wait for a doctor, unloaded."""
    return _read(FOLDER / "looser.toml")["looser"]


def condition(code, page, ranked):
    """Return the content of a condition from its file, given the ranked treatments.

    `also` becomes `when`; "rest" becomes all treatments that nothing else here names.
    """
    criteria = _criteria(page.get("rows", []))
    for row in criteria:
        row["when"] = [code, *row.pop("also", [])]
    not_needed = page.get("not_needed", [])
    named = {slug for row in criteria for slug in row["methods"]}
    for row in not_needed:
        if row["methods"] != "rest":
            named.update(row["methods"])
    rest = [slug for slug in ranked if slug not in named]
    not_needed = [
        {**row, "methods": rest if row["methods"] == "rest" else row["methods"]}
        for row in not_needed
    ]
    return {
        "code": code,
        "criteria": criteria,
        # A rest of nothing is no row.
        "not_needed": [row for row in not_needed if row["methods"]],
    }


def pathways():
    """Return the content of every pathway."""
    blank = dict.fromkeys(("sessions_from", "sessions_to", "weeks_from", "weeks_to"))
    blank |= dict.fromkeys(("enter", "dose", "measure", "next"), "")
    return [
        {"code": path.stem, "response": "", "contested": ""}
        | (page := _read(path))
        | {"steps": [blank | row for row in page.get("steps", [])]}
        for path in sorted((FOLDER / "pathways").glob("*.toml"))
    ]
