from copy import deepcopy

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext

from methods.models import (
    Criterion,
    Finding,
    Method,
    MethodRevision,
    ScarType,
    Source,
    Trait,
)
from methods.publishing import drafts, freezing, live, verbs
from methods.publishing.usage import titles_using
from tests.methods.reading import need_no_rows

pytestmark = pytest.mark.django_db

REFREEZING = 10
"""How many queries it may cost to bring a shared criterion into one more method."""
PATIENT = "Please wait."
STAFF = "Wait."


def finding(code):
    return Finding.objects.get(code=code)


def add_criterion(
    subject, kind="contraindication", when=("pregnant",), sources=("GK",), **fields
):
    fields = {"for_patient": PATIENT, "for_staff": STAFF} | fields
    criterion = subject.criteria.create(kind=kind, **fields)
    criterion.when.set(finding(code) for code in when)
    criterion.sources.set(Source.objects.filter(code__in=sources))
    return criterion


def make_trait(slug="warms", **fields):
    trait = Trait.objects.create(slug=slug, name=slug, description="Warms.")
    add_criterion(trait, **fields)
    return verbs.publish(trait, by=None, note="New")


def make_method(slug="warm-light", *, traits=(), is_settled=True, **fields):
    """Return a draft that is complete: texts of another, one indication of its own.

    Every live condition says that it needs no row, unless it is not settled.
    """
    method = Method.objects.get(slug="microneedling")
    content = drafts.draft(method) | {"slug": slug, "title": slug, "traits": []}
    content |= {"relations": [], "ceilings": []}
    method = Method()
    drafts.write_draft(method, content | {"criteria": [], **fields})
    method.traits.set(traits)
    if not fields.get("follows"):
        add_criterion(method, "indication", ["rolling"], line="first")
    if is_settled:
        need_no_rows(slug)
    return method


def publish(subject, note="Changed"):
    return verbs.publish(subject, by=None, note=note)


def frozen(method):
    return Method.objects.get(pk=method.pk).live_revision.content


def rows(content, kind):
    return [
        (row["when"], row["for_staff"], row["origin"])
        for row in content["criteria"]
        if row["kind"] == kind
    ]


def reads_of_all_methods(queries):
    """Return how many queries read the content of every live method."""
    return sum(
        '"methods_methodrevision"."content"' in each["sql"]
        and each["sql"].count("WHERE") == 1
        and '"live_revision_id" IS NOT NULL' in each["sql"].partition("WHERE")[2]
        and " AND " not in each["sql"].partition("WHERE")[2]
        for each in queries
    )


def test_publishing_reads_nothing_live_that_this_process_has_read():
    method = publish(make_method())
    with CaptureQueriesContext(connection) as queries:
        publish(method)
    assert reads_of_all_methods(queries) == 0


def test_what_is_refrozen_costs_the_same_for_each():
    """A trait that three methods have, or one: so many queries for each method more."""
    trait = make_trait()
    costs = []
    for code in ("smoker", "anticoagulant", "breastfeeding"):
        publish(make_method(f"warm-{code}", traits=[trait]))
        add_criterion(trait, when=[code])
        with CaptureQueriesContext(connection) as queries:
            publish(trait)
        costs.append(len(queries))
    assert costs[2] - costs[1] == costs[1] - costs[0] <= REFREEZING


# Draft and live


def test_an_edit_is_not_live_until_it_is_published():
    method = publish(make_method())
    method.title = "Half-writ"
    method.save()
    add_criterion(method)
    assert frozen(method)["title"] == "warm-light"
    assert rows(frozen(method), "contraindication") == []


def test_publishing_reads_the_rows_again_and_not_the_stale_instance():
    stale = Method.objects.for_draft().get(pk=make_method().pk)
    assert len(stale.criteria.all()) == 1
    Method.objects.filter(pk=stale.pk).update(title="Fresh")
    add_criterion(Method.objects.get(pk=stale.pk))
    fresh = publish(stale)
    assert fresh.title == fresh.live_revision.content["title"] == "Fresh"
    assert rows(frozen(stale), "contraindication") == [(["pregnant"], STAFF, "")]


def test_a_revision_holds_every_source_that_it_cites():
    method = make_method(summary="It warms [B26].", sections=_sections("Warm [G14]."))
    method = publish(method)
    content = method.live_revision.content
    assert set(content["sources"]) == {"B26", "G14", "GK"}
    source = Source.objects.get(code="B26")
    assert content["sources"]["B26"]["title"] == source.title


def test_a_later_edit_of_a_source_leaves_the_revision_as_it_was():
    method = publish(make_method())
    before = frozen(method)["sources"]["GK"]
    Source.objects.filter(code="GK").update(title="Something else")
    assert frozen(method)["sources"]["GK"] == before


def _sections(text):
    sections = drafts.draft(Method.objects.get(slug="microneedling"))["sections"]
    return {name: [text] for name in sections}


def test_revisions_are_numbered_and_tell_who_and_what(admin_user):
    method = publish(make_method(), note="First")
    verbs.publish(method, by=admin_user, note="Second")
    told = method.revisions.values_list("number", "created_by", "note")
    assert list(told) == [(2, admin_user.pk, "Second"), (1, None, "First")]


def test_moving_a_finding_is_no_change_of_the_methods_that_use_it():
    method = make_method()
    add_criterion(method, when=["pregnant", "smoker"])
    method = publish(method)
    Finding.objects.filter(code="smoker").update(position=0)
    method = Method.objects.for_draft().get(pk=method.pk)
    assert not drafts.has_unpublished_changes(method)


# What methods share


def test_a_method_has_the_criteria_of_its_traits():
    method = publish(make_method(traits=[make_trait()]))
    shared = [(["pregnant"], STAFF, "trait:warms")]
    assert rows(frozen(method), "contraindication") == shared


def test_an_own_safety_row_replaces_the_traits_row_on_the_same_findings():
    method = make_method(traits=[make_trait()])
    add_criterion(method, "precaution", for_staff="Own")
    publish(method)
    assert rows(frozen(method), "contraindication") == []
    assert rows(frozen(method), "precaution") == [(["pregnant"], "Own", "")]


def test_an_own_benefit_row_leaves_the_traits_safety_row():
    method = make_method(traits=[make_trait()])
    add_criterion(method, "not_recommended", for_staff="Own")
    publish(method)
    assert rows(frozen(method), "contraindication") == [
        (["pregnant"], STAFF, "trait:warms")
    ]


def test_a_variant_has_the_criteria_of_its_main_entry():
    main = make_method("main")
    add_criterion(main)
    publish(main)
    variant = publish(make_method("variant", follows="main"))
    assert rows(frozen(variant), "indication") == [(["rolling"], STAFF, "method:main")]
    assert rows(frozen(variant), "contraindication") == [
        (["pregnant"], STAFF, "method:main")
    ]


def test_a_variant_with_indications_has_only_its_own():
    publish(make_method("main"))
    variant = make_method("variant", follows="main")
    add_criterion(variant, "indication", ["ice_pick"], line="second")
    publish(variant)
    assert rows(frozen(variant), "indication") == [(["ice_pick"], STAFF, "")]


def test_publishing_a_trait_reaches_the_live_methods_but_not_their_drafts():
    trait = make_trait()
    method = publish(make_method(traits=[trait]))
    Method.objects.filter(pk=method.pk).update(title="Half-written")
    add_criterion(trait, when=["smoker"])
    publish(trait)
    assert rows(frozen(method), "contraindication") == [
        (["pregnant"], STAFF, "trait:warms"),
        (["smoker"], STAFF, "trait:warms"),
    ]
    assert frozen(method)["title"] == "warm-light"


def test_publishing_a_trait_leaves_other_methods_alone():
    trait, other = make_trait(), publish(make_method())
    add_criterion(trait, when=["smoker"])
    publish(trait)
    assert other.revisions.count() == 1


def test_publishing_a_trait_makes_one_revision_of_a_variant_that_shares_it_too():
    trait = make_trait()
    publish(make_method("main", traits=[trait]))
    variant = publish(make_method("variant", traits=[trait], follows="main"))
    add_criterion(trait, when=["smoker"])
    publish(trait)
    assert variant.revisions.count() == 2


def test_a_live_variant_follows_its_main_entry_though_its_draft_left_it():
    main = publish(make_method("main"))
    variant = publish(make_method("variant", follows="main"))
    Method.objects.filter(pk=variant.pk).update(follows=None)
    add_criterion(main)
    publish(main)
    assert rows(frozen(variant), "contraindication") == [
        (["pregnant"], STAFF, "method:main")
    ]


# What is missing


def faults(subject):
    with pytest.raises(verbs.Incomplete) as incomplete:
        publish(subject)
    return incomplete.value.missing


def test_what_is_incomplete_does_not_go_live():
    method = make_method(summary="")
    assert faults(method) == ["Fill in “Summary”."]
    assert not MethodRevision.objects.filter(subject=method).exists()


def test_an_empty_key_fact_and_an_empty_section_are_told_but_not_the_price():
    method = make_method()
    Method.objects.filter(pk=method.pk).update(
        sessions="", days_off_note="", can="", price_from=None
    )
    assert faults(method) == [
        "Fill in “Sessions”.",
        "Fill in “What those days are like”.",
        "Fill in “What it can do”.",
    ]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("If you faint, call 112.", "call 112"),
        ("Emergency call (911) at once.", "Emergency call (911"),
        ("Call {emergency}.", "{emergency}"),
    ],
)
def test_the_emergency_number_is_the_clinics_and_no_text_names_another(words, named):
    method = make_method()
    Method.objects.filter(pk=method.pk).update(after_do=words)
    assert faults(method) == [
        f"Take “{named}” out: the emergency number is the clinic’s, and the page names it."
    ]


def test_a_number_that_is_none_to_call_may_stand_in_a_text():
    method = make_method()
    Method.objects.filter(pk=method.pk).update(
        after_do="112 of 130 people called us within 48 hours."
    )
    publish(Method.objects.get(pk=method.pk))


def test_a_ranked_method_says_what_it_is_for():
    method = make_method()
    method.criteria.all().delete()
    told = "Add a criterion that says what it is for, or not for."
    assert faults(method) == [told]


def test_a_criterion_without_finding_and_source_is_told_by_its_number():
    method = make_method()
    add_criterion(method, when=[], sources=[])
    assert faults(method) == [
        "Criterion 2: choose a finding.",
        "Criterion 2: add both reasons and a source.",
    ]


def test_a_code_that_is_no_source_is_told():
    told = ["Add [C9999] to the list of sources, or correct it."]
    assert faults(make_method(summary="It warms [C9999].")) == told


def test_a_variant_waits_for_its_main_entry():
    make_method("main")
    variant = make_method("variant", follows="main")
    assert faults(variant) == ["Publish the main entry first."]
    assert freezing.preview(variant).criteria == ()


# Back and off


@pytest.mark.parametrize("model", [Method, Trait, ScarType])
def test_bringing_back_restores_the_draft_exactly_and_leaves_live_alone(model):
    subject = model.objects.for_draft().first()
    old, before = subject.live_revision, drafts.draft(subject)
    name = "name" if model is Trait else "title"
    model.objects.filter(pk=subject.pk).update(**{name: "Newer"})
    if model is not ScarType:
        subject.criteria.all().delete()
        add_criterion(subject, "not_recommended", ["ice_pick"])
    new = publish(subject).live_revision
    verbs.revert(subject, old)
    subject = model.objects.for_draft().get(pk=subject.pk)
    assert drafts.draft(subject) == before
    assert subject.live_revision == new


def test_bringing_back_restores_a_source_that_was_deleted():
    Source.objects.create(code="C9999", title="A trial", year=2024)
    method = make_method()
    add_criterion(method, sources=["C9999"])
    method = publish(method)
    method.criteria.all().delete()
    Source.objects.get(code="C9999").delete()
    verbs.revert(method, method.live_revision)
    assert Source.objects.get(code="C9999").title == "A trial"


def test_unpublishing_keeps_draft_and_revisions():
    method = publish(make_method())
    verbs.unpublish(method)
    method = Method.objects.get(pk=method.pk)
    assert (method.live_revision, method.revisions.count()) == (None, 1)
    assert "warm-light" not in [each.slug for each in live.methods()]


def test_a_main_entry_stays_live_as_long_as_a_variant_does():
    main = publish(make_method("main"))
    variant = publish(make_method("variant", follows="main"))
    with pytest.raises(verbs.InUse) as in_use:
        verbs.unpublish(main)
    assert in_use.value.users == ["variant"]
    verbs.unpublish(variant)
    assert verbs.unpublish(main).live_revision is None


# What rests on other rows


def test_a_finding_in_a_draft_cannot_be_deleted():
    asked = Finding.objects.create(code="q_x", label="X", question="X?", group="skin")
    add_criterion(make_method(), when=["q_x"])
    assert titles_using(asked) == ["warm-light"]
    with pytest.raises(ProtectedError):
        asked.delete()


def test_a_finding_that_only_history_uses_cannot_be_deleted():
    asked = Finding.objects.create(code="q_x", label="X", question="X?", group="skin")
    method = make_method()
    criterion = add_criterion(method, when=["q_x"])
    publish(method)
    criterion.delete()
    assert titles_using(asked) == ["warm-light"]
    with pytest.raises(ProtectedError):
        asked.delete()


def test_a_cited_source_cannot_be_deleted():
    source = Source.objects.create(code="C9999", title="A trial")
    add_criterion(make_method(), sources=["C9999"])
    assert titles_using(source) == ["warm-light"]
    with pytest.raises(ProtectedError):
        source.delete()


def test_loading_the_catalogue_again_changes_nothing_that_staff_edited():
    Finding.objects.filter(code="rf_ulcer").update(question="Sore?", advice="Go.")
    Source.objects.filter(code="GK").update(title="Ours")
    method = Method.objects.get(slug="microneedling")
    Method.objects.filter(pk=method.pk).update(title="Ours")
    Criterion.objects.filter(method=method).delete()
    call_command("load_catalogue", verbosity=0)
    assert Finding.objects.filter(question="Sore?", advice="Go.").count() == 1
    assert Source.objects.get(code="GK").title == "Ours"
    method.refresh_from_db()
    assert (method.title, method.criteria.count()) == ("Ours", 0)
    assert method.revisions.count() == 1


def test_a_trait_that_was_never_published_is_missing(db):
    trait = Trait.objects.create(slug="burns", name="Burns", description="Hot.")
    method = Method.objects.get(slug="silicone")
    method.traits.add(trait)
    with pytest.raises(verbs.Incomplete) as refused:
        verbs.publish(method, by=None, note="More")
    assert refused.value.missing == [
        "Publish the trait “burns” first: its criteria would be missing."
    ]


def test_a_citation_of_no_source_is_missing_whatever_its_letter(db):
    method = Method.objects.get(slug="silicone")
    method.can = "It is magic [ZZ99]."
    method.save()
    with pytest.raises(verbs.Incomplete) as refused:
        verbs.publish(method, by=None, note="More")
    assert ["ZZ99" in each for each in refused.value.missing] == [True]


def test_a_revision_is_parsed_once_and_nobody_changes_what_all_read():
    first = Method.objects.published()[0].live_revision
    second = MethodRevision.objects.get(pk=first.pk)
    assert second.content is first.content
    for change in (
        lambda content: content.update(title="Another"),
        lambda content: content["criteria"].append({}),
        lambda content: content["criteria"][0].pop("kind"),
    ):
        with pytest.raises(TypeError):
            change(first.content)
    of_one = deepcopy(first.content)
    of_one["criteria"].append({})
    of_one["criteria"][0]["kind"] = "other"
    assert MethodRevision.objects.get(pk=first.pk).content == second.content != of_one
    MethodRevision.objects.filter(pk=first.pk).update(content=of_one)
    assert MethodRevision.objects.get(pk=first.pk).content == of_one


def test_the_protocol_is_one_object_until_something_of_it_changes():
    before = live.protocol()
    assert live.protocol() is before
    flag = Finding.objects.red_flags()[0]
    Finding.objects.filter(pk=flag.pk).update(route="Elsewhere")
    after = live.protocol()
    assert before.red_flags[0].route == flag.route
    assert after.red_flags[0].route == "Elsewhere"
    publish(make_method())
    assert len(live.protocol().methods) == len(after.methods) + 1
