"""`{% translate %}` that looks each phrase up once, and means what Django's own means."""

import gettext

import pytest
from django.template import Context, Template
from django.utils import translation
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
