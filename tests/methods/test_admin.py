import re
from html import unescape
from unittest import mock

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.forms import ModelMultipleChoiceField
from django.template.response import SimpleTemplateResponse
from django.test import Client
from django.urls import reverse

from methods.models import (
    Condition,
    Finding,
    Method,
    Pathway,
    ProtocolVersion,
    ScarType,
    Source,
    Synonym,
    Trait,
)
from methods.publishing import drafts, live
from methods.publishing.usage import titles_using
from scarclinic.staff.models import User
from tests.consultations.factories import confirm_what_waits

pytestmark = pytest.mark.django_db

ON_PAGES = ("patient_words", "reason_group")
EDITED = ["opened"]
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


@pytest.fixture
def method_with_rows():
    """Return a treatment that keeps several criteria of its own."""
    return Method.objects.get(slug="steroid-5fu-injection")


def page(subject, name="change", *args):
    names = {Method: "method", Trait: "trait", ScarType: "scartype"}
    names |= {Condition: "condition", Pathway: "pathway"}
    names |= {Finding: "finding", Source: "source", Synonym: "synonym"}
    model = subject if isinstance(subject, type) else type(subject)
    pk = [] if isinstance(subject, type) else [subject.pk]
    return reverse(f"admin:methods_{names[model]}_{name}", args=[*pk, *args])


def unwritten(client, url):
    """Open a page of the admin for its forms only, and return its response without HTML.

    To write a treatment's form takes four times as long as all else.
    """
    with mock.patch.object(SimpleTemplateResponse, "rendered_content", ""):
        return client.get(url)


def form_data(response):
    """Return what a browser would post of a page that nobody touched."""
    forms = [response.context_data["adminform"].form]
    for inline in response.context_data["inline_admin_formsets"]:
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
    return form_data(unwritten(client, page(subject))) | changes


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
    publish(editor, method, **new_criterion(method, for_staff="Typed just now"))
    live = Method.objects.get(pk=method.pk).live_revision.content
    assert "Typed just now" in [row["for_staff"] for row in live["criteria"]]


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
    data = form_data(unwritten(editor, page(Method, "add")))
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
    assert name not in form_data(unwritten(editor, page(subject)))
    assert name in form_data(unwritten(editor, page(model, "add")))


# Two editors at once


def choices(response, choice="mine"):
    """Return the boxes that a browser posts if somebody chooses the same everywhere."""
    found = re.findall(rf'name="([^"]+-clash)" value="({choice} [^"]+)"', response.text)
    return dict(found)


CLASH = "editor changed this while you were editing. Choose below which to keep."


@pytest.fixture
def second():
    return log_in(make_staff("second"))


def test_what_others_changed_elsewhere_in_a_row_is_kept(editor, second, method):
    typed = opened(second, method, title="Second", **{"criteria-0-for_staff": "Mine"})
    save(
        editor,
        method,
        **{"summary": "First", "criteria-0-for_patient": "Theirs", "traits": []},
    )
    response = second.post(page(method), typed | {"_save": "1"})
    assert told(response)[0] == (
        "Kept what editor saved meanwhile: Summary, Traits, Criteria."
    )
    method = Method.objects.for_draft().get(pk=method.pk)
    row = method.criteria.first()
    assert (method.title, method.summary) == ("Second", "First")
    assert (row.for_staff, row.for_patient) == ("Mine", "Theirs")
    assert list(method.traits.all()) == []


def test_nobody_publishes_what_they_have_not_read(editor, second, method):
    typed = opened(second, method, title="Second", what_changed="Title")
    save(editor, method, also_called="First")
    response = second.post(page(method), typed | {"_publish": "1"})
    assert told(response)[1] == (
        "Saved as a draft, not published: it holds what somebody else saved meanwhile. "
        "Read it, then publish."
    )
    assert response.url == page(method)
    method.refresh_from_db()
    assert (method.title, method.also_called) == ("Second", "First")
    assert method.live_revision.number == 1
    publish(second, method)
    method.refresh_from_db()
    assert method.live_revision.content["also_called"] == ["First"]


def test_where_both_changed_one_field_both_texts_are_shown(editor, second, method):
    typed = opened(second, method, title="Second", summary="Mine")
    save(editor, method, title="<First>")
    response = second.post(page(method), typed | {"_save": "1"})
    assert errors(response) == {"title": [CLASH]}
    assert (form_data(response)["title"], form_data(response)["summary"]) == (
        "Second",
        "Mine",
    )
    assert response.text.count('<p class="clash-theirs">&lt;First&gt;</p>') == 1
    for choice in ("mine", "theirs"):
        assert f'<label for="id_title-{choice}">' in response.text
        assert f'id="id_title-{choice}"' in response.text
    assert 'aria-describedby="id_title_error"' in response.text
    method.refresh_from_db()
    assert (method.title, method.summary == "Mine") == ("<First>", False)


@pytest.mark.parametrize(("choice", "title"), [("mine", "Second"), ("theirs", "First")])
def test_who_has_seen_both_chooses(editor, second, method, choice, title):
    typed = opened(second, method, title="Second", summary="Mine")
    save(editor, method, title="First")
    response = second.post(page(method), typed | {"_save": "1"})
    again = form_data(response) | choices(response, choice)
    assert second.post(page(method), again | {"_save": "1"}).status_code == 302
    method.refresh_from_db()
    assert (method.title, method.summary) == (title, "Mine")


@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_a_choice_holds_only_for_the_text_that_was_shown(
    editor, second, method, choice
):
    typed = opened(second, method, title="Second")
    save(editor, method, title="First")
    response = second.post(page(method), typed | {"_save": "1"})
    again = form_data(response) | choices(response, choice)
    save(editor, method, title="Third")
    response = second.post(page(method), again | {"_save": "1"})
    assert errors(response) == {"title": [CLASH]}
    assert (form_data(response)["title"], "Third" in response.text) == ("Second", True)
    method.refresh_from_db()
    assert method.title == "Third"


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"title": 1}'])
def test_without_what_it_said_when_opened_nothing_is_overwritten(
    editor, method, broken
):
    typed = opened(editor, method, title="Second", opened=broken)
    response = editor.post(page(method), typed | {"_save": "1"})
    assert errors(response).keys() == {"title"}
    method.refresh_from_db()
    assert method.title == "Nutmeg mask"


def test_both_who_made_the_same_change_agree(editor, second, method):
    typed = opened(second, method, title="Same", summary="Mine")
    save(editor, method, title="Same")
    response = second.post(page(method), typed | {"_save": "1"})
    assert (response.status_code, len(told(response))) == (302, 1)


ROWS = [
    # of other rows: what the first changes, and what the second
    (Source, {"code": "D17"}, "note", "title"),
    (Synonym, {}, "means", "phrase"),
]


@pytest.mark.parametrize(("model", "which", "first", "second"), ROWS)
def test_every_row_is_merged_field_by_field(editor, model, which, first, second):
    row = model.objects.filter(**which).first()
    opened_by_both = opened(editor, row)
    response = editor.post(page(row), opened_by_both | {first: "Dermabrasion"})
    assert response.status_code == 302
    typed = opened_by_both | {second: "grinding down"}
    assert editor.post(page(row), typed).status_code == 302
    row.refresh_from_db()
    assert (getattr(row, first), getattr(row, second)) == (
        "Dermabrasion",
        "grinding down",
    )
    response = editor.post(page(row), opened_by_both | {first: "needling"})
    assert errors(response) == {first: [CLASH]}
    row.refresh_from_db()
    assert getattr(row, first) == "Dermabrasion"


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


def test_nobody_alone_is_asked_to_choose(editor, method):
    assert "-clash" not in editor.get(page(method)).text
    response = save(editor, method, title="")
    assert (errors(response).keys(), choices(response)) == ({"title"}, {})


def test_criteria_that_others_added_or_deleted_stay_so(
    editor, second, method_with_rows
):
    method = method_with_rows
    count = method.criteria.count()
    typed = opened(second, method, title="Second")
    save(editor, method, **new_criterion(method, for_staff="Added"))
    save(editor, method, **{"criteria-1-DELETE": "on"})
    response = second.post(page(method), typed | {"_save": "1"})
    assert told(response)[0] == "Kept what editor saved meanwhile: Criteria."
    assert method.criteria.count() == count
    assert method.criteria.filter(for_staff="Added").count() == 1


def test_criteria_that_two_add_are_both_kept(editor, second, method):
    count = method.criteria.count()
    typed = opened(second, method, **new_criterion(method, for_staff="Mine"))
    save(editor, method, **new_criterion(method, for_staff="Theirs"))
    assert second.post(page(method), typed | {"_save": "1"}).status_code == 302
    assert method.criteria.count() == count + 2


@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_a_criterion_changed_here_and_deleted_there_asks(
    editor, second, method_with_rows, choice
):
    method = method_with_rows
    rows = list(method.criteria.values_list("for_staff", flat=True))
    typed = opened(second, method, **{"criteria-1-for_staff": "Mine"})
    save(editor, method, **{"criteria-1-DELETE": "on", "criteria-0-DELETE": "on"})
    response = second.post(page(method), typed | {"_save": "1"})
    assert errors(response) == {"criteria-1-for_staff": [CLASH]}
    assert all(
        f'id="id_criteria-{number}-for_staff"' in response.text
        for number in range(len(rows))
    )
    again = form_data(response) | choices(response, choice)
    assert second.post(page(method), again | {"_save": "1"}).status_code == 302
    kept = set(method.criteria.values_list("for_staff", flat=True))
    assert kept == {*rows[2:], *(["Mine"] if choice == "mine" else [])}


@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_a_criterion_deleted_here_and_changed_there_asks(
    editor, second, method, choice
):
    typed = opened(second, method, **{"criteria-0-DELETE": "on"})
    pk = typed["criteria-0-id"]
    save(editor, method, **{"criteria-0-for_staff": "Theirs"})
    response = second.post(page(method), typed | {"_save": "1"})
    assert errors(response) == {"criteria-0-for_staff": [CLASH]}
    assert "Theirs" in response.text
    assert method.criteria.filter(pk=pk).exists()
    again = (
        form_data(response) | choices(response, choice) | {"criteria-0-DELETE": "on"}
    )
    assert second.post(page(method), again | {"_save": "1"}).status_code == 302
    kept = method.criteria.filter(pk=pk).values_list("for_staff", flat=True)
    assert list(kept) == ([] if choice == "mine" else ["Theirs"])


def test_bringing_back_counts_as_an_edit(editor, method):
    save(editor, method, title="Draft", **{"criteria-0-for_staff": "Draft"})
    typed = opened(editor, method, title="Mine", **{"criteria-0-for_staff": "Mine"})
    editor.post(page(method, "bring_back", 1))
    response = editor.post(page(method), typed | {"_save": "1"})
    assert errors(response).keys() == {"title", "criteria-0-for_staff"}
    assert "Nutmeg mask" in response.text


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
            {"level": "test"},
            "level",
            "Leave the level empty: only a precaution has one.",
        ),
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


def test_only_a_contraindication_refers_to_somebody_else(editor, method):
    to = Method.objects.get(slug="ref-dermatologist").pk
    save(editor, method, **new_criterion(method, refer=[to]))
    method = Method.objects.for_draft().get(pk=method.pk)
    assert drafts.draft(method)["criteria"][-1]["refer"] == ["ref-dermatologist"]
    row = {"kind": "precaution", "level": "doctor", "refer": [to]}
    response = save(editor, method, **new_criterion(method, **row))
    assert errors(response) == {
        f"criteria-{method.criteria.count()}-refer": [
            "Leave this empty: only a contraindication refers elsewhere."
        ]
    }


def test_a_row_that_is_added_to_a_condition_reaches_its_methods(editor, method):
    condition = Condition.objects.get(finding__code="smoker")
    row = {"methods": [method.pk], "kind": "precaution", "level": "test"}
    response = publish(editor, condition, **new_criterion(condition, **row))
    assert told(response) == ["Published. Visitors see this version now."]
    method.refresh_from_db()
    assert [
        (row["kind"], row["level"])
        for row in method.live_revision.content["criteria"]
        if row["origin"] == "condition:smoker" and row["for_staff"] == "Wait."
    ] == [("precaution", "test")]


def test_a_row_of_a_condition_names_its_treatments(editor):
    condition = Condition.objects.get(finding__code="smoker")
    response = save(editor, condition, **new_criterion(condition))
    assert errors(response) == {
        f"criteria-{condition.criteria.count()}-methods": [
            "Choose at least one treatment."
        ]
    }


@pytest.mark.parametrize("model", [Method, Condition, Pathway])
def test_saving_what_nobody_touched_changes_nothing(editor, model):
    subject = model.objects.last()
    save(editor, subject)
    subject.refresh_from_db()
    assert subject.has_changes is False
    assert not drafts.has_unpublished_changes(
        model.objects.for_draft().get(pk=subject.pk)
    )


def test_a_doctor_approves_the_latest_number(editor):
    version = ProtocolVersion.objects.first()
    data = {"action": "approve", "_selected_action": [version.pk]}
    listed = reverse("admin:methods_protocolversion_changelist")
    response = editor.post(listed, data)
    assert told(response) == ["Only a doctor approves the protocol."]
    User.objects.filter(username="editor").update(profession="doctor")
    response = editor.post(listed, data)
    assert told(response)[-1] == f"Protocol {version.number} is approved."
    version.refresh_from_db()
    assert version.approved_by.username == "editor"


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


@pytest.mark.parametrize("model", [Method, Trait, ScarType, Condition, Finding, Source])
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
        "confirmed": confirm_what_waits,
        "unpublished": lambda: unpublish(editor, method, confirmed="yes"),
        "confirmed as well": confirm_what_waits,
    }
    stored, found = {}, {}
    for step, act in steps.items():
        act()
        subject = Method.objects.for_draft().get(pk=method.pk)
        stored[step] = subject.has_changes
        found[step] = drafts.has_unpublished_changes(subject)
    assert stored == found
    changed = [step for step, has_changes in stored.items() if has_changes]
    assert changed == [
        *("criterion", "text", "brought back", "published again"),
        "confirmed as well",
    ]
    for model in (Method, Trait, ScarType, Condition, Pathway):
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


def test_the_search_of_a_list_reads_the_texts_and_a_picker_does_not(editor):
    def found(model, words):
        response = editor.get(page(model, "changelist"), {"q": words})
        return [each.pk for each in response.context["cl"].result_list]

    subcision = Method.objects.get(slug="subcision")
    assert found(Method, "faint crackle") == [subcision.pk]
    rule = subcision.criteria.first()
    assert found(Method, f'"{rule.for_staff}"') == [subcision.pk]
    scar = ScarType.objects.first()
    assert scar.pk in found(ScarType, f'"{scar.looks_like.splitlines()[0]}"')
    of_pickers = {"app_label": "methods", "model_name": "relation"}
    of_pickers |= {"field_name": "methods", "term": "faint crackle"}
    answer = editor.get(reverse("admin:autocomplete"), of_pickers)
    assert answer.json()["results"] == []


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
    assert told(response)[0].startswith(f"“{method}” waits: it loosens protection")
    confirm_what_waits()
    method.refresh_from_db()
    assert method.live_revision is None


def test_a_main_entry_of_live_variants_is_not_unpublished(editor):
    variant = Method.objects.get(slug="microneedling-prp")
    response = unpublish(editor, variant.follows, confirmed="Unpublish")
    assert told(response) == [
        "“Microneedling” stays live. Unpublish first: Microneedling with your own plasma (PRP)."
    ]


# Versions and preview


@pytest.mark.parametrize("model", [Method, Trait, ScarType, Condition])
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


CRITERION = {
    "kind": "precaution",
    "line": "",
    "level": "test",
    "when": ["smoker"],
    "unless": ["under_22"],
    "until": "",
    "refer": [],
    "for_patient": "Words for the patient.",
    "for_staff": "Words for staff.",
    "contested": "Words of the others.",
    "sources": ["B26"],
    "reviewed_on": "2031-02-03",
    "origin": "",
}
CRITERIA = [
    CRITERION,
    CRITERION | {"kind": "deferral", "level": "", "until": "the next moon"},
    CRITERION | {"kind": "contraindication", "level": "", "refer": ["ref-therapist"]},
    CRITERION | {"kind": "indication", "level": "", "line": "adjunct"},
]
CRITERION_WORDS = [
    *("Precaution", "Test spot", "Smoking", "Under 22", "the next moon"),
    *("Words for the patient.", "Words for staff.", "Words of the others.", "B26"),
    *("2031-02-03", "Physiotherapist or occupational therapist", "Adjunct"),
]
RELATION = {
    "kind": "not_with",
    "methods": ["bodyaga-mask"],
    "scars": ["striae_alba"],
    "when": ["diabetes"],
    "line": "adjunct",
    "is_hard": True,
    "sessions": 37,
    "weeks": 41.5,
    "weeks_dark": 43.0,
    "for_patient": "A gap for the patient.",
    "for_staff": "A gap for staff.",
    "contested": "A gap of the others.",
    "sources": ["B27"],
    "origin": "",
}
CEILING = {
    "substance": "Moonshine",
    "unit": "thimbles",
    "reason_above": "61.25",
    "refuse_above": "73.50",
    "for_staff": "It makes merry.",
    "sources": ["B10"],
    "origin": "",
}
STEP = {
    "number": 1,
    "methods": ["bodyaga-mask"],
    "enter": "The sun is up",
    "sessions_from": 31,
    "sessions_to": 37,
    "weeks_from": None,
    "weeks_to": 43,
    "dose": "A spoonful",
    "measure": "Its shadow",
    "next": "Go home",
    "sources": ["B27"],
}
WRITTEN = [
    (
        Method,
        {"criteria": CRITERIA, "relations": [RELATION], "ceilings": [CEILING]},
        [
            *CRITERION_WORDS,
            *("Weeks between", "Bodyaga", "White stretch marks (striae albae)"),
            *("Diabetes", "Adjunct", "yes", "37", "41.5", "43"),
            *("A gap for the patient.", "A gap for staff.", "A gap of the others."),
            *("B27", "Moonshine", "61.25 thimbles", "73.50 thimbles"),
            *("It makes merry.", "B10"),
        ],
    ),
    (Trait, {"criteria": CRITERIA}, CRITERION_WORDS),
    (
        Condition,
        {
            "criteria": [row | {"methods": ["bodyaga-mask"]} for row in CRITERIA],
            "not_needed": [{"methods": ["dermabrasion"], "why": "It is calm."}],
        },
        [*CRITERION_WORDS, "Bodyaga", "(dermabrasion)", "It is calm."],
    ),
    (
        Pathway,
        {
            "when": ["striae_alba", "diabetes"],
            "response": "It sings",
            "contested": "It hums",
            "steps": [STEP],
        },
        [
            *("White stretch marks (striae albae)", "Diabetes", "It sings", "It hums"),
            *("Bodyaga", "The sun is up", "31–37", "up to 43", "A spoonful"),
            *("Its shadow", "Go home", "B27"),
        ],
    ),
]


@pytest.mark.parametrize(("model", "rows", "words"), WRITTEN)
def test_a_preview_shows_all_that_would_go_live(editor, model, rows, words):
    subject = model.objects.for_draft().first()
    drafts.write_draft(subject, drafts.draft(subject) | rows)
    shown = unescape(editor.get(page(subject, "preview")).content.decode())
    text = re.sub(r"<[^>]+>", "\n", shown)
    assert [each for each in words if each not in text] == []


def test_a_preview_says_from_where_a_shared_rule_comes(editor, method_with_rows):
    shown = editor.get(page(method_with_rows, "preview")).content.decode()
    assert "method:steroid-injection" in shown


def test_an_old_version_shows_its_rules(editor):
    method = Method.objects.for_draft().get(slug="steroid-injection")
    [ceiling, *_others] = method.live_revision.content["ceilings"]
    method.ceilings.all().delete()
    shown = editor.get(page(method, "version", 1)).content.decode()
    assert f"{ceiling['reason_above']} {ceiling['unit']}" in shown


def test_visitors_see_no_rules_for_staff(client):
    method = Method.objects.get(slug="steroid-injection")
    shown = client.get(method.get_absolute_url()).content.decode()
    assert "for staff only" not in shown


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
    data = form_data(unwritten(client, page(Method, "add")))
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
    "advice": "",
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


def test_a_code_that_nobody_typed_is_never_refused(editor):
    labels = ["Takes warfarin"] * 3 + ["Принимает варфарин", "服用华法林", "—"]
    for label in labels:
        editor.post(page(Finding, "add"), QUESTION | {"label": label})
    Finding.objects.get(code="q_takes_warfarin").delete()
    Finding.objects.get(code="q_question").delete()
    for label in ("Takes warfarin", "Takes warfarin", "Варфарин"):
        added = editor.post(page(Finding, "add"), QUESTION | {"label": label})
        assert added.status_code == 302
    assert set(
        Finding.objects.filter(position=2000).values_list("code", flat=True)
    ) == {
        *(f"q_takes_warfarin{number}" for number in ("", "_2", "_3", "_4")),
        *(f"q_question{number}" for number in ("", "_2", "_3")),
    }


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
        ("on_face", [*ON_PAGES, *EDITED]),
        (
            "rf_ulcer",
            [
                *(
                    "question",
                    "hint",
                    "question_for_child",
                    "hint_for_child",
                    "group",
                    "position",
                    "is_asked_alone",
                    *ON_PAGES,
                    "is_asked",
                    "route",
                    "advice",
                    "advice_for_child",
                ),
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
    response = save(editor, flag, route="", advice="")
    assert list(errors(response)) == ["route", "advice"]
    response = save(editor, flag, advice="If it bleeds, call 112.")
    assert errors(response) == {
        "advice": [
            "Write {emergency} in place of the number in “call 112”: the site puts the "
            "clinic’s own."
        ]
    }


@pytest.mark.parametrize("row", [(Finding, "pregnant"), (Source, "G-S1")])
def test_what_is_in_use_is_not_deleted_and_tells_by_what(editor, row):
    model, code = row
    used = model.objects.get(code=code)
    response = editor.post(page(used, "delete"), {"post": "yes"})
    assert response.context["protected"] == titles_using(used)
    assert model.objects.filter(pk=used.pk).exists()
    assert titles_using(used)[0] in editor.get(page(used)).content.decode()


@pytest.mark.parametrize("row", [(Finding, "pregnant"), (Source, "G-S1")])
def test_the_action_of_the_list_refuses_as_well(editor, row):
    model, code = row
    used = model.objects.get(code=code)
    data = {"action": "delete_selected", "_selected_action": used.pk, "post": "yes"}
    response = editor.post(page(model, "changelist"), data)
    assert response.context["protected"] == titles_using(used)


def test_an_unused_question_can_be_deleted(editor):
    editor.post(page(Finding, "add"), QUESTION)
    asked = Finding.objects.get(label="Takes warfarin")
    response = editor.post(page(asked, "delete"), {"post": "yes"})
    assert response.context["protected"] == [
        "“Takes warfarin” is asked: switch that off first"
    ]
    save(editor, asked, is_asked="")
    confirm_what_waits()
    editor.post(page(asked, "delete"), {"post": "yes"})
    assert not Finding.objects.filter(pk=asked.pk).exists()


def test_of_a_source_the_code_stays(editor):
    source = Source.objects.get(code="GK")
    fields = ["title", "kind", "year", "url", "note"]
    assert list(opened(editor, source)) == [*fields, *EDITED]


def test_a_corrected_source_says_what_to_publish_again(editor):
    source = Source.objects.get(code="D17")
    response = save(editor, source, title="FDA communication on needling")
    assert told(response)[0] == (
        "Visitors see the correction once these are published again: "
        + ", ".join(titles_using(source))
    )


def test_an_empty_post_of_a_coded_finding_blanks_nothing(editor):
    statuses = {}
    for code in ("very_itchy", "rf_ulcer", "rf_child"):
        finding = Finding.objects.filter(code=code)
        before = finding.values().get()
        blank = dict.fromkeys(
            ("label", "question", "hint", "group", "route", "advice"), ""
        )
        for data in ({}, blank):
            response = editor.post(page(finding.get()), data)
            statuses.setdefault(code, []).append(response.status_code)
            assert finding.values().get() == before
    # The site's own finding has no field to change; a red flag has, and needs them all.
    assert statuses == {
        "very_itchy": [302, 302],
        "rf_ulcer": [200, 200],
        "rf_child": [200, 200],
    }
