"""Consent: asked one purpose at a time, recorded word for word, taken back at any time."""

import hashlib
from io import StringIO

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from consultations.intake import consents
from consultations.letters import outbox
from consultations.models import (
    ConsentDecision,
    ConsentPurpose,
    ConsentText,
    ConsentVersion,
    DecidedBy,
    Intake,
    IntakeStatus,
    LetterKind,
    LetterTemplate,
    Photo,
    Plan,
)
from scarclinic.staff.models import User
from tests.consultations.factories import confirm_what_waits
from tests.consultations.photos.files import put_photo

pytestmark = pytest.mark.django_db

ASSESSMENT, PHOTOS, TEACHING, REMINDERS = ConsentPurpose
PATIENT, GUARDIAN = DecidedBy.PATIENT, DecidedBy.GUARDIAN
LIST = reverse("admin:consultations_consenttext_changelist")


@pytest.fixture
def draft():
    intake, _token = Intake.objects.begin()
    return intake


@pytest.fixture
def sent(draft):
    draft.status = IntakeStatus.SUBMITTED
    draft.reference = "ABCD-2345"
    draft.submitted_at = timezone.now()
    draft.save()
    Plan.objects.create(intake=draft, is_flagged=False)
    return draft


def text_of(purpose):
    return ConsentText.objects.get(purpose=purpose, language="en-gb", reader="patient")


def new_words(purpose, words="I agree, in newer words."):
    text = text_of(purpose)
    text.label = words
    text.save()
    return consents.publish(text, by=None)


def in_german(*purposes):
    for purpose in purposes:
        text = ConsentText.objects.create(
            purpose=purpose,
            language="de",
            label="Ich stimme zu.",
            explanation="Wozu.",
            withdrawal="Widerruf.",
        )
        consents.publish(text, by=None)


def agree(intake, *purposes, by=PATIENT, name=""):
    return consents.decide(intake, dict.fromkeys(purposes, True), by=by, name=name)


def history(intake, purpose):
    rows = intake.consents.filter(version__text__purpose=purpose).order_by("pk")
    return [(row.is_given, row.version.number, row.decided_by) for row in rows]


def add_photo(intake):
    return put_photo(intake.scars.get())


# What is asked


def test_every_purpose_is_asked_in_its_own_words():
    live = consents.live("en-gb")
    assert list(live) == list(ConsentPurpose)
    assert {each.number for each in live.values()} == {1}
    assert len({each.label for each in live.values()}) == len(ConsentPurpose)


def test_what_is_asked_is_the_newest_version():
    version = new_words(TEACHING)
    assert consents.live("en-gb")[TEACHING] == version
    assert consents.live("en-gb")[PHOTOS].number == 1


def test_a_draft_of_a_text_is_not_asked():
    ConsentText.objects.update(label="Half-typed")
    assert "Half-typed" not in {each.label for each in consents.live("en-gb").values()}


def test_a_language_without_words_of_its_own_has_those_of_the_site():
    in_german(PHOTOS)
    live = consents.live("de")
    assert {purpose: each.text.language for purpose, each in live.items()} == {
        ASSESSMENT: "en-gb",
        PHOTOS: "de",
        TEACHING: "en-gb",
        REMINDERS: "en-gb",
    }
    assert {each.text.language for each in consents.live("en-gb").values()} == {"en-gb"}


@pytest.mark.parametrize(("language", "count"), [("en-gb", 1), ("de", 2)])
def test_reading_what_is_asked_costs_the_same_for_many_versions(
    django_assert_num_queries, language, count
):
    for number in range(3):
        new_words(PHOTOS, f"I agree, {number}")
    with django_assert_num_queries(count):
        for each in consents.live(language).values():
            assert each.text.language


# What was decided


def test_a_decision_keeps_the_words_the_language_and_who(draft):
    version = new_words(PHOTOS, "I agree to ünïcode.")
    agree(draft, PHOTOS, by=GUARDIAN, name="Grace Okafor")
    decision = draft.consents.get()
    words = "\n\n".join(
        ("I agree to ünïcode.", version.explanation, version.withdrawal)
    )
    assert decision.digest == hashlib.sha256(words.encode()).hexdigest()
    assert (decision.version, decision.language) == (version, "en-gb")
    assert (decision.decided_by, decision.name) == ("guardian", "Grace Okafor")
    assert abs((timezone.now() - decision.decided_at).total_seconds()) < 60


def test_the_language_is_that_of_the_words_and_not_of_the_patient(draft):
    draft.language = "de"
    draft.save()
    in_german(PHOTOS)
    agree(draft, PHOTOS, TEACHING)
    decisions = draft.consents.in_force()
    assert {purpose: each.language for purpose, each in decisions.items()} == {
        PHOTOS: "de",
        TEACHING: "en-gb",
    }


def test_what_was_not_asked_and_what_was_refused_are_no_agreement(draft):
    consents.decide(draft, {TEACHING: False, PHOTOS: True}, by=PATIENT)
    has = {purpose: draft.consents.is_agreed(purpose) for purpose in ConsentPurpose}
    assert has == {ASSESSMENT: False, PHOTOS: True, TEACHING: False, REMINDERS: False}
    assert history(draft, TEACHING) == [(False, 1, "patient")]
    assert history(draft, REMINDERS) == []


def test_saying_the_same_again_adds_nothing(draft):
    assert len(agree(draft, PHOTOS, TEACHING)) == 2
    assert agree(draft, PHOTOS, TEACHING) == []
    assert history(draft, PHOTOS) == [(True, 1, "patient")]


def test_a_change_is_added_and_nothing_is_overwritten(draft):
    agree(draft, TEACHING)
    consents.decide(draft, {TEACHING: False}, by=PATIENT)
    agree(draft, TEACHING)
    assert history(draft, TEACHING) == [
        (True, 1, "patient"),
        (False, 1, "patient"),
        (True, 1, "patient"),
    ]
    assert draft.consents.is_agreed(TEACHING) is True


def test_newer_words_and_another_who_are_decisions_of_their_own(draft):
    agree(draft, PHOTOS)
    new_words(PHOTOS)
    agree(draft, PHOTOS)
    agree(draft, PHOTOS, by=DecidedBy.GUARDIAN, name="Grace Okafor")
    agree(draft, PHOTOS, by=DecidedBy.GUARDIAN, name="Godwin Okafor")
    assert history(draft, PHOTOS) == [
        (True, 1, "patient"),
        (True, 2, "patient"),
        (True, 2, "guardian"),
        (True, 2, "guardian"),
    ]


def test_the_words_that_were_shown_are_recorded_though_newer_ones_are_live(draft):
    shown = consents.live("en-gb")
    new_words(PHOTOS)
    consents.decide(draft, {PHOTOS: True}, by=PATIENT, versions=shown)
    assert history(draft, PHOTOS) == [(True, 1, "patient")]


def test_publishing_the_live_words_again_is_the_same_version():
    version = new_words(PHOTOS)
    assert consents.publish(text_of(PHOTOS), by=None) == version
    assert text_of(PHOTOS).versions.count() == 2


def test_publishing_newer_words_changes_no_agreement(draft):
    agree(draft, PHOTOS)
    before = list(ConsentDecision.objects.values())
    new_words(PHOTOS)
    assert list(ConsentDecision.objects.values()) == before
    assert draft.consents.is_agreed(PHOTOS) is True


def test_one_patients_decisions_are_not_anothers(draft):
    other, _token = Intake.objects.begin()
    agree(other, *ConsentPurpose)
    assert draft.consents.in_force() == {}
    assert draft.consents.is_agreed(PHOTOS) is False


def test_deciding_costs_the_same_for_one_purpose_and_for_all(
    draft, django_assert_num_queries
):
    # A savepoint, the draft, the words, what was decided, what is new, the ledger.
    with django_assert_num_queries(7):
        agree(draft, PHOTOS)
    for _time in range(3):
        consents.withdraw(draft, TEACHING, by=PATIENT)
        agree(draft, TEACHING)
    with django_assert_num_queries(7):
        agree(draft, *ConsentPurpose)
    with django_assert_num_queries(1):
        assert len(draft.consents.in_force()) == 4
    with django_assert_num_queries(1):
        assert draft.consents.is_agreed(REMINDERS)


# Taken back


def test_taking_back_adds_a_row_with_the_words_that_were_agreed_to(draft):
    agree(draft, TEACHING)
    new_words(TEACHING)
    consents.withdraw(draft, TEACHING, by=DecidedBy.CLINIC, name="Clara Weiss")
    assert history(draft, TEACHING) == [(True, 1, "patient"), (False, 1, "clinic")]
    assert draft.consents.in_force()[TEACHING].name == "Clara Weiss"


def test_taking_back_twice_or_what_was_never_given_adds_nothing(draft):
    agree(draft, TEACHING)
    for who in (PATIENT, DecidedBy.CLINIC):
        consents.withdraw(draft, TEACHING, by=who)
        consents.withdraw(draft, REMINDERS, by=who)
    assert history(draft, TEACHING) == [(True, 1, "patient"), (False, 1, "patient")]
    assert history(draft, REMINDERS) == []


@pytest.mark.parametrize(
    "take_back",
    [
        lambda intake: consents.withdraw(intake, PHOTOS, by=PATIENT),
        lambda intake: consents.decide(intake, {PHOTOS: False}, by=PATIENT),
    ],
    ids=["withdrawn", "no longer ticked"],
)
def test_photos_are_deleted_with_their_files_when_they_are_taken_back(
    sent, settings, tmp_path, django_capture_on_commit_callbacks, take_back
):
    settings.MEDIA_ROOT = tmp_path
    other, _token = Intake.objects.begin()
    for intake in (sent, other):
        agree(intake, ASSESSMENT, PHOTOS)
    photo, kept = add_photo(sent), add_photo(other)
    with django_capture_on_commit_callbacks(execute=True):
        take_back(sent)
    assert list(Photo.objects.all()) == [kept]
    assert [default_storage.exists(each.path) for each in (photo, kept)] == [
        False,
        True,
    ]
    assert Intake.objects.get(pk=sent.pk).status == IntakeStatus.SUBMITTED


def test_teaching_taken_back_leaves_the_photos(sent, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    agree(sent, PHOTOS, TEACHING)
    photo = add_photo(sent)
    consents.withdraw(sent, TEACHING, by=PATIENT)
    assert Photo.objects.get() == photo
    assert default_storage.exists(photo.path)
    assert sent.consents.is_agreed(PHOTOS) is True


def test_the_assessment_taken_back_stops_a_sent_intake(sent):
    agree(sent, ASSESSMENT, PHOTOS)
    consents.withdraw(sent, ASSESSMENT, by=PATIENT)
    assert Intake.objects.get(pk=sent.pk).status == IntakeStatus.WITHDRAWN
    assert history(sent, ASSESSMENT) == [(True, 1, "patient"), (False, 1, "patient")]
    assert sent.consents.is_agreed(PHOTOS) is True


def test_the_assessment_taken_back_leaves_a_draft_a_draft(draft):
    agree(draft, ASSESSMENT)
    consents.withdraw(draft, ASSESSMENT, by=PATIENT)
    assert Intake.objects.get(pk=draft.pk).status == IntakeStatus.DRAFT
    assert draft.consents.is_agreed(ASSESSMENT) is False


def test_reminders_taken_back_stop_what_waits_but_not_a_link_that_was_asked_for(
    sent, settings, mailoutbox
):
    settings.SITE_URL = "https://clinic.example"
    sent.email = "ada@example.org"
    sent.save()
    agree(sent, REMINDERS)
    for kind in (LetterKind.RECEIVED, LetterKind.LINK, LetterKind.PLAN):
        assert outbox.write(sent, kind, key=f"{kind}-{sent.pk}") is not None
    consents.withdraw(sent, REMINDERS, by=PATIENT)
    assert outbox.write(sent, LetterKind.QUESTION, key="question") is None
    call_command("send_letters", stdout=StringIO())
    link = LetterTemplate.objects.get(kind=LetterKind.LINK)
    assert [each.subject for each in mailoutbox] == [link.subject]


# What staff edit and publish


def log_in(*verbs, name="erika"):
    user = User.objects.create_user(
        name, is_staff=True, first_name="Erika", last_name="Sand"
    )
    names = [f"{verb}_consenttext" for verb in verbs]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def editor():
    return log_in("add", "change", "view")


def page(text, name="change"):
    return reverse(f"admin:consultations_consenttext_{name}", args=[text.pk])


def form_of(response):
    """Return what a browser would post of a page that nobody touched."""
    values = {each.name: each.value() for each in response.context["adminform"].form}
    # A browser sends no box that is not ticked.
    return {name: value for name, value in values.items() if value is not None}


def save(client, text, button="_save", **changes):
    data = form_of(client.get(page(text))) | changes | {button: "1"}
    return client.post(page(text), data)


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def publish(client, text, **changes):
    """Publish words that a second person confirms."""
    response = save(client, text, "_publish", **changes)
    confirm_what_waits()
    return response


def test_saving_keeps_a_draft_that_patients_do_not_read(editor):
    text = text_of(PHOTOS)
    response = save(editor, text, label="I agree, perhaps.")
    assert told(response) == ["Saved as a draft. Patients still read version 1."]
    assert text_of(PHOTOS).label == "I agree, perhaps."
    assert consents.live("en-gb")[PHOTOS].label == text.label


def test_publishing_makes_the_next_version_and_keeps_the_old_one(editor):
    text = text_of(PHOTOS)
    old = ConsentVersion.objects.filter(text=text).values().get()
    response = publish(editor, text, label="I agree, now.")
    assert told(response) == [
        "Other words wait: a clinician who did not write them confirms them first. Until "
        "then patients read what is live."
    ]
    live = consents.live("en-gb")[PHOTOS]
    assert (live.number, live.label) == (2, "I agree, now.")
    assert live.published_by == User.objects.get(username="erika")
    assert ConsentVersion.objects.filter(text=text).values().last() == old


def test_a_spelling_is_corrected_at_once(editor):
    text = text_of(PHOTOS)
    response = save(editor, text, "_publish", label=f"{text.label}.")
    assert told(response) == [
        "Published. Patients are asked in the words of version 2."
    ]


def test_publishing_the_same_words_makes_no_version(editor):
    text = text_of(PHOTOS)
    # As a browser sends what it was given.
    typed = text.explanation.replace("\n", "\r\n")
    response = save(editor, text, "_publish", explanation=typed)
    assert told(response) == ["Nothing to publish: patients read these words already."]
    assert text.versions.count() == 1


def test_lines_are_kept_and_their_ends_are_no_change(editor):
    text = text_of(PHOTOS)
    publish(editor, text, explanation="One.\r\n\r\nTwo.")
    assert consents.live("en-gb")[PHOTOS].explanation == "One.\n\nTwo."
    publish(editor, text, explanation="One.\r\n\r\nTwo.")
    assert text.versions.count() == 2


@pytest.mark.parametrize("name", ["label", "explanation", "withdrawal"])
def test_each_part_of_the_words_makes_a_version_and_none_may_be_empty(editor, name):
    text = text_of(PHOTOS)
    response = save(editor, text, "_publish", **{name: " "})
    assert list(response.context["adminform"].form.errors) == [name]
    publish(editor, text, **{name: "Other words."})
    assert getattr(text.versions.first(), name) == "Other words."
    assert text.versions.count() == 2


def test_the_second_of_two_who_save_is_told_and_publishes_nothing(editor):
    text = text_of(PHOTOS)
    typed = form_of(editor.get(page(text))) | {"label": "Second"}
    save(log_in("change", "view", name="first"), text, label="First")
    response = editor.post(page(text), typed | {"_publish": "1"})
    assert list(response.context["adminform"].form.errors) == ["label"]
    assert form_of(response)["label"] == "Second"
    assert text_of(PHOTOS).label == "First"
    assert text.versions.count() == 1
    # What does not clash is kept, and read before it is published.
    typed |= {"label": text.label, "explanation": "Mine"}
    response = editor.post(page(text), typed | {"_publish": "1"}, follow=True)
    assert "Read it, then publish." in response.text
    text = text_of(PHOTOS)
    assert (text.label, text.explanation) == ("First", "Mine")
    assert text.versions.count() == 1


def live_words(response):
    """Return (the live version's number, {part: words that differ from the draft})."""
    live = response.context["live"]
    return live and live.number, dict(response.context["differences"])


def test_the_page_shows_in_what_the_draft_differs_from_the_live_words(editor):
    text = text_of(PHOTOS)
    assert live_words(editor.get(page(text))) == (1, {})
    save(editor, text, withdrawal="Differently.")
    response = editor.get(page(text))
    assert live_words(response) == (1, {"what taking it back means": text.withdrawal})
    assert text.withdrawal in response.content.decode()
    publish(editor, text)
    assert live_words(editor.get(page(text))) == (2, {})


def rows_of(response):
    rows = response.context["cl"].result_list
    admin = response.context["cl"].model_admin
    return [
        (row.purpose, row.language, admin.version(row), admin.unpublished_changes(row))
        for row in rows
        if row.reader == "patient"
    ]


def test_the_list_says_what_is_live_and_what_is_not_yet(editor, settings):
    settings.LANGUAGES = [("de", "Deutsch"), ("en-gb", "English")]
    publish(editor, text_of(PHOTOS), label="I agree, newly.")
    save(editor, text_of(TEACHING), label="I agree, perhaps.")
    add = reverse("admin:consultations_consenttext_add")
    words = {"purpose": "photos", "language": "de", "label": "Ich stimme zu."}
    words["reader"] = "patient"
    words |= {"explanation": "Wozu.", "withdrawal": "Widerruf.", "_save": "1"}
    response = editor.post(add, words)
    assert told(response)[-1] == "Saved as a draft. Patients are not asked this yet."
    assert rows_of(editor.get(LIST)) == [
        ("photos", "de", "–", "Yes"),
        ("assessment", "en-gb", 1, "No"),
        ("photos", "en-gb", 2, "No"),
        ("reminders", "en-gb", 1, "No"),
        ("teaching", "en-gb", 1, "Yes"),
    ]


def test_the_list_costs_the_same_for_few_texts_and_for_many(editor, count_queries):
    new_words(TEACHING)
    for_four = count_queries(editor, LIST)
    in_german(*ConsentPurpose)
    new_words(PHOTOS)
    assert count_queries(editor, LIST) == for_four


def test_a_language_that_is_new_can_be_published(editor, settings):
    settings.LANGUAGES = [("de", "Deutsch"), ("en-gb", "English")]
    add = reverse("admin:consultations_consenttext_add")
    words = {"purpose": "photos", "language": "de", "label": "Ich stimme zu."}
    words["reader"] = "patient"
    words |= {"explanation": "Wozu.", "withdrawal": "Widerruf.", "_publish": "1"}
    assert editor.post(add, words).url == LIST
    confirm_what_waits()
    assert consents.live("de")[PHOTOS].label == "Ich stimme zu."


def test_every_version_is_listed_with_its_words_its_day_and_who(editor):
    text = text_of(PHOTOS)
    publish(editor, text, label="I agree <b>now</b>.")
    response = editor.get(page(text, "versions"))
    shown = response.content.decode()
    assert [each.number for each in response.context["versions"]] == [2, 1]
    parts = [part.split("</section>")[0] for part in shown.split("<section ")[1:]]
    new, old = parts
    today = date_format(timezone.localdate(), "DATE_FORMAT")
    for part, label in ((new, "I agree &lt;b&gt;now&lt;/b&gt;."), (old, text.label)):
        assert [part.count(each) for each in (label, text.withdrawal, today)] == [1] * 3
    assert [part.count("Erika Sand") for part in parts] == [1, 0]
    assert editor.post(page(text, "versions")).status_code == 405


def test_the_versions_cost_the_same_for_one_and_for_many(editor, count_queries):
    text = text_of(PHOTOS)
    publish(editor, text, label="I agree, 1")
    for_two = count_queries(editor, page(text, "versions"))
    for number in (2, 3):
        publish(editor, text, label=f"I agree, {number}")
    assert count_queries(editor, page(text, "versions")) == for_two


def test_purpose_and_language_are_fixed(editor, settings):
    settings.LANGUAGES = [("de", "Deutsch"), ("en-gb", "English")]
    text = text_of(PHOTOS)
    assert save(editor, text, purpose="teaching", language="de").status_code == 302
    text.refresh_from_db()
    assert (text.purpose, text.language) == ("photos", "en-gb")


def test_nobody_deletes_a_text_not_even_who_may_do_everything():
    root = Client()
    root.force_login(User.objects.create_superuser("root"))
    text = text_of(PHOTOS)
    assert root.post(page(text, "delete"), {"post": "yes"}).status_code == 403
    picked = {"action": "delete_selected", "_selected_action": [text.pk]}
    root.post(LIST, picked | {"post": "yes"})
    assert ConsentText.objects.count() == 2 * len(ConsentPurpose)


def test_who_may_only_look_reads_everything_and_publishes_nothing():
    reader, text = log_in("view"), text_of(PHOTOS)
    shown = reader.get(page(text)).content.decode()
    assert 'name="_publish"' not in shown
    assert 'name="_save"' not in shown
    assert reader.get(page(text, "versions")).status_code == 200
    typed = {"label": "Mine", "explanation": "x", "withdrawal": "x", "_publish": "1"}
    assert reader.post(page(text), typed).status_code == 403
    assert text.versions.count() == 1


def test_who_may_not_look_sees_no_version():
    assert log_in().get(page(text_of(PHOTOS), "versions")).status_code == 403
