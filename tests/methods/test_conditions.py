"""Conditions, relations, pathways and the protocol's number, from draft to live."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction

from methods import content
from methods.models import (
    Condition,
    Finding,
    Method,
    Pathway,
    ProtocolVersion,
    ScarType,
)
from methods.protocol.circles import Circle, circles
from methods.protocol.entries import Method as MethodEntry
from methods.protocol.entries import Relation
from methods.publishing import drafts, live, protocol_versions, verbs
from scarclinic.staff.models import Event, User
from tests.methods.reading import need_no_rows
from tests.methods.test_publishing import (
    add_criterion,
    frozen,
    make_method,
    make_trait,
    publish,
    rows,
)
from tests.tables import for_each

pytestmark = pytest.mark.django_db

ROW = {
    "kind": "contraindication",
    "line": "",
    "level": "",
    "when": ["smoker"],
    "unless": [],
    "until": "",
    "refer": [],
    "for_patient": "Not now.",
    "for_staff": "Not now.",
    "contested": "",
    "sources": ["GK"],
    "reviewed_on": None,
    "origin": "",
}
RELATION = {
    "kind": "after",
    "scars": [],
    "when": [],
    "line": "",
    "is_hard": False,
    "sessions": None,
    "weeks": None,
    "weeks_dark": None,
    "for_patient": "First.",
    "for_staff": "First.",
    "contested": "",
    "sources": ["GK"],
    "origin": "",
}
CEILING = {
    "substance": "gel",
    "unit": "g",
    "reason_above": "30.00",
    "refuse_above": None,
    "for_staff": "Much.",
    "sources": ["GK"],
    "origin": "",
}
STEP = {
    "number": 1,
    "methods": ["silicone"],
    "enter": "",
    "sessions_from": None,
    "sessions_to": None,
    "weeks_from": None,
    "weeks_to": None,
    "dose": "",
    "measure": "",
    "next": "",
    "sources": ["GK"],
}
ORIGIN = "condition:smoker"


def write_condition(code="smoker", *, why="Nothing bleeds.", **row):
    """Write a draft with one row; all other treatments need none."""
    subject = Condition.objects.filter(finding__code=code).first() or Condition()
    page = {"rows": [], "not_needed": [{"methods": "rest", "why": why}]}
    whole = content.condition(code, page, ranked())
    row = ROW | {"when": [code], "methods": ["subcision"]} | row
    drafts.write_draft(subject, whole | {"criteria": [row]})
    return subject


def ranked():
    return [
        each.slug for each in live.methods() if each.is_ranked and each.is_treatment
    ]


def from_condition(slug, code="smoker"):
    """Return the kinds of the rows that a live method has from a condition."""
    method = Method.objects.get(slug=slug)
    return [
        row["kind"]
        for row in frozen(method)["criteria"]
        if row["origin"] == f"condition:{code}"
    ]


def relate(slug, *relations):
    """Put relations into a method's draft, in place of its own."""
    method = Method.objects.for_draft().get(slug=slug)
    relations = [RELATION | each for each in relations]
    drafts.write_draft(method, drafts.draft(method) | {"relations": relations})
    return method


# Conditions


UNSAID = (
    "Add a criterion for it to these conditions, or say there why none is needed: %s."
)


def test_a_new_treatment_waits_until_every_condition_says_something_of_it():
    labels = [each.finding.label for each in Condition.objects.published()]
    method = make_method(is_settled=False)
    with pytest.raises(verbs.Incomplete) as refused:
        publish(method)
    first = f"{', '.join(labels[:3])}, and {len(labels) - 3} more"
    assert refused.value.missing == [UNSAID % first]

    need_no_rows(method.slug)
    assert publish(method).live_revision


def test_one_condition_that_forgets_a_treatment_is_named():
    method = make_method()
    # It says something of all that is live, which this is not yet.
    condition = publish(write_condition("smoker"))
    with pytest.raises(verbs.Incomplete) as refused:
        publish(method)
    assert refused.value.missing == [UNSAID % condition.finding.label]
    row = condition.not_needed.get()
    row.methods.add(method)
    publish(condition)
    assert publish(method).live_revision


def test_advice_needs_no_word_of_any_condition():
    assert publish(make_method(group="advice", is_settled=False)).live_revision


def test_a_published_condition_reaches_the_live_methods_that_it_names():
    publish(write_condition(methods=["subcision", "tca-cross"]))
    names = ("subcision", "tca-cross", "dermabrasion")
    assert {slug: from_condition(slug) for slug in names} == {
        "subcision": ["contraindication"],
        "tca-cross": ["contraindication"],
        "dermabrasion": [],
    }


def test_a_new_revision_leaves_the_methods_that_it_no_longer_names():
    publish(write_condition(methods=["subcision"]))
    publish(write_condition(methods=["tca-cross"], kind="precaution", level="test"))
    assert from_condition("subcision") == []
    assert from_condition("tca-cross") == ["precaution"]
    [entry] = [each for each in live.methods() if each.slug == "tca-cross"]
    assert [row.level for row in entry.criteria if row.origin == ORIGIN] == ["test"]


def test_a_draft_of_a_condition_reaches_no_method():
    publish(write_condition(methods=["subcision"]))
    before = from_condition("tca-cross")
    write_condition(methods=["tca-cross"])
    assert from_condition("tca-cross") == before


def test_a_methods_own_row_takes_nothing_from_a_condition():
    publish(write_condition(methods=["subcision"]))
    method = Method.objects.get(slug="subcision")
    add_criterion(method, "precaution", ["smoker"], for_staff="Own.")
    publish(method)
    assert from_condition("subcision") == ["contraindication"]
    assert (["smoker"], "Own.", "") in rows(frozen(method), "precaution")


def test_a_variant_has_a_conditions_row_only_if_the_condition_names_it():
    publish(write_condition(methods=["microneedling"]))
    assert from_condition("microneedling-prp") == []
    publish(write_condition(methods=["microneedling", "microneedling-prp"]))
    assert from_condition("microneedling-prp") == ["contraindication"]


def test_a_trait_and_a_condition_that_differ_in_level_both_hold():
    trait_row = {"kind": "precaution", "when": ["smoker"]}
    method = publish(make_method())
    publish(
        write_condition(methods=[method.slug], kind="precaution", level="technique")
    )
    method.traits.set([make_trait(**trait_row)])
    publish(method)
    levels = {
        (row["origin"], row["level"])
        for row in frozen(method)["criteria"]
        if row["when"] == ["smoker"]
    }
    assert levels == {(ORIGIN, "technique"), ("trait:warms", "")}


def test_what_a_condition_names_stays_in_use_while_it_does():
    condition = publish(write_condition(methods=["subcision"]))
    with pytest.raises(verbs.InUse):
        verbs.unpublish(condition)


def _without(slug):
    condition = write_condition()
    condition.not_needed.get().methods.remove(Method.objects.get(slug=slug))
    return condition


def test_a_condition_says_something_of_every_ranked_treatment():
    title = Method.objects.get(slug="dermabrasion").title
    with pytest.raises(verbs.Incomplete) as refused:
        publish(_without("dermabrasion"))
    assert refused.value.missing == [
        f"Add a criterion for these, or say why none is needed: {title}."
    ]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"methods": []}, "Criterion 1: choose a treatment."),
        (
            {"when": ["diabetes"]},
            "Criterion 1: it holds when the condition itself is present. Choose that "
            "too.",
        ),
        (
            {"kind": "check", "refer": ["silicone"]},
            "Criterion 1: only a contraindication refers to somebody else.",
        ),
    ],
)
def test_a_row_of_a_condition_that_lacks_something_is_refused(changes, fault):
    row = {"methods": ["subcision"]} | changes
    condition = write_condition(**row)
    condition.not_needed.get().methods.add(Method.objects.get(slug="subcision"))
    with pytest.raises(verbs.Incomplete) as refused:
        publish(condition)
    assert refused.value.missing == [fault]


# The files


PAGE = {
    "rows": [ROW | {"methods": ["one", "two"], "also": ["on_face"]}],
    "not_needed": [
        {"methods": ["three"], "why": "Shallow."},
        {"methods": "rest", "why": "Nothing bleeds."},
    ],
}


def test_rest_is_every_ranked_treatment_that_nothing_else_names():
    ranked = ["one", "two", "three", "four", "five"]
    read = content.condition("smoker", PAGE, ranked)
    assert [row["when"] for row in read["criteria"]] == [["smoker", "on_face"]]
    assert [row["methods"] for row in read["not_needed"]] == [
        ["three"],
        ["four", "five"],
    ]


def test_a_rest_of_nothing_is_left_out():
    read = content.condition("smoker", PAGE, ["one", "two", "three"])
    assert [row["why"] for row in read["not_needed"]] == ["Shallow."]


def test_every_condition_of_the_catalogue_is_live_and_says_so_of_all():
    assert Condition.objects.filter(live_revision=None).count() == 0
    needed = set(ranked())
    wanting = {
        each.finding.code: sorted(missing)
        for each in Condition.objects.published()
        if (missing := needed - named_in(each.live_revision.content))
    }
    assert wanting == {}


def named_in(content):
    parts = [*content["criteria"], *content["not_needed"]]
    return {slug for row in parts for slug in row["methods"]}


# Relations and ceilings


def test_relations_and_ceilings_reach_the_protocol():
    method = Method.objects.for_draft().get(slug="silicone")
    relation = RELATION | {"methods": ["silicone"], "weeks": 4, "scars": ["pih"]}
    drafts.write_draft(
        method,
        drafts.draft(method) | {"relations": [relation], "ceilings": [CEILING]},
    )
    publish(method)
    [entry] = [each for each in live.methods() if each.slug == "silicone"]
    [relation], [ceiling] = entry.relations, entry.ceilings
    assert (relation.kind, relation.methods, relation.scars, relation.weeks) == (
        *("after", ("silicone",), ("pih",), 4),
    )
    assert (ceiling.reason_above, ceiling.refuse_above) == (30, None)
    assert not drafts.has_unpublished_changes(
        Method.objects.for_draft().get(slug="silicone")
    )


def relations_of(slug):
    """Return (kind, methods, weeks, origin) of each relation of a live method."""
    return [
        (row["kind"], row["methods"], row["weeks"], row["origin"])
        for row in frozen(Method.objects.get(slug=slug))["relations"]
    ]


MAIN = "method:microneedling"


def test_a_variant_has_each_relation_of_its_main_entry_that_it_does_not_replace():
    apart = RELATION | {"kind": "not_with", "weeks": 4.0}
    publish(
        relate(
            "microneedling",
            apart | {"methods": ["tca-cross"]},
            apart | {"methods": ["dermabrasion"], "weeks": 12.0},
            apart | {"methods": ["dermabrasion"], "scars": ["rolling"]},
            {"methods": ["silicone"]},
        )
    )
    publish(
        relate("microneedling-prp", apart | {"methods": ["tca-cross"], "weeks": 6.0})
    )
    assert relations_of("microneedling-prp") == [
        ("not_with", ["tca-cross"], 6, ""),
        ("not_with", ["dermabrasion"], 12, MAIN),
        ("not_with", ["dermabrasion"], 4, MAIN),
        ("after", ["silicone"], None, MAIN),
    ]


def test_weeks_between_sessions_of_a_main_entry_are_those_of_its_variant_too():
    apart = {"kind": "not_with", "methods": ["microneedling"], "weeks": 4.0}
    publish(relate("microneedling", apart))
    publish(relate("microneedling-prp"))
    both = ["microneedling", "microneedling-prp"]
    assert relations_of("microneedling-prp") == [("not_with", both, 4, MAIN)]


def test_a_variant_that_says_what_comes_next_says_all_of_it():
    publish(
        relate(
            "microneedling",
            {"kind": "then", "methods": ["dermabrasion"]},
            {"kind": "then", "methods": ["microneedling-prp"]},
        )
    )
    publish(relate("microneedling-prp"))
    # It does not come after itself.
    assert relations_of("microneedling-prp") == [("then", ["dermabrasion"], None, MAIN)]
    own = {"kind": "then", "methods": ["surgical-excision"]}
    publish(relate("microneedling-prp", own))
    assert relations_of("microneedling-prp") == [
        ("then", ["surgical-excision"], None, "")
    ]


def test_a_variant_has_the_ceilings_of_its_main_entry_but_for_its_own_substances():
    def limit(slug, *ceilings):
        method = Method.objects.for_draft().get(slug=slug)
        drafts.write_draft(method, drafts.draft(method) | {"ceilings": ceilings})
        publish(method)

    def limits():
        content = frozen(Method.objects.get(slug="microneedling-prp"))
        return [
            (row["substance"], row["reason_above"], row["origin"])
            for row in content["ceilings"]
        ]

    limit("microneedling", CEILING, CEILING | {"substance": "ink"})
    assert limits() == [("gel", "30.00", MAIN), ("ink", "30.00", MAIN)]
    limit("microneedling-prp", CEILING | {"reason_above": "10.00"})
    assert limits() == [("gel", "10.00", ""), ("ink", "30.00", MAIN)]
    variant = Method.objects.for_draft().get(slug="microneedling-prp")
    assert not drafts.has_unpublished_changes(variant)
    assert [row["substance"] for row in drafts.draft(variant)["ceilings"]] == ["gel"]


def test_nothing_goes_live_with_more_ceilings_than_a_plan_has_doses():
    def write(slug, *substances):
        method = Method.objects.for_draft().get(slug=slug)
        ceilings = [CEILING | {"substance": each} for each in substances]
        drafts.write_draft(method, drafts.draft(method) | {"ceilings": ceilings})
        return method

    def refused(method):
        with pytest.raises(verbs.Incomplete) as refused:
            publish(method)
        return refused.value.missing

    def sentence(method, substances):
        return [
            f"“{method.title}” would have ceilings of {substances}, inherited ones "
            "counted: a plan has a place for 2 doses. Take some out."
        ]

    main = write("microneedling", "gel", "ink", "glue")
    assert refused(main) == sentence(main, "gel, ink, glue")
    publish(write("microneedling", "gel", "ink"))
    variant = write("microneedling-prp", "glue")
    assert refused(variant) == sentence(variant, "glue, gel, ink")
    # Nor by way of the main entry.
    publish(write("microneedling", "gel"))
    publish(write("microneedling-prp", "glue"))
    main = write("microneedling", "gel", "ink")
    assert refused(main) == sentence(variant, "glue, gel, ink")


@pytest.mark.parametrize("part", ["criteria", "relations", "ceilings"])
def test_a_row_that_lacks_something_is_no_draft(part):
    method = Method.objects.for_draft().get(slug="steroid-injection")
    content = drafts.draft(method)
    for name in content[part][0].keys() - {"origin"}:
        row = {key: each for key, each in content[part][0].items() if key != name}
        with pytest.raises(KeyError), transaction.atomic():
            drafts.write_draft(method, content | {part: [row]})


def entry(slug, *relations):
    """Return a method with relations, each (kind, methods, scars)."""
    rows = (Relation(kind, tuple(to), scars=tuple(at)) for kind, to, at in relations)
    return MethodEntry(slug, slug, relations=tuple(rows))


@for_each(
    ("first", "second", "is_circle"),
    [
        (("after", "b", []), ("after", "a", []), True),
        (("needs", "b", []), ("needs", "a", []), True),
        (("then", "b", []), ("then", "a", []), True),
        (("after", "b", ["pih"]), ("after", "a", ["pie"]), False),
        (("after", "b", []), ("after", "a", ["pie"]), True),
        (("then", "b", []), ("after", "a", []), False),
        # First a, then b; and b comes before a.
        (("then", "b", []), ("then", "a", []), True),
        (("needs", "b", []), ("after", "a", []), False),
        (("not_with", "b", []), ("not_with", "a", []), False),
        (("after", "a", []), ("after", "b", []), False),
    ],
)
def test_two_that_lead_to_each_other_are_a_circle(first, second, is_circle):
    found = circles([entry("a", first), entry("b", second)])
    assert [each.methods for each in found] == [("a", "b")] * is_circle


def test_what_comes_next_and_what_comes_first_make_one_circle():
    """First a, then b; and b comes before a."""
    both = entry("a", ("then", "b", []), ("after", "b", []))
    assert [each.methods for each in circles([both])] == [("a", "b")]


def test_a_long_circle_is_found_once():
    ring = {"a": "bd", "b": "cb", "c": "a", "d": ""}
    found = circles([entry(slug, ("after", to, [])) for slug, to in ring.items()])
    assert found == [Circle("after", "", ("a", "b", "c"))]


def test_a_publication_that_closes_a_circle_is_refused():
    for slug in ("tca-cross", "subcision"):
        publish(relate(slug))
    publish(relate("subcision", {"methods": ["tca-cross"]}))
    closing = relate("tca-cross", {"methods": ["subcision"]})
    with pytest.raises(verbs.Incomplete) as refused:
        publish(closing)
    other = Method.objects.get(slug="subcision").title
    assert refused.value.missing == [
        "The relation “Only after” runs in a circle: "
        f"{other} → {closing.title} → {other}. "
        "Take out one of its steps."
    ]
    assert frozen(closing)["relations"] == []


def test_the_relations_of_the_catalogue_run_in_no_circle():
    assert circles(live.methods()) == []


# Pathways


def make_pathway(**fields):
    pathway = Pathway()
    page = {"code": "made_up", "title": "Made up", "when": ["pih"], "steps": [STEP]}
    page |= {"response": "Flatter at week 12.", "contested": ""}
    drafts.write_draft(pathway, page | fields)
    return pathway


def test_a_published_pathway_reaches_the_protocol():
    publish(make_pathway())
    [found] = [each for each in live.protocol().pathways if each.code == "made_up"]
    assert (found.when, found.response) == (("pih",), "Flatter at week 12.")
    assert [(each.number, each.methods) for each in found.steps] == [(1, ("silicone",))]


def test_a_pathway_names_only_what_is_live():
    draft = make_method()
    with pytest.raises(verbs.Incomplete) as refused:
        publish(make_pathway(steps=[STEP | {"methods": [draft.slug]}]))
    assert refused.value.missing == ["Step 1: publish “warm-light” first."]


# Referrals


def make_referral(**sections):
    """Return the draft of a referral without key facts, with four of its sections."""
    filled = {name: ["Said."] for name in ("can", "cannot", "steps", "call_today")}
    method = make_method("ref-example", group="referral")
    draft = drafts.draft(method)
    blank = dict.fromkeys(draft["key_facts"], "")
    sections = {name: [] for name in draft["sections"]} | filled | sections
    drafts.write_draft(method, draft | {"key_facts": blank, "sections": sections})
    return method


def test_a_referral_needs_five_sections_and_no_key_facts():
    with pytest.raises(verbs.Incomplete) as refused:
        publish(make_referral())
    assert refused.value.missing == ["Fill in “Questions to ask”."]


def test_the_page_of_a_referral_has_no_heading_over_nothing(client):
    publish(make_referral(questions=["Who?"]))
    markup = client.get("/treatments/ref-example/").content.decode()
    absent = ["Before", "After", "Risks", "Alternatives", "Go to an emergency"]
    assert [each for each in absent if f">{each}" in markup] == []
    assert re.findall(r"<ul[^>]*>\s*</ul>", markup) == []


def test_lists_leave_a_referral_out_and_its_page_is_there(client):
    publish(make_referral(questions=["Who?"]))
    page = "/treatments/ref-example/"
    assert client.get(page).status_code == 200
    listing = [
        "/treatments/",
        "/treatments/?scar=rolling",
        "/compare/",
        "/scars/rolling/",
    ]
    assert [url for url in listing if page in client.get(url).content.decode()] == []


# The protocol's number


def number():
    return live.protocol().number


def test_a_changed_level_raises_the_number_and_a_changed_summary_does_not():
    publish(write_condition(kind="precaution", level="test"))
    before = number()
    method = Method.objects.get(slug="subcision")
    Method.objects.filter(pk=method.pk).update(summary="Other words.", price_from=90)
    publish(method)
    assert number() == before
    publish(write_condition(kind="precaution", level="doctor"))
    assert number() == before + 1


def add_a_precaution(slug):
    method = Method.objects.get(slug=slug)
    add_criterion(method, "precaution", ["smoker", "diabetes"])


@pytest.mark.parametrize(
    "change",
    [
        add_a_precaution,
        lambda slug: relate(slug, {"methods": ["silicone"]}),
        lambda slug: Method.objects.filter(slug=slug).update(position=1),
    ],
    ids=["criterion", "relation", "order"],
)
def test_what_decides_a_card_raises_the_number(change):
    before = number()
    change("subcision")
    publish(Method.objects.get(slug="subcision"))
    assert number() == before + 1


def test_a_pathway_and_an_unpublished_method_raise_the_number():
    before = number()
    publish(make_pathway())
    assert number() == before + 1
    verbs.unpublish(Method.objects.get(slug="mandelic-peel"))
    assert number() == before + 2


def test_a_page_of_a_scar_type_raises_nothing():
    before = number()
    scar = ScarType.objects.first()
    ScarType.objects.filter(pk=scar.pk).update(summary="Other words.")
    publish(scar)
    assert number() == before


def test_a_question_that_staff_add_raises_the_number(admin_client):
    before = number()
    admin_client.post(
        "/admin/methods/finding/add/",
        {"label": "Warm", "question": "Warm?", "group": "health", "position": 1},
    )
    assert Finding.objects.filter(label="Warm").exists()
    assert number() == before + 1


def make_user(profession, name="dora"):
    return User.objects.create(username=name, profession=profession)


def test_a_doctors_approval_holds_for_its_number_alone():
    doctor = make_user("doctor")
    version = protocol_versions.approve_protocol(by=doctor, number=number())
    assert (version.number, version.approved_by) == (number(), doctor)
    assert Event.objects.filter(action="protocol_approved", by=doctor).count() == 1
    publish(make_pathway())
    later = protocol_versions.current()
    assert (later.number, later.approved_at) == (version.number + 1, None)
    version.refresh_from_db()
    assert version.approved_by == doctor


def test_a_second_approval_leaves_the_first():
    first = make_user("doctor")
    protocol_versions.approve_protocol(by=first, number=number())
    second = make_user("doctor", "daniel")
    version = protocol_versions.approve_protocol(by=second, number=number())
    assert version.approved_by == first
    assert Event.objects.filter(action="protocol_approved").count() == 1


def test_a_doctor_approves_what_is_live_and_nobody_else_does():
    with pytest.raises(protocol_versions.NotCurrent):
        protocol_versions.approve_protocol(by=make_user("doctor"), number=number() - 1)
    carl = make_user("cosmetologist", "carl")
    with pytest.raises(protocol_versions.NotADoctor):
        protocol_versions.approve_protocol(by=carl, number=number())
    assert protocol_versions.current().approved_at is None


@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="lets one at a time write, whatever we do"
)
@pytest.mark.django_db(transaction=True)
def test_two_who_publish_at_once_get_two_numbers():
    before = number()
    changed = ["subcision", "tca-cross"]
    for slug in changed:
        add_a_precaution(slug)

    def go(slug):
        try:
            publish(Method.objects.get(slug=slug))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(go, changed))
    made = ProtocolVersion.objects.filter(number__gt=before)
    assert list(made.values_list("number", flat=True)) == [before + 2, before + 1]
