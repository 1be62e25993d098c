"""`{% translate %}` that looks each phrase up once, and means what Django's own means."""

import gettext
from datetime import UTC, date, datetime

import pytest
from django.template import Context, Template
from django.utils import timezone, translation
from django.utils.translation import trans_real

LOAD = "{% load i18n phrases %}"


@pytest.fixture
def looked_up(monkeypatch):
    """Give Ukrainian one phrase, and return the list of what was looked up in it."""
    asked = []

    class Ukrainian(gettext.NullTranslations):
        def gettext(self, message):
            asked.append(message)
            return {"Risks": "Ризики"}.get(message, message)

    monkeypatch.setitem(trans_real._translations, "uk", Ukrainian())
    return asked


def test_a_phrase_is_translated_into_each_language_and_looked_up_once(looked_up):
    template = Template(LOAD + '{% translate "Risks" %}')
    shown = []
    for language in ("en", "uk", "en", "uk"):
        with translation.override(language):
            shown.append(template.render(Context()))
    assert shown == ["Risks", "Ризики", "Risks", "Ризики"]
    assert looked_up == ["Risks"]


@pytest.mark.parametrize(
    ("tag", "shown"),
    [
        ("{% translate word %}", "&lt;b&gt;"),
        ('{% translate "Risks" as word %}{{ word }}', "Risks"),
        ('{% translate "Risks" noop %}', "Risks"),
        ('{% translate "Risks"|add:word %}', "Risks&lt;b&gt;"),
        ('{% translate "Risks" context "x" %}', "Risks"),
    ],
)
def test_what_is_no_fixed_phrase_is_left_to_django(tag, shown):
    for word in ("<i>", "<b>"):
        found = Template(LOAD + tag).render(Context({"word": word}))
    assert found == shown


@pytest.mark.parametrize(
    ("moment", "zone", "shown"),
    [
        (date(2026, 5, 4), "UTC", "4 May 2026"),
        (datetime(2026, 5, 4, 22, 30, tzinfo=UTC), "UTC", "4 May 2026"),
        (datetime(2026, 5, 4, 22, 30, tzinfo=UTC), "Europe/Kyiv", "5 May 2026"),
        (None, "UTC", ""),
    ],
)
def test_a_day_is_told_as_django_tells_it(moment, zone, shown):
    context = Context({"moment": moment})
    for tag in ("{{ moment|day }}", '{{ moment|date:"j F Y" }}'):
        with timezone.override(zone):
            assert Template(LOAD + tag).render(context) == shown


def test_a_day_is_told_in_the_language_of_the_page():
    context, told = Context({"moment": date(2026, 5, 4)}), []
    for language in ("en", "uk"):
        with translation.override(language):
            told.append(Template(LOAD + "{{ moment|day }}").render(context))
    assert told == ["4 May 2026", "4 Травень 2026"]
