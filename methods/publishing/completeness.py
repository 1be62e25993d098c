"""Whether content may be published: what it still lacks."""

from django.utils.translation import gettext as _

from methods.models import (
    CAUSE_SECTIONS,
    KEY_FACTS,
    METHOD_SECTIONS,
    NEEDED_OF_CAUSE,
    REFERRAL_SECTIONS,
    SCAR_TYPE_SECTIONS,
    Method,
    Source,
    Trait,
)
from methods.models.emergency import PLACEHOLDER, numbered
from methods.protocol.entries import MOST_CEILINGS, is_ranked_treatment
from methods.protocol.vocabulary import BESIDE_TREATMENTS, CriterionKind
from methods.publishing.freezing import (
    ConditionRows,
    citations,
    group_of,
    inherited_criteria,
    main_entry,
)

OPTIONAL = {"feel", "gravest", "darker_skin"}


def _missing_in_criteria(content):
    for number, row in enumerate(content["criteria"], start=1):
        if not row["when"]:
            yield _("Criterion %(number)d: choose a finding.") % {"number": number}
        if not (row["for_patient"] and row["for_staff"] and row["sources"]):
            yield _("Criterion %(number)d: add both reasons and a source.") % {
                "number": number
            }
        if row["refer"] and row["kind"] != CriterionKind.CONTRAINDICATION:
            yield _(
                "Criterion %(number)d: only a contraindication refers to somebody else."
            ) % {"number": number}


def _missing_in_relations(content):
    for number, row in enumerate(content["relations"], start=1):
        if not row["methods"]:
            yield _("Relation %(number)d: choose a treatment.") % {"number": number}
        if not (row["for_patient"] and row["for_staff"] and row["sources"]):
            yield _("Relation %(number)d: add both reasons and a source.") % {
                "number": number
            }
    for row in content["ceilings"]:
        if not (row["for_staff"] and row["sources"]):
            yield _("Ceiling of %(substance)s: add a reason and a source.") % {
                "substance": row["substance"]
            }


def _missing_in_texts(content, sections, key_facts=()):
    if not content["summary"]:
        yield _("Fill in “Summary”.")
    for name in key_facts:
        if not content["key_facts"][name]:
            yield _("Fill in “%(section)s”.") % {"section": KEY_FACTS[name]}
    for name, label in sections.items():
        if not content["sections"][name]:
            yield _("Fill in “%(section)s”.") % {"section": label}


def _has_benefit(criteria):
    """Return whether a criterion says what a method is for, or not for."""
    return any(group_of(row) == "benefit" for row in criteria)


def _missing_in_method(content):
    if content["group"] in BESIDE_TREATMENTS:
        needed = {name: METHOD_SECTIONS[name] for name in REFERRAL_SECTIONS}
        yield from _missing_in_texts(content, needed)
    else:
        texts = {n: label for n, label in METHOD_SECTIONS.items() if n not in OPTIONAL}
        facts = [name for name in KEY_FACTS if name not in OPTIONAL]
        yield from _missing_in_texts(content, texts, facts)
    live = set(
        Trait.objects.published()
        .filter(slug__in=content["traits"])
        .values_list("slug", flat=True)
    )
    for slug in content["traits"]:
        if slug not in live:
            yield _(
                "Publish the trait “%(trait)s” first: its criteria would be missing."
            ) % {"trait": slug}
    main = main_entry(content)
    if content["follows"] and main is None:
        yield _("Publish the main entry first.")
    elif content["is_ranked"] and not (
        _has_benefit(content["criteria"])
        or _has_benefit(inherited_criteria(content, main))
    ):
        yield _("Add a criterion that says what it is for, or not for.")
    yield from _missing_in_relations(content)


def _missing_in_cause(content):
    needed = {name: CAUSE_SECTIONS[name] for name in NEEDED_OF_CAUSE}
    yield from _missing_in_texts(content, needed)
    for row in content["kinds"]:
        if not row["words"]:
            yield _("Say how to tell each kind of scar.")


def _missing_in_condition(content):
    """Ask of every live treatment for a row, or for a word why none is needed."""
    code = content["code"]
    settled = set()
    for number, row in enumerate(content["criteria"], start=1):
        settled.update(row["methods"])
        if not row["methods"]:
            yield _("Criterion %(number)d: choose a treatment.") % {"number": number}
        if row["when"] and code not in row["when"]:
            yield _(
                "Criterion %(number)d: it holds when the condition itself is present. "
                "Choose that too."
            ) % {"number": number}
    for row in content["not_needed"]:
        settled.update(row["methods"])
        if not row["why"]:
            yield _("Say why no criterion is needed.")
    open_for = [
        method.title
        for method in Method.objects.published()
        if is_ranked_treatment(method.live_revision.content)
        and method.slug not in settled
    ]
    if open_for:
        yield _(
            "Add a criterion for these, or say why none is needed: %(treatments)s."
        ) % {"treatments": ", ".join(open_for)}


def _missing_in_pathway(content):
    if not content["when"]:
        yield _("Choose the findings that this pathway is for.")
    if not content["steps"]:
        yield _("Add a step.")
    live = set(Method.objects.published().values_list("slug", flat=True))
    for row in content["steps"]:
        number = {"number": row["number"]}
        if not row["methods"]:
            yield _("Step %(number)d: choose a treatment.") % number
        if not row["sources"]:
            yield _("Step %(number)d: add a source.") % number
        for slug in row["methods"]:
            if slug not in live:
                yield _("Step %(number)d: publish “%(method)s” first.") % {
                    **number,
                    "method": slug,
                }


def _texts(value):
    """Yield every text in content."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _emergency_numbers(content):
    """Refuse a number to call: the pages put the clinic's own above such a list."""
    for text in _texts(content):
        words = numbered(text) or (PLACEHOLDER if PLACEHOLDER in text else "")
        if words:
            yield _(
                "Take “%(words)s” out: the emergency number is the clinic’s, and the page "
                "names it."
            ) % {"words": words}


MOST_NAMED = 3
"""How many conditions a sentence names; the others are counted."""


def _missing_in_conditions(content, conditions):
    """Ask of every live condition for a row, or for a word why none is needed."""
    silent = conditions.silent_on(content["slug"])
    if not silent:
        return
    named = ", ".join(silent[:MOST_NAMED])
    more = len(silent) - MOST_NAMED
    if more > 0:
        named = _("%(conditions)s, and %(more)d more") % {
            "conditions": named,
            "more": more,
        }
    yield _(
        "Add a criterion for it to these conditions, or say there why none is needed: "
        "%(conditions)s."
    ) % {"conditions": named}


def beyond_a_plan(frozen):
    """Return why a plan has no place for frozen content, a sentence each, [] if it has."""
    ceilings = frozen.get("ceilings", ())
    if len(ceilings) <= MOST_CEILINGS:
        return []
    return [
        _(
            "“%(title)s” would have ceilings of %(substances)s, inherited ones counted: "
            "a plan has a place for %(most)d doses. Take some out."
        )
        % {
            "title": frozen["title"],
            "substances": ", ".join(row["substance"] for row in ceilings),
            "most": MOST_CEILINGS,
        }
    ]


def missing(content, conditions=None):
    """Return what content lacks to be published, a sentence each, [] if nothing.

    `conditions` are the `ConditionRows` of whoever asks for many.
    """
    faults = []
    if "key_facts" in content:
        faults += _missing_in_method(content)
        if is_ranked_treatment(content):
            faults += _missing_in_conditions(content, conditions or ConditionRows())
    elif "kinds" in content:
        faults += _missing_in_cause(content)
    elif "sections" in content:
        faults += _missing_in_texts(content, SCAR_TYPE_SECTIONS)
    elif "not_needed" in content:
        faults += _missing_in_condition(content)
    elif "steps" in content:
        faults += _missing_in_pathway(content)
    if "criteria" in content:
        faults += _missing_in_criteria(content)
    faults += _emergency_numbers(content)
    codes = citations(content)
    known = set(Source.objects.filter(code__in=codes).values_list("code", flat=True))
    faults += [
        _("Add [%(code)s] to the list of sources, or correct it.") % {"code": code}
        for code in codes
        if code not in known
    ]
    return faults
