"""The page about earlier treatments: when, how many sessions, how it went, of each."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations.intake.forms.fields import ABOUT, NUMBERS, CountField
from consultations.intake.forms.page import PageForm
from consultations.intake.questions import treatments
from consultations.intake.questions.kinds import NOT_SURE, NOT_SURE_WORDS
from methods.protocol.vocabulary import PriorResponse
from scarclinic.staff.text.cleaning import one_line
from scarclinic.staff.text.dates import read_month

MOST_SESSIONS = 200
RESPONSES = [*PriorResponse.choices, (NOT_SURE, NOT_SURE_WORDS)]
AGO = re.compile(r"(\w+) (month|year)s? ago")


class CourseParts(forms.MultiWidget):
    """Last time and number of sessions to type, and how it went to choose.

    Without `has_sessions` nobody is asked how often.
    """

    use_fieldset = True

    def __init__(self, *, has_sessions):
        text = {"autocomplete": "off"}
        parts = {
            "last": forms.TextInput(text | {"label": lazy("Last time (month, year)")}),
            "sessions": forms.TextInput(
                text | {"label": lazy("How many times"), "inputmode": "numeric"}
            ),
            "response": forms.RadioSelect(
                {"label": lazy("How it went")}, choices=RESPONSES
            ),
        }
        if not has_sessions:
            del parts["sessions"]
        self.parts = list(parts)
        super().__init__(parts)

    def decompress(self, value):
        value = value or {}
        last, sessions = value.get("last"), value.get("sessions")
        texts = {
            "last": treatments.month_in_words(last) if last else "",
            "sessions": "" if sessions is None else sessions,
            "response": value.get("response", ""),
        }
        return [texts[name] for name in self.parts]


def month_of(text):
    """Return "2025-03" or "2025" of a text such as "about March 2025", "2 years ago".

    "" for none. Raises `ValidationError`.
    """
    plain = ABOUT.sub("", one_line(text).casefold(), count=1)
    if not plain:
        return ""
    today = timezone.localdate()
    if ago := AGO.fullmatch(plain):
        number = {"a": "1", "an": "1"}.get(ago[1], ago[1])
        if number in NUMBERS:
            number = str(NUMBERS.index(number))
        if number.isdigit() and int(number) <= 1200:
            return _before(today, int(number), ago[2])
    year, month = read_month(plain)
    if (year, month or 1) > (today.year, today.month):
        raise ValidationError(_("This month is still to come."), "future")
    return f"{year}-{month:02}" if month else str(year)


def _before(today, number, unit):
    if unit == "year":
        return str(max(1900, today.year - number)) if number else month_now(today)
    months = today.year * 12 + today.month - 1 - number
    return f"{months // 12}-{months % 12 + 1:02}"


def month_now(today):
    return f"{today.year}-{today.month:02}"


class CourseField(forms.MultiValueField):
    """What is told of one treatment, as `treatments.Course` keeps it."""

    def __init__(self, *, has_sessions=True, **kwargs):
        self.count = CountField(
            unit="", label="", min_value=0, max_value=MOST_SESSIONS, required=False
        )
        widget = CourseParts(has_sessions=has_sessions)
        text = forms.CharField(required=False, max_length=100)
        fields = [self.count if name == "sessions" else text for name in widget.parts]
        super().__init__(fields, required=False, widget=widget, **kwargs)

    def clean(self, value):
        texts = dict(zip(self.widget.parts, value or [], strict=False))
        told, faults = {}, []
        for name, read in (
            ("last", month_of),
            ("sessions", self._sessions),
            ("response", self._response),
        ):
            try:
                told[name] = read(texts.get(name) or "")
            except ValidationError as fault:
                faults += fault.messages
        if faults:
            raise ValidationError([f"{self.label}: {each}" for each in faults])
        return told

    def _sessions(self, text):
        try:
            return self.count.clean(text)
        except ValidationError:
            message = _("write how many times as a whole number, or leave it empty.")
            raise ValidationError(message) from None

    def _response(self, value):
        if value in dict(RESPONSES):
            return value
        raise ValidationError(_("choose how it went, or “Not sure”."))


class CourseForm(PageForm):
    """Asks about each treatment that was ticked on the page before."""

    def add_fields(self):
        for code in treatments.ticked(self.row):
            words = treatments.words_for(code, self.row)
            has_sessions = code not in treatments.USED_EVERY_DAY
            self.fields[code] = CourseField(label=words, has_sessions=has_sessions)
            self.initial[code] = self.row.treatments.get(code)

    def save(self):
        told = {code: self.cleaned_data[code] for code in self.fields}
        if told != self.row.treatments:
            self.row.treatments = told
            self.row.save(update_fields=["treatments"])
        return []
