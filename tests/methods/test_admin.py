import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.forms import ModelMultipleChoiceField
from django.test import Client
from django.urls import reverse

from methods.models import (
    Finding,
    Method,
    ScarType,
    Source,
    Synonym,
    Trait,
)
from methods.publishing import drafts, live
from methods.publishing.usage import titles_using
from scarclinic.staff.models import User

pytestmark = pytest.mark.django_db

EDITED = ["edits", "save_over"]
"""What every form has that two may fill in at once."""


def make_staff(name="editor", verbs=("add", "change", "view", "delete")):
    user = User.objects.create_user(name, is_staff=True)
    permissions = Permission.objects.filter(content_type__app_label="methods")
    for verb in verbs:
        user.user_permissions.add(*permissions.filter(codename__startswith=f"{verb}_"))
    return user


def log_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def editor():
    return log_in(make_staff())


@pytest.fixture
def method():
    return Method.objects.get(slug="nutmeg-mask")


def page(subject, name="change", *args):
    names = {Method: "method", Trait: "trait", ScarType: "scartype"}
    names |= {Finding: "finding", Source: "source", Synonym: "synonym"}
    model = subject if isinstance(subject, type) else type(subject)
    pk = [] if isinstance(subject, type) else [subject.pk]
    return reverse(f"admin:methods_{names[model]}_{name}", args=[*pk, *args])


def form_data(response):
    """Return what a browser would post of a page that nobody touched."""
    forms = [response.context["adminform"].form]
    for inline in response.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    data = {}
    for field in (field for form in forms for field in form):
        value = field.field.prepare_value(field.value())
        if value is True:
            data[field.html_name] = "on"
        elif value is not False:
            is_many = isinstance(field.field, ModelMultipleChoiceField)
            empty = [] if is_many else ""
            data[field.html_name] = empty if value is None else value
    return data


def opened(client, subject, **changes):
    return form_data(client.get(page(subject))) | changes


def save(client, subject, *, button="_save", **changes):
    data = opened(client, subject, **changes) | {button: "1"}
    return client.post(page(subject), data)


def publish(client, subject, note="Said so", **changes):
    return save(client, subject, button="_publish", what_changed=note, **changes)


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def errors(response):
    """Return {name: messages} of the form and of every criterion."""
    forms = [response.context["adminform"].form]
    for inline in response.context["inline_admin_formsets"]:
        forms += inline.formset.forms
    return {
        form[name].html_name: list(messages)
        for form in forms
        for name, messages in form.errors.items()
    }


# Saving and publishing


def test_saving_keeps_a_draft(editor, method):
    response = save(editor, method, title="Newer")
    day = method.live_revision.created_at.strftime("%-d %b %Y")
    assert told(response) == [
        f"Saved as a draft. Visitors still see the version of {day}."
    ]
    method.refresh_from_db()
    assert method.title == "Newer"
    assert method.live_revision.content["title"] == "Nutmeg mask"


def test_saving_and_publishing_puts_it_live(editor, method):
    response = publish(editor, method, "A better title", title="Newer")
    assert told(response) == ["Published. Visitors see this version now."]
    revision = Method.objects.get(pk=method.pk).live_revision
    assert revision.content["title"] == "Newer"
    assert (revision.note, str(revision.created_by)) == ("A better title", "editor")


def test_publishing_freezes_the_criteria_as_they_were_typed(editor, method):
    publish(editor, method, **{"criteria-0-for_staff": "Typed just now"})
    live = Method.objects.get(pk=method.pk).live_revision.content
    assert live["criteria"][0]["for_staff"] == "Typed just now"


def test_publishing_asks_what_changed_and_loses_nothing(editor, method):
    response = publish(editor, method, "", title="Newer")
    assert errors(response) == {"what_changed": ["Say what changed, then publish."]}
    assert form_data(response)["title"] == "Newer"
    method.refresh_from_db()
    assert method.title == "Nutmeg mask"


def test_what_is_incomplete_is_kept_as_a_draft_and_told(editor, method):
    response = publish(editor, method, title="Newer", can="", steps="")
    assert response.url == page(method)
    assert told(response) == [
        "Saved as a draft, not published. To publish:",
        "Fill in “What it can do”.",
        "Fill in “What happens”.",
    ]
    method.refresh_from_db()
    assert (method.title, method.can) == ("Newer", "")
    assert method.live_revision.number == 1


def test_a_new_method_begins_as_a_draft_that_nobody_sees(editor):
    data = form_data(editor.get(page(Method, "add")))
    data |= {"title": "Warm light", "slug": "warm-light", "group": "laser"}
    response = editor.post(page(Method, "add"), data | {"_save": "1"})
    assert told(response) == ["Saved as a draft. Visitors cannot see it yet."]
    assert Method.objects.get(slug="warm-light").live_revision is None


@pytest.mark.parametrize("model", [Trait, ScarType])
def test_traits_and_scar_types_are_published_the_same_way(editor, model):
    subject = model.objects.last()
    publish(editor, subject, "Said so")
    subject.refresh_from_db()
    assert (subject.live_revision.number, subject.live_revision.note) == (2, "Said so")


@pytest.mark.parametrize("model", [Method, Trait, ScarType])
def test_the_identity_is_fixed_by_the_first_publishing(editor, model):
    subject = model.objects.last()
    name = "finding" if model is ScarType else "slug"
    assert name not in form_data(editor.get(page(subject)))
    assert name in form_data(editor.get(page(model, "add")))


# Two editors at once


def test_the_second_of_two_who_save_is_refused_and_told_who_was_first(editor, method):
    second = log_in(make_staff("second"))
    typed = opened(second, method, title="Second")
    save(editor, method, title="First")
    response = second.post(page(method), typed | {"_save": "1"})
    assert errors(response) == {
        "save_over": [
            "editor saved this while you were editing. Your text is still below. Open "
            "this page in a second tab to compare. To replace the other text with "
            "yours, tick “Save over it” and save again."
        ]
    }
    assert form_data(response)["title"] == "Second"
    assert b'id="id_save_over"' in response.content
    method.refresh_from_db()
    assert method.title == "First"


ROWS = [
    # of a row without a count of edits: what the first changes, and what the second
    (Finding, {"code": "rf_ulcer"}, "told", "hint"),
    (Source, {"code": "D17"}, "note", "title"),
    (Synonym, {}, "means", "phrase"),
]


@pytest.mark.parametrize(("model", "which", "first", "second"), ROWS)
def test_a_row_that_counts_no_edits_is_not_overwritten_unseen_either(
    editor, model, which, first, second
):
    row = model.objects.filter(**which).first()
    opened_by_both = opened(editor, row)
    response = editor.post(page(row), opened_by_both | {first: "Dermabrasion"})
    assert response.status_code == 302
    typed = opened_by_both | {second: "grinding down"}
    response = editor.post(page(row), typed)
    [told] = errors(response)["save_over"]
    assert told.startswith("editor saved this while you were editing. Your text is")
    assert form_data(response)[second] == "grinding down"
    row.refresh_from_db()
    assert (getattr(row, first), getattr(row, second) == "grinding down") == (
        "Dermabrasion",
        False,
    )
    again = form_data(response) | {"save_over": "on"}
    assert editor.post(page(row), again).status_code == 302
    row.refresh_from_db()
    assert getattr(row, second) == "grinding down"


@pytest.mark.parametrize("model", [Method, Source])
def test_what_was_typed_into_a_row_that_is_deleted_meanwhile_can_be_copied(
    editor, model
):
    row = model.objects.create(title="Warm light")
    typed = opened(editor, row, title="Warm <light>")
    if model is Method:
        typed |= new_criterion(row, for_staff="My reasons")
    model.objects.filter(pk=row.pk).delete()
    response = editor.post(page(row), typed)
    assert response.status_code == 404
    shown = response.content.decode()
    assert shown.count("Somebody deleted this while you were editing.") == 1
    assert shown.count("<dt>Title</dt><dd>Warm &lt;light&gt;</dd>") == 1
    assert shown.count("<dd>My reasons</dd>") == (model is Method)
    assert not model.objects.filter(pk=row.pk).exists()


def test_the_choice_to_save_over_appears_only_then(editor, method):
    assert b'id="id_save_over"' not in editor.get(page(method)).content


def test_saving_over_is_a_decision(editor, method):
    typed = opened(editor, method, title="Second")
    save(editor, method, title="First")
    response = editor.post(page(method), typed | {"_save": "1"})
    assert form_data(response)["edits"] == str(typed["edits"])
    again = form_data(response) | {"save_over": "on", "_save": "1"}
    assert editor.post(page(method), again).status_code == 302
    method.refresh_from_db()
    assert method.title == "Second"


def test_criteria_that_the_other_deleted_are_still_on_the_page(editor, method):
    count = method.criteria.count()
    typed = opened(editor, method, **{"criteria-0-for_staff": "Mine"})
    save(editor, method, **{"criteria-1-DELETE": "on", "criteria-2-DELETE": "on"})
    response = editor.post(page(method), typed | {"_save": "1"})
    shown = response.content.decode()
    assert all(f'id="id_criteria-{n}-for_staff"' in shown for n in range(count))
    again = form_data(response) | {"save_over": "on", "_save": "1"}
    assert editor.post(page(method), again).status_code == 302
    assert method.criteria.count() == count
    assert method.criteria.first().for_staff == "Mine"


def test_saving_over_replaces_the_criteria_that_the_other_added(editor, method):
    typed = opened(editor, method)
    before = drafts.draft(method)["criteria"]
    save(editor, method, **new_criterion(method))
    editor.post(page(method), typed | {"save_over": "on", "_save": "1"})
    method = Method.objects.get(pk=method.pk)
    assert drafts.draft(method)["criteria"] == before


def test_bringing_back_counts_as_an_edit(editor, method):
    typed = opened(editor, method, title="Second")
    editor.post(page(method, "bring_back", 1))
    response = editor.post(page(method), typed | {"_save": "1"})
    assert list(errors(response)) == ["save_over"]


# Criteria


def test_a_complete_criterion_can_be_added(editor, method):
    count = method.criteria.count()
    save(editor, method, **new_criterion(method))
    assert method.criteria.count() == count + 1


def new_criterion(method, **changes):
    number = method.criteria.count()
    row = {
        "kind": "contraindication",
        "position": "1000",
        "when": [Finding.objects.get(code="smoker").pk],
        "sources": [Source.objects.get(code="GK").pk],
        "for_patient": "Please wait.",
        "for_staff": "Wait.",
    }
    return {
        "criteria-TOTAL_FORMS": number + 1,
        **{f"criteria-{number}-{name}": each for name, each in (row | changes).items()},
    }


@pytest.mark.parametrize(
    ("changes", "name", "message"),
    [
        ({"kind": "indication"}, "line", "Choose a line: an indication needs one."),
        (
            {"line": "first"},
            "line",
            "Leave the line empty: only an indication has one.",
        ),
        ({"kind": "deferral"}, "until", "Say until when: a deferral ends."),
        (
            {"until": "Later"},
            "until",
            "Leave this empty: only a deferral has an end.",
        ),
        ({"when": []}, "when", "Choose at least one finding."),
        ({"sources": []}, "sources", "Choose at least one source."),
    ],
)
def test_a_wrong_criterion_is_told_at_its_field(editor, method, changes, name, message):
    response = save(editor, method, **new_criterion(method, **changes))
    field = f"criteria-{method.criteria.count()}-{name}"
    assert errors(response) == {field: [message]}


def test_a_finding_cannot_be_both_needed_and_excluded(editor, method):
    smoker = Finding.objects.get(code="smoker")
    response = save(editor, method, **new_criterion(method, unless=[smoker.pk]))
    assert errors(response) == {
        f"criteria-{method.criteria.count()}-unless": [
            f"Remove “{smoker.label}” here or from “when”: it cannot be in both."
        ]
    }


def test_a_criterion_with_weak_sources_only_is_marked(editor):
    trait = Trait.objects.create(slug="warms", name="Warms")
    weak = b"Weak source: the clinic\xe2\x80\x99s doctor must confirm."
    row = trait.criteria.create(kind="check", for_patient="-", for_staff="-")
    row.sources.set(Source.objects.filter(code__in=["GK", "E8"]))
    assert editor.get(page(trait)).content.count(weak) == 1
    row.sources.add(Source.objects.get(code="G14"))
    assert editor.get(page(trait)).content.count(weak) == 0


def test_a_method_cannot_be_a_variant_of_itself(editor, method):
    response = save(editor, method, follows=method.pk)
    assert errors(response) == {"follows": ["A method cannot be a variant of itself."]}


# Lists


@pytest.mark.parametrize("model", [Method, Trait, ScarType, Finding, Source])
def test_a_list_costs_the_same_for_one_row_and_for_all(editor, count_queries, model):
    url = page(model, "changelist")
    pk = model.objects.first().pk
    assert count_queries(editor, f"{url}?id={pk}") == count_queries(editor, url)


def column(client, name):
    changes = client.get(page(Method, "changelist")).context["cl"]
    admin = changes.model_admin
    return {each.slug: str(getattr(admin, name)(each)) for each in changes.result_list}


def test_the_list_tells_what_is_unpublished(editor, method):
    save(editor, method, summary="Newer")
    changed = column(editor, "unpublished_changes")
    assert [slug for slug, value in changed.items() if value == "Yes"] == [method.slug]


def test_what_is_stored_of_unpublished_changes_is_what_a_comparison_finds(
    editor, method
):
    """Through every way in which the admin changes a draft or what is live."""
    steps = {
        "loaded": lambda: None,
        "criterion": lambda: save(editor, method, **new_criterion(method)),
        "published": lambda: publish(editor, method),
        "saved unchanged": lambda: save(editor, method),
        "text": lambda: save(editor, method, summary="Newer"),
        "text back": lambda: save(editor, method, summary=method.summary),
        "brought back": lambda: editor.post(page(method, "bring_back", 1)),
        "published again": lambda: publish(editor, method),
        "unpublished": lambda: unpublish(editor, method, confirmed="yes"),
    }
    stored, found = {}, {}
    for step, act in steps.items():
        act()
        subject = Method.objects.for_draft().get(pk=method.pk)
        stored[step] = subject.has_changes
        found[step] = drafts.has_unpublished_changes(subject)
    assert stored == found
    changed = [step for step, has_changes in stored.items() if has_changes]
    assert changed == ["criterion", "text", "brought back", "unpublished"]
    for model in (Method, Trait, ScarType):
        assert [
            each
            for each in model.objects.for_draft()
            if each.has_changes != drafts.has_unpublished_changes(each)
        ] == []


@pytest.mark.parametrize("query", ["microneedling-prp", "plasma"])
def test_the_search_finds_by_address_and_by_other_names(editor, query):
    response = editor.get(page(Method, "changelist"), {"q": query})
    found = [each.slug for each in response.context["cl"].result_list]
    assert "microneedling-prp" in found


def unpublish(client, *subjects, **confirmed):
    data = {"action": "unpublish", "_selected_action": [each.pk for each in subjects]}
    return client.post(page(type(subjects[0]), "changelist"), data | confirmed)


def test_unpublishing_asks_first(editor, method):
    response = unpublish(editor, method)
    assert response.status_code == 200
    method.refresh_from_db()
    assert method.live_revision is not None


def test_unpublishing_takes_it_off_the_site(editor):
    method = Method.objects.get(slug="tca-cross")
    response = unpublish(editor, method, confirmed="Unpublish")
    assert told(response) == [f"“{method}” is no longer live."]
    method.refresh_from_db()
    assert method.live_revision is None


def test_a_main_entry_of_live_variants_is_not_unpublished(editor):
    variant = Method.objects.get(slug="microneedling-prp")
    response = unpublish(editor, variant.follows, confirmed="Unpublish")
    assert told(response) == [
        "“Microneedling” stays live. Unpublish first: Microneedling with PRP."
    ]


# Versions and preview


@pytest.mark.parametrize("model", [Method, Trait, ScarType])
def test_versions_list_number_and_note(editor, model):
    subject = model.objects.last()
    publish(editor, subject, "Said so")
    revisions = editor.get(page(subject, "versions")).context["revisions"]
    listed = [(each.number, each.note, each.created_by) for each in revisions]
    assert listed[0] == (2, "Said so", User.objects.get(username="editor"))
    assert listed[1] == (1, "Starter catalogue", None)


def test_versions_cost_the_same_for_one_and_for_three(editor, method, count_queries):
    editor.get(page(method, "versions"))
    for_one = count_queries(editor, page(method, "versions"))
    publish(editor, method)
    publish(editor, method)
    editor.get(page(method, "versions"))
    assert count_queries(editor, page(method, "versions")) == for_one


@pytest.mark.parametrize("model", [Method, Trait, ScarType])
def test_an_old_version_and_the_draft_can_be_looked_at(editor, model):
    subject = model.objects.last()
    name = "name" if model is Trait else "title"
    old = getattr(subject, name)
    model.objects.filter(pk=subject.pk).update(**{name: "Newer"})
    assert old in editor.get(page(subject, "version", 1)).content.decode()
    draft = editor.get(page(subject, "preview")).content.decode()
    assert "Newer" in draft
    assert "Preview of the draft. Visitors do not see this." in draft


def test_bringing_back_replaces_the_draft_only(editor, method):
    publish(editor, method, title="Newer")
    response = editor.post(page(method, "bring_back", 1))
    assert told(response)[-1] == (
        "Version 1 is the draft now. Visitors see it once you publish."
    )
    method.refresh_from_db()
    assert method.title == "Nutmeg mask"
    assert method.live_revision.content["title"] == "Newer"


def test_bringing_back_takes_a_post(editor, method):
    assert editor.get(page(method, "bring_back", 1)).status_code == 405


def test_an_unknown_version_is_not_found(editor, method):
    assert editor.get(page(method, "version", 9)).status_code == 404
    assert editor.post(page(method, "bring_back", 9)).status_code == 404


# Permissions


PAGES = [("versions", ()), ("version", (1,)), ("preview", ())]


@pytest.mark.parametrize(("name", "args"), PAGES)
def test_drafts_and_versions_are_for_those_who_may_view(method, name, args):
    url = page(method, name, *args)
    assert Client().get(url).status_code == 302
    assert log_in(make_staff("nobody", verbs=[])).get(url).status_code == 403
    assert log_in(make_staff("reader", verbs=["view"])).get(url).status_code == 200


def test_a_reader_changes_nothing(editor, method):
    typed = opened(editor, method, title="Newer", what_changed="-")
    reader = log_in(make_staff("reader", verbs=["view"]))
    assert reader.post(page(method, "bring_back", 1)).status_code == 403
    response = reader.post(page(method), typed | {"_publish": "1"})
    assert response.status_code == 403
    shown = reader.get(page(method)).content
    assert b"_publish" not in shown
    unpublish(reader, method, confirmed="Unpublish")
    method.refresh_from_db()
    assert (method.title, method.live_revision.number) == ("Nutmeg mask", 1)


def test_who_may_only_add_cannot_publish():
    client = log_in(make_staff("adder", verbs=["add", "view"]))
    data = form_data(client.get(page(Method, "add")))
    data |= {"title": "Warm", "slug": "warm", "group": "laser", "what_changed": "-"}
    response = client.post(page(Method, "add"), data | {"_publish": "1"})
    assert response.status_code == 403


def test_an_editor_sees_no_consultations(editor):
    apps = editor.get(reverse("admin:index")).context["app_list"]
    assert [app["app_label"] for app in apps] == ["methods"]


# Findings and sources


QUESTION = {
    "label": "Takes warfarin",
    "question": "Do you take warfarin?",
    "hint": "",
    "group": "medicines",
    "position": "2000",
    "code": "",
    "route": "",
    "told": "",
}


def test_a_new_health_question_is_asked_and_can_be_chosen_at_once(editor):
    editor.post(page(Finding, "add"), QUESTION)
    asked = Finding.objects.get(label="Takes warfarin")
    assert (asked.origin, asked.code) == ("question", "q_takes_warfarin")
    assert asked.is_asked
    assert asked.code in live.protocol().questions
    query = {"app_label": "methods", "model_name": "criterion", "field_name": "when"}
    response = editor.get(reverse("admin:autocomplete"), query | {"term": "warfarin"})
    assert str(asked.pk) in [each["id"] for each in response.json()["results"]]


def test_two_questions_of_one_name_have_two_codes(editor):
    editor.post(page(Finding, "add"), QUESTION)
    editor.post(page(Finding, "add"), QUESTION)
    codes = Finding.objects.filter(label="Takes warfarin").values_list("code")
    assert list(codes) == [("q_takes_warfarin",), ("q_takes_warfarin_2",)]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ice_pick", "The site uses this code itself. Choose another."),
        ("pregnant", "Finding with this Code already exists."),
    ],
)
def test_a_code_in_use_is_refused_at_its_field(editor, code, message):
    response = editor.post(page(Finding, "add"), QUESTION | {"code": code})
    assert message in errors(response)["code"]


def test_a_question_needs_words_and_a_page(editor):
    empty = QUESTION | {"question": "", "group": ""}
    response = editor.post(page(Finding, "add"), empty)
    assert list(errors(response)) == ["question", "group"]


def test_a_red_flag_is_told_to_be_whole(editor):
    response = editor.post(page(Finding, "add"), QUESTION | {"route": "Doctor, today"})
    assert response.context["adminform"].form.non_field_errors() == [
        "A red flag needs both: a route, and what the patient is told."
    ]


def test_of_a_health_question_the_code_stays(editor):
    asked = Finding.objects.get(code="pregnant")
    assert "code" not in opened(editor, asked)


@pytest.mark.parametrize(
    ("code", "editable"),
    [
        ("on_face", EDITED),
        (
            "rf_ulcer",
            [
                *("question", "hint", "group", "position", "is_asked", "route", "told"),
                *EDITED,
            ],
        ),
    ],
)
def test_of_what_the_site_establishes_only_words_can_change(editor, code, editable):
    assert list(opened(editor, Finding.objects.get(code=code))) == editable


def test_what_the_site_establishes_cannot_be_deleted(editor):
    coded = Finding.objects.get(code="on_scalp")
    assert editor.post(page(coded, "delete"), {"post": "yes"}).status_code == 403


def test_a_red_flag_keeps_its_route(editor):
    flag = Finding.objects.get(code="rf_ulcer")
    response = save(editor, flag, route="", told="")
    assert list(errors(response)) == ["route", "told"]


@pytest.mark.parametrize("row", [(Finding, "pregnant"), (Source, "G14")])
def test_what_is_in_use_is_not_deleted_and_tells_by_what(editor, row):
    model, code = row
    used = model.objects.get(code=code)
    response = editor.post(page(used, "delete"), {"post": "yes"})
    assert response.context["protected"] == titles_using(used)
    assert model.objects.filter(pk=used.pk).exists()
    assert titles_using(used)[0] in editor.get(page(used)).content.decode()


@pytest.mark.parametrize("row", [(Finding, "pregnant"), (Source, "G14")])
def test_the_action_of_the_list_refuses_as_well(editor, row):
    model, code = row
    used = model.objects.get(code=code)
    data = {"action": "delete_selected", "_selected_action": used.pk, "post": "yes"}
    response = editor.post(page(model, "changelist"), data)
    assert response.context["protected"] == titles_using(used)


def test_an_unused_question_can_be_deleted(editor):
    editor.post(page(Finding, "add"), QUESTION)
    asked = Finding.objects.get(label="Takes warfarin")
    editor.post(page(asked, "delete"), {"post": "yes"})
    assert not Finding.objects.filter(pk=asked.pk).exists()


def test_of_a_source_the_code_stays(editor):
    source = Source.objects.get(code="GK")
    assert list(opened(editor, source)) == ["title", "year", "url", "note", *EDITED]


def test_a_corrected_source_says_what_to_publish_again(editor):
    source = Source.objects.get(code="D17")
    response = save(editor, source, title="FDA communication on needling")
    assert told(response)[0] == (
        "Visitors see the correction once these are published again: "
        + ", ".join(titles_using(source))
    )
