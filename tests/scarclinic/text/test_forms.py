from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django import forms

from scarclinic.staff.text.forms import (
    AmountField,
    DateField,
    EmailField,
    LineField,
    MomentField,
    NumberField,
    PersonNameField,
    TelephoneField,
)


class Everything(forms.Form):
    line = LineField(required=False, max_length=8)
    name = PersonNameField(required=False)
    telephone = TelephoneField(required=False, region=lambda: "GB")
    email = EmailField(required=False)
    number = NumberField(required=False, min_value=0, max_value=99)
    amount = AmountField(required=False, max_digits=9, decimal_places=2)
    day = DateField(required=False)
    moment = MomentField(required=False)


READ = {
    "line": (" a\x0bb\r\n ", "a b"),
    "name": ("Ada\u200b  Okafor ", "Ada Okafor"),
    "telephone": ("020\xa07946 0123", "020 7946 0123"),
    "email": (" ADA@Example.org ", "ADA@example.org"),
    "number": ("6 months", 6),
    "amount": ("12,50", Decimal("12.5")),
    "day": ("1 May 2026", date(2026, 5, 1)),
    "moment": ("1 May 2026 10:30", datetime(2026, 5, 1, 10, 30, tzinfo=UTC)),
}
REFUSED = {
    "line": ("x" * 9, "Ensure this value has at most 8 characters (it has 9)."),
    "name": ("\u0301", "Type a name that can be read."),
    "telephone": (
        "12",
        "Type a telephone number with its area code, for example 0121 234 5678.",
    ),
    "email": ("ada@", "Type a whole e-mail address, as in name@example.org."),
    "number": ("6-8", "Write one number in digits, for example 6."),
    "amount": ("dear", "Write one number in digits, for example 12.50."),
    "day": ("1.5.26", "Type all four digits of the year, as in 27 March 2026."),
    "moment": ("soon", "Type day, month and year, for example 27 March 2026."),
}


def test_what_is_typed_is_read():
    form = Everything({name: typed for name, (typed, _read) in READ.items()})
    assert form.is_valid(), form.errors
    assert form.cleaned_data == {name: read for name, (_typed, read) in READ.items()}


def test_what_cannot_be_read_is_refused_in_words_and_still_shown():
    form = Everything({name: typed for name, (typed, _told) in REFUSED.items()})
    assert form.errors == {name: [told] for name, (_typed, told) in REFUSED.items()}
    for name, (typed, _told) in REFUSED.items():
        assert form[name].value() == typed


def test_blanks_are_nothing():
    form = Everything(dict.fromkeys(Everything.base_fields, "  "))
    assert form.is_valid()
    assert not any(form.cleaned_data.values())
    assert not form.has_changed()


def test_what_was_kept_is_shown_again_and_has_not_changed():
    initial = {name: read for name, (_typed, read) in READ.items()}
    shown = Everything(initial=initial)
    typed = {
        name: shown[name].field.widget.format_value(shown[name].value())
        for name in READ
    }
    assert not Everything(typed, initial=initial).has_changed()


@pytest.mark.parametrize("name", Everything.base_fields)
def test_no_browser_drops_what_it_cannot_read(name):
    assert Everything.base_fields[name].widget.input_type == "text"


def test_a_label_s_own_words_win():
    field = NumberField(error_messages={"invalid": "How many?"})
    with pytest.raises(forms.ValidationError, match=r"How many\?"):
        field.clean("many")
