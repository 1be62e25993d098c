"""What people write is read, or refused in words: telephones, e-mails, numbers, dates."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from scarclinic.staff.text import emails
from scarclinic.staff.text.dates import read_date, read_moment
from scarclinic.staff.text.numbers import read_number
from scarclinic.staff.text.telephones import forms_of, to_e164


def reading(read, texts, **options):
    """Return {text: what is read of it, or the words with which it is refused}."""

    def one(text):
        try:
            return read(text, **options)
        except ValidationError as error:
            return error.message

    return {text: one(text) for text in texts}


# Telephones

LONDON = "+442079460123"
TELEPHONES = {
    "020 7946 0123": LONDON,
    "020\xa07946\u20110123": LONDON,
    "(020) 7946-0123": LONDON,
    "020.7946.0123": LONDON,
    "+44 (0)20 7946 0123": LONDON,
    "0044 20 7946 0123": LONDON,
    "tel:+44-20-7946-0123": LONDON,
    "020 7946 0123 ext. 12": LONDON,
    "020 7946 0123 (evenings)": LONDON,
    "020 7946 0123 / 07911 123456": LONDON,
    "\u202a+44 20 7946 0123\u202c": LONDON,
    "０２０ ７９４６ ０１２３": LONDON,
    "٠٢٠ ٧٩٤٦ ٠١٢٣": LONDON,
    "+४४ २० ७९४६ ०१२३": LONDON,
    "+43 (0)1 234 56 78": "+4312345678",
    "+39 06 1234567": "+39061234567",
}
NO_TELEPHONE = "Type a telephone number with its area code, for example 0121 234 5678."


def test_telephones_are_read_as_they_are_written():
    assert reading(to_e164, TELEPHONES, region="GB") == TELEPHONES
    assert to_e164("0044 20 7946 0123", "US") == LONDON


def test_what_nobody_can_dial_is_refused():
    texts = ["call me", "12345", "++", "9" * 5000, "\0", ""]
    assert reading(to_e164, texts, region="GB") == dict.fromkeys(texts, NO_TELEPHONE)


def test_a_local_number_without_a_known_country_has_no_e164():
    assert to_e164("020 7946 0123") == ""


def test_the_digits_of_a_number_are_the_same_however_it_is_written():
    alike = ["020 7946 0123", "+44 20 7946 0123", "٠٢٠ ٧٩٤٦ ٠١٢٣", "0044 2079460123"]
    assert {each: forms_of(each, "GB") for each in alike} == {
        each: {"2079460123", "442079460123"} for each in alike
    }
    assert forms_of("020 7946 0123") == {"2079460123"}
    assert forms_of("12345") == {"12345"}


# E-mails

EMAILS = {
    "Ada@Example.ORG": "Ada@example.org",
    " ada@example.org\u200b ": "ada@example.org",
    "ada@xn--mnchen-3ya.de": "ada@münchen.de",
    "ada@mu\u0308nchen.de": "ada@münchen.de",
    "ａｄａ＠example。org": "ada@example.org",
    "mailto:ada@example.org": "ada@example.org",
    "Ada Okafor <ada@example.org>": "ada@example.org",
}
NO_EMAIL = "Type a whole e-mail address, as in name@example.org."


def test_an_e_mail_has_one_form():
    assert reading(emails.canonical, EMAILS) == EMAILS


def test_what_is_no_e_mail_is_refused():
    texts = ["ada", "ada@", "a b@example.org", "ada@localhost", "x" * 65 + "@a.org"]
    texts += ["üü@example.org", "ada@example.org, eve@example.org", "", "@" * 5000]
    assert reading(emails.canonical, texts) == dict.fromkeys(texts, NO_EMAIL)


def test_an_e_mail_is_sent_to_the_domain_that_was_meant():
    assert emails.for_sending("ada@faß.de") == "ada@xn--fa-hia.de"


def test_one_mailbox_is_one():
    alike = ["Ada+clinic@münchen.de", "ada@xn--mnchen-3ya.de\u200b"]
    assert {emails.mailbox(each) for each in alike} == {"ada@münchen.de"}
    assert emails.mailbox("ada") == ""


# Numbers

ONE = "Write one number in digits, for example 6."
NUMBERS = {
    "6": 6,
    "6 months": 6,
    "about 6": 6,
    "٦": 6,
    "６": 6,
    "007": 7,
    "6,0": 6,
    "-5": -5,
    "\u22125": -5,
    "1 200": 1200,
    "1'200": 1200,
    "1\u2019200": 1200,
    "1,200": 1200,
    "1.200": 1200,
    "1\u202f234\u202f567": 1_234_567,
    "6-8": ONE,
    "6 to 8": ONE,
    "six": ONE,
    "1\u00bd": ONE,
    "六": ONE,
    "": ONE,
    "6.5": "Write a whole number, for example 6.",
    "1 2 3": "Write one number in digits, without spaces in between.",
    "9" * 5000: "This number is too large.",
}
AMOUNTS = {
    "120": Decimal(120),
    "12.50": Decimal("12.5"),
    "12,5": Decimal("12.5"),
    "1.234,50": Decimal("1234.5"),
    "1,234.50": Decimal("1234.5"),
    "EUR 1\u2019200.\u2013": Decimal(1200),
    "80 to 120": "Write one number in digits, for example 12.50.",
    "0.1234": "Write at most 2 digits after the point.",
}


def test_numbers_are_read_as_they_are_written():
    assert reading(read_number, NUMBERS) == NUMBERS
    assert reading(read_number, AMOUNTS, decimals=2) == AMOUNTS


# Dates

DAY = date(1986, 3, 27)
DATES = {
    "27 March 1986": DAY,
    "27. Mar. 1986": DAY,
    "March 27th, 1986": DAY,
    "the 27th of march 1986": DAY,
    "27.3.1986": DAY,
    "27/03/1986": DAY,
    "27-3-1986": DAY,
    "27 3 1986": DAY,
    "1986-03-27": DAY,
    "1986/3/27": DAY,
    "19860327": DAY,
    "27031986": DAY,
    "3/27/1986": DAY,
    "27\u200b.\xa03.\u202c1986": DAY,
    "٢٧.٣.١٩٨٦": DAY,
    "1986年3月27日": DAY,
    "3.4.1986": date(1986, 4, 3),
}
NO_YEAR = "Type all four digits of the year, as in 27 March 2026."
NO_DATE = "Type day, month and year, for example 27 March 2026."
ODD_YEAR = "Check the year: 27 March 2026 is written like this."
NO_DAY = "There is no such day. Write it as in 27 March 2026."
REFUSED = {
    "": NO_DATE,
    "yesterday": NO_DATE,
    "27 Mrach 1986": NO_DATE,
    "1986": NO_DATE,
    "27.3.86": NO_YEAR,
    "27 March 26": NO_YEAR,
    "27.3.0026": ODD_YEAR,
    "0001-01-01": ODD_YEAR,
    "9999-12-31": ODD_YEAR,
    "31.2.1986": NO_DAY,
    "0.0.1986": NO_DAY,
    "9" * 5000 + ".1.1986": NO_YEAR,
    "1.1." + "9" * 5000: NO_YEAR,
}


def test_dates_are_read_as_they_are_written():
    assert reading(read_date, DATES) == DATES


def test_what_is_no_date_is_refused():
    assert reading(read_date, REFUSED) == REFUSED


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("en-us", {"3/4/1986": date(1986, 3, 4), "27/3/1986": DAY}),
        (
            "de",
            {"27. März 1986": DAY, "27 march 1986": DAY, "3.4.1986": date(1986, 4, 3)},
        ),
        ("ru", {"27 марта 1986 г.": DAY}),
        ("fr", {"1er août 1986": date(1986, 8, 1)}),
    ],
)
def test_dates_are_read_in_the_language_of_the_page(language, texts):
    with override(language):
        assert reading(read_date, texts) == texts


def test_a_moment_is_a_date_and_a_time():
    noon = datetime(2026, 3, 27, 12, 5)
    moments = {
        "27 March 2026 12:05": noon,
        "2026-03-27T12:05": noon,
        "27.3.2026, 12:05:00": noon,
        "12:05 27/3/2026": noon,
        "27.3.2026": datetime(2026, 3, 27),
        "27.3.2026 25:00": "There is no such time. Write it as in 10:30.",
        "27.3.26 12:05": NO_YEAR,
    }
    assert reading(read_moment, moments) == moments
