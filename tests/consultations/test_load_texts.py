import re
from io import StringIO
from operator import itemgetter

import pytest
from django.core.management import call_command

from consultations import content
from consultations.models import (
    ConsentPurpose,
    ConsentReader,
    ConsentText,
    ConsentVersion,
    LetterKind,
    LetterTemplate,
    MessageTemplate,
)

pytestmark = pytest.mark.django_db

THERE = "The texts are there already; left as they are.\n"


def load():
    out = StringIO()
    call_command("load_texts", stdout=out)
    return out.getvalue()


def empty():
    ConsentVersion.objects.all().delete()
    for model in (ConsentText, LetterTemplate, MessageTemplate):
        model.objects.all().delete()


def rows():
    return [
        list(model.objects.order_by("pk").values())
        for model in (ConsentText, ConsentVersion, LetterTemplate, MessageTemplate)
    ]


def test_an_empty_site_gets_every_text():
    empty()
    count = 2 * len(ConsentPurpose) + len(LetterKind) + len(content.messages())
    assert load() == f"Loaded: {count} texts.\n"
    consents = ConsentText.objects.values_list("purpose", "language", "reader")
    assert sorted(consents) == sorted(
        (each, "en-gb", reader)
        for each in ConsentPurpose.values
        for reader in ConsentReader.values
    )
    letters = LetterTemplate.objects.values_list("kind", "language")
    assert set(letters) == {(each, "en-gb") for each in LetterKind.values}
    order = itemgetter("use", "position", "title")
    fields = ("use", "title", "text", "position", "red_flag")
    messages = MessageTemplate.objects.values(*fields)
    assert sorted(messages, key=order) == sorted(
        ({"red_flag": ""} | each for each in content.messages()), key=order
    )


def test_the_consents_are_published_as_they_are_in_the_file():
    empty()
    load()
    versions = ConsentVersion.objects.select_related("text")
    assert {
        (each.text.reader, each.text.purpose): {
            name: getattr(each, name)
            for name in ("label", "explanation", "withdrawal", "number", "published_by")
        }
        for each in versions
    } == {
        (reader, purpose): words | {"number": 1, "published_by": None}
        for reader, texts in (
            ("patient", content.consents()),
            ("guardian", content.guardian_consents()),
        )
        for purpose, words in texts.items()
    }


def test_loading_again_changes_nothing():
    before = rows()
    assert load() == THERE
    assert rows() == before


def test_what_staff_edited_stays_as_they_left_it():
    ConsentText.objects.update(label="I agree, in our words.")
    LetterTemplate.objects.update(subject="Our subject")
    MessageTemplate.objects.update(text="Our text")
    before = rows()
    assert load() == THERE
    assert rows() == before


def test_messages_that_staff_deleted_stay_away():
    MessageTemplate.objects.all().delete()
    assert load() == THERE
    assert MessageTemplate.objects.count() == 0


def test_a_kind_that_is_missing_is_added():
    ConsentVersion.objects.filter(text__purpose="teaching").delete()
    ConsentText.objects.filter(purpose="teaching").delete()
    LetterTemplate.objects.filter(kind="link").delete()
    assert load() == "Loaded: 3 texts.\n"
    assert ConsentVersion.objects.filter(text__purpose="teaching").count() == 2
    assert LetterTemplate.objects.filter(kind="link").count() == 1


@pytest.mark.parametrize(
    ("name", "read", "kind"),
    [
        ("consents.toml", content.consents, "photos"),
        ("letters.toml", content.letters, "question"),
    ],
)
def test_a_file_that_misses_a_kind_is_refused(tmp_path, monkeypatch, name, read, kind):
    lines = (content.FOLDER / name).read_text().replace(f"[{kind}]", "[other]")
    (tmp_path / name).write_text(lines)
    monkeypatch.setattr(content, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match=rf"{name}: missing or unknown: other, {kind}"):
        read()


def test_every_text_fits_its_field():
    empty()
    load()
    for model in (ConsentText, LetterTemplate, MessageTemplate):
        for each in model.objects.all():
            each.full_clean()


def test_every_consent_begins_with_agreement_and_keeps_to_plain_words():
    every = [*content.consents().values(), *content.guardian_consents().values()]
    for words in every:
        assert re.match("I agree( for my child)? that ", words["label"])
        text = " ".join(words.values())
        for word in ("best", "safe", "guarantee", "painless", "score", "recommend"):
            assert word not in text.lower()
        sentences = text.replace("?", ".").replace(":", ".").split(". ")
        assert [each for each in sentences if len(each.split()) > 20] == []
