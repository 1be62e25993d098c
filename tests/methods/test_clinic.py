"""The clinic's own pages and details: what they say is so, and visitors see it at once."""

import re
from datetime import date, time, timedelta
from html import unescape

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consultations.intake import devices
from methods.models import (
    Clinic,
    Method,
    Notice,
    OpeningHours,
    Person,
)
from methods.protocol.vocabulary import Grade
from methods.publishing import editions
from methods.website.views import site
from scarclinic.staff.models import User
from tests.methods.test_admin import choices, unwritten
from tests.methods.test_admin import errors as all_errors

pytestmark = pytest.mark.django_db

ABOUT, CONTACT, PRIVACY = "/about/", "/contact/", "/privacy/"
HOW_WE_REVIEW, ACCESSIBILITY = "/how-we-review/", "/accessibility/"
PAGES = [ABOUT, CONTACT, PRIVACY, HOW_WE_REVIEW, ACCESSIBILITY]
FORM = "/admin/methods/clinic/1/change/"
DETAILS = {
    "name": "Skin & Scars",
    "street": "Ring 1",
    "postal_code": "1010",
    "town": "Vienna",
    "country": "Austria",
    "telephone": "+43 1 234 56 78",
    "email": "desk@clinic.example",
}


def staff(role="Editor", name=None):
    user = User.objects.create_user(name or role.lower(), is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def editor():
    return staff()


@pytest.fixture
def open_clinic():
    """Fill in every detail, as an editor would, with a break on Tuesday."""
    Clinic.objects.update(**DETAILS)
    for day, opens, closes in [(0, 9, 17), (1, 9, 12), (1, 14, 19)]:
        OpeningHours.objects.create(
            clinic_id=Clinic.ONLY, weekday=day, opens=time(opens), closes=time(closes)
        )
    editions.renew()


def plain(markup):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", markup))).strip()


def main(client, url):
    return re.search(r"<main.*?</main>", client.get(url).content.decode(), re.S)[0]


def all_of(pattern, markup):
    return [plain(each) for each in re.findall(pattern, markup, re.S)]


def rows(markup):
    """Return the rows of a table's body as plain texts."""
    body = re.search(r"<tbody>(.*?)</tbody>", markup, re.S)[1]
    return [
        tuple(all_of(r"<t[hd][^>]*>(.*?)</t[hd]>", row))
        for row in re.findall(r"<tr>(.*?)</tr>", body, re.S)
    ]


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
        elif isinstance(value, list):
            data[field.html_name] = value
        elif value is not False:
            shown = field.field.widget.format_value(value)
            data[field.html_name] = "" if shown is None else shown
    return data


def save(client, url, **changes):
    data = form_data(unwritten(client, url)) | changes | {"_save": "1"}
    return client.post(url, data)


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def errors(response):
    return {
        name: list(messages)
        for name, messages in response.context["adminform"].form.errors.items()
    }


# What the pages say


@pytest.mark.parametrize("url", PAGES)
def test_a_page_of_the_clinic_costs_one_query(client, count_queries, url):
    editions.renew()
    assert count_queries(client, url) == 1


@pytest.mark.parametrize("url", PAGES)
def test_the_words_are_short_and_promise_nothing(client, open_clinic, url):
    blocks = all_of(
        r"<(?:p|li|h\d|t[hd]|dt|dd|caption)\b[^>]*>(.*?)"
        r"(?=</?(?:p|li|h\d|t[hd]|dt|dd|caption|ul|ol)\b)",
        main(client, url),
    )
    sentences = [part for block in blocks for part in re.split(r"(?<=[.?!]) ", block)]
    assert len(sentences) > 15
    assert [each for each in sentences if len(each.split()) >= 20] == []
    never = r"\b(best|safe|guarantee\w*|painless|flawless|imperfections?|scores?)\b"
    assert re.findall(never, " ".join(blocks), re.I) == []


def test_contact_shows_how_to_reach_the_clinic(client, open_clinic):
    page = main(client, CONTACT)
    links = re.findall(r'<a href="((?:tel|mailto):[^"]+)"', page)
    assert links == ["tel:+4312345678", "mailto:desk@clinic.example"]
    address = re.search(r"<address>(.*?)</address>", page)[1]
    assert [unescape(line) for line in address.split("<br>")] == [
        "Skin & Scars",
        "Ring 1",
        "1010 Vienna",
        "Austria",
    ]


def test_contact_shows_every_weekday_and_says_which_are_closed(client, open_clinic):
    assert rows(main(client, CONTACT)) == [
        ("Monday", "9 a.m. to 5 p.m."),
        ("Tuesday", "9 a.m. to noon 2 p.m. to 7 p.m."),
        *(
            (day, "Closed")
            for day in ("Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
        ),
    ]


def closed_lines(markup):
    """Return what the contact page says of closed days, a line each."""
    part = markup.partition('id="closed"')[2].partition("</ul>")[0]
    return all_of(r"<li>(.*?)</li>", part)


def test_contact_shows_the_closed_days_of_the_next_weeks(
    client, open_clinic, monkeypatch
):
    monkeypatch.setattr(timezone, "localdate", lambda *_args: date(2026, 12, 3))
    Clinic.objects.update(country_code="AT")
    clinic = Clinic.objects.get()
    for starts, ends, words in [
        (date(2026, 11, 2), date(2026, 12, 2), "Over"),
        (date(2026, 12, 1), date(2026, 12, 4), "We <move>"),
        (date(2027, 1, 11), date(2027, 1, 11), ""),
        (date(2027, 2, 1), date(2027, 2, 5), "Far ahead"),
    ]:
        clinic.closed_days.create(starts_on=starts, ends_on=ends, words=words)
    editions.renew()
    # It opens on Mondays and Tuesdays: Christmas, on a Friday, tells visitors nothing.
    assert closed_lines(main(client, CONTACT)) == [
        "Tuesday 1 December 2026 to Friday 4 December 2026: We <move>",
        "Tuesday 8 December 2026: Immaculate Conception",
        "Monday 11 January 2027",
    ]
    # What is shown changes with the day, and with no publication.
    page = client.get(CONTACT)
    assert timezone.localtime(page.keep_until).date() == date(2026, 12, 4)


def test_a_clinic_without_closed_days_says_nothing_of_them(client, open_clinic):
    assert "We are closed" not in main(client, CONTACT)


def test_no_line_of_the_opening_hours_ends_inside_a_time(client, open_clinic):
    times = re.findall(r"\d+\s[ap]\.m\.", main(client, CONTACT))
    assert [re.search(r"\s", each)[0] for each in times] == ["\N{NO-BREAK SPACE}"] * 5


@pytest.mark.parametrize("url", [PRIVACY, ACCESSIBILITY, HOW_WE_REVIEW])
def test_a_page_that_asks_to_be_told_lists_how(client, open_clinic, url):
    assert re.findall(r'<li><a href="(mailto:[^"]+|tel:[^"]+)"', main(client, url)) == [
        "mailto:desk@clinic.example",
        "tel:+4312345678",
    ]


@pytest.mark.parametrize("url", PAGES)
def test_what_a_fresh_clinic_has_not_filled_in_is_absent(client, url):
    page = main(client, url)
    assert re.findall(r"tel:|mailto:|<address>|Opening hours|>None<", page) == []


def test_about_shows_the_people_whom_visitors_may_know_in_their_order(client):
    Person.objects.create(
        name="Dr Second", profession="Surgeon", registration="B 2", position=2
    )
    Person.objects.create(
        name="First & Foremost", profession="Nurse", about="Listens.\nAsks.", position=1
    )
    Person.objects.create(name="Hidden", profession="Clerk", is_public=False)
    editions.renew()
    people = re.search(r'<ul class="people">(.*?)</ul>', main(client, ABOUT), re.S)[1]
    assert all_of(r"<li>(.*?)</li>", people) == [
        "First & Foremost Nurse Listens. Asks.",
        "Dr Second Surgeon Registration: B 2",
    ]


def test_who_gives_a_treatment_stands_on_its_page_and_with_the_person(client):
    doctor = Person.objects.create(name="Dr Ada", profession="Dermatologist")
    hidden = Person.objects.create(name="Hid", profession="Clerk", is_public=False)
    given = Method.objects.filter(slug__in=["subcision", "silicone"])
    for person in (doctor, hidden):
        person.methods.set(given)
    editions.renew()
    shown = plain(main(client, "/treatments/subcision/"))
    assert "Who does it Dr Ada, Dermatologist" in " ".join(shown.split())
    assert "Hid, Clerk" not in shown
    assert "Who does it" not in main(client, "/treatments/tca-cross/")
    assert (
        "Gives 2 treatments : Dr Ada Silicone gel or sheet ; Releasing a"
        in " ".join(plain(main(client, ABOUT)).split())
    )


def test_an_editor_says_who_gives_a_treatment(client, editor):
    person = Person.objects.create(name="Dr Ada", profession="Dermatologist")
    url = f"/admin/methods/person/{person.pk}/change/"
    given = [Method.objects.get(slug="subcision").pk]
    save(editor, url, methods=given)
    assert "Dr Ada, Dermatologist" in main(client, "/treatments/subcision/")


def test_home_says_when_the_clinic_is_open_and_closed_in_a_few_lines(
    client, open_clinic
):
    clinic = Clinic.objects.get()
    clinic.hours.create(weekday=2, opens=time(9), closes=time(17))
    clinic.country_code = ""
    clinic.save()
    day = timezone.localdate() + timedelta(days=3)
    clinic.closed_days.create(starts_on=day, ends_on=day, words="Stocktaking")
    editions.renew()
    table = re.search(r'<table class="hours">(.*?)</table>', main(client, "/"), re.S)[1]
    rows = all_of(r"<tr>(.*?)</tr>", table)
    assert rows[:2] == [
        "Monday, Wednesday 9 a.m. to 5 p.m.",
        "Tuesday 9 a.m. to noon, 2 p.m. to 7 p.m.",
    ]
    assert rows[2].startswith("Closed ")
    assert rows[2].endswith(": Stocktaking")
    assert len(rows) == 3


def test_the_grades_are_those_that_code_knows_and_the_weak_are_named(client):
    table = rows(main(client, HOW_WE_REVIEW))
    assert [(code, words.split(" Weak.")[0]) for code, words in table] == [
        (grade.value, str(grade.label)) for grade in Grade
    ]
    assert [code for code, words in table if "Weak." in words] == ["E", "GK"]


def test_privacy_names_the_cookies_that_an_intake_sets_and_how_long_they_last(client):
    client.get("/consultation/")
    client.post("/consultation/")
    ages = {name: cookie["max-age"] for name, cookie in client.cookies.items()}
    assert ages == {
        "intake": devices.COOKIE_AGE,
        "csrftoken": settings.CSRF_COOKIE_AGE,
    }
    table = dict(rows(main(client, PRIVACY)))
    assert table.keys() == ages.keys()
    days = timedelta(seconds=ages["intake"]).days
    assert f"until {days} days after your last page." in table["intake"]
    own = timedelta(seconds=devices.OWN_COOKIE_AGE).days
    assert table["intake"].endswith(f"it does not, for {own} days.")
    assert timedelta(seconds=ages["csrftoken"]).days == 364
    assert table["csrftoken"].endswith("It lasts 1 year.")


def test_privacy_is_true_about_who_may_read_what_patients_sent(client):
    def who(codename):
        readers = Group.objects.filter(permissions__codename=codename)
        return sorted(readers.values_list("name", flat=True))

    assert who("read_answers") == ["Administrator", "Cosmetologist"]
    assert who("view_plan") == ["Administrator", "Cosmetologist", "Front desk"]
    told = plain(main(client, PRIVACY))
    assert "our clinicians and administrators can read them" in told
    assert "Our front desk sees your name" in told


def test_the_accessibility_statement_is_not_dated_ahead(client):
    day = site.ACCESSIBILITY_STATED_ON
    assert day <= date.today()
    assert f"on {day:%-d %B %Y}." in plain(main(client, ACCESSIBILITY))


# Notices


def notices(client, url):
    shown = r'<p class="notice notice--(\w+)">(.*?)</p>'
    return [
        (level, plain(words))
        for level, words in re.findall(shown, client.get(url).content.decode())
    ]


@pytest.fixture
def three_notices():
    """Announce something that is over, something for now, and something to come."""
    now, day = timezone.now(), timedelta(days=1)
    Notice.objects.create(text="Over", starts_at=now - 2 * day, ends_at=now - day)
    Notice.objects.create(text="Shut <now>", level="important", starts_at=now - day)
    Notice.objects.create(text="To come", starts_at=now + day)
    editions.renew()


@pytest.mark.parametrize("url", ["/", "/treatments/silicone/", "/consultation/"])
def test_a_page_shows_the_notices_of_now_each_with_its_level_in_a_word(
    client, three_notices, url
):
    assert notices(client, url) == [("important", "Important: Shut <now>")]


def test_without_a_notice_there_is_no_empty_section(client):
    assert b'class="notices"' not in client.get("/").content


def test_an_error_page_shows_none_and_asks_the_database_for_nothing(
    client, three_notices, django_assert_num_queries
):
    with django_assert_num_queries(0):
        response = client.get("/nowhere/")
    assert response.status_code == 404
    assert b"Shut" not in response.content


# The admin: the clinic


def test_the_list_of_clinics_is_the_form_of_the_one(editor):
    response = editor.get("/admin/methods/clinic/")
    assert (response.status_code, response["Location"]) == (302, FORM)


def test_a_site_without_the_row_gets_it(editor):
    Clinic.objects.all().delete()
    assert editor.get("/admin/methods/clinic/", follow=True).status_code == 200
    assert Clinic.objects.get().name == "Scar clinic"


def test_nobody_adds_a_clinic_or_deletes_it(admin_client):
    for url in ("/admin/methods/clinic/add/", "/admin/methods/clinic/1/delete/"):
        assert admin_client.get(url).status_code == 403


def test_only_an_editor_changes_it():
    cosmetologist = staff("Cosmetologist")
    assert cosmetologist.get(FORM).status_code == 200
    assert cosmetologist.post(FORM, {"name": "Mine"}).status_code == 403


def test_visitors_see_a_saved_detail_at_once_and_the_editor_is_told(client, editor):
    response = save(editor, FORM, telephone="01 234 56 78")
    assert told(response) == [
        "Visitors see this now.",
        f'The clinic “<a href="{FORM}">Scar clinic</a>” was changed successfully.',
    ]
    assert 'href="tel:012345678"' in main(client, CONTACT)


@pytest.mark.parametrize(
    ("country", "telephone", "link"),
    [
        ("", "+43 1 234 56 78", "+4312345678"),
        ("", "(020) 7946 0123", "02079460123"),
        ("", "01/234-56", "0123456"),
        ("", "1450", "1450"),
        ("", "+43 (0)1 234 56 78", "+4312345678"),
        ("AT", "(01) 234 56 78", "+4312345678"),
        ("GB", "020 7946 0123", "+442079460123"),
        ("GB", "tel:+43-1-234-5678", "+4312345678"),
    ],
)
def test_a_telephone_number_is_taken(editor, country, telephone, link):
    saved = save(editor, FORM, country_code=country, telephone=telephone)
    assert saved.status_code == 302
    assert Clinic.objects.get().telephone == telephone
    shown = editor.get(reverse("methods:contact")).text
    assert f'<a href="tel:{link}">{telephone}</a>' in shown


@pytest.mark.parametrize("telephone", ["call us", "12", "-----", "0800 SCARS", "++431"])
def test_what_nobody_can_dial_is_refused(editor, telephone):
    assert errors(save(editor, FORM, telephone=telephone)) == {
        "telephone": [
            "Type a telephone number with its area code, for example +44 121 234 5678."
        ]
    }


@pytest.mark.parametrize("currency", ["EUR", "GBP", "UAH"])
def test_a_currency_is_taken(editor, currency):
    assert save(editor, FORM, currency=currency).status_code == 302


@pytest.mark.parametrize("currency", ["eur", "XYZ", "€"])
def test_a_currency_that_does_not_exist_is_refused(editor, currency):
    assert errors(save(editor, FORM, currency=currency)) == {
        "currency": ["Write the three capitals of a currency, for example EUR."]
    }


def hours(first, second):
    """Return what a browser posts of two new rows, each (weekday, opens, closes)."""
    names = ("weekday", "opens", "closes")
    return {"hours-TOTAL_FORMS": 2} | {
        f"hours-{number}-{name}": value
        for number, row in enumerate((first, second))
        for name, value in zip(names, row, strict=True)
    }


def errors_of_hours(response):
    formset = response.context["inline_admin_formsets"][0].formset
    return [
        message
        for each in (
            formset.non_form_errors(),
            *(f.non_field_errors() for f in formset),
        )
        for message in each
    ]


def test_hours_with_a_break_are_taken(client, editor):
    save(editor, FORM, **hours((1, "14:00", "19:00"), (1, "09:00", "14:00")))
    assert rows(main(client, CONTACT))[1] == (
        "Tuesday",
        "9 a.m. to 2 p.m. 2 p.m. to 7 p.m.",
    )


def closed(**fields):
    return {
        "closed_days-TOTAL_FORMS": "1",
        **{f"closed_days-0-{name}": value for name, value in fields.items()},
    }


def test_closed_days_are_taken_as_people_write_dates(client, editor):
    typed = closed(starts_on="24.12.2099", ends_on="2 January 2100", words="Winter")
    assert save(editor, FORM, **typed, country_code="DE", subdivision="BY")
    [row] = editions.current().site.clinic.closed_days
    assert row == (date(2099, 12, 24), date(2100, 1, 2), "Winter")
    clinic = editions.current().site.clinic
    assert (clinic.holidays_of, clinic.subdivision) == ("DE", "BY")


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [("24.12.2099", "23.12.2099"), ("24.12.2099", "24.12.2101"), ("24.12.26", "")],
)
def test_closed_days_that_cannot_be_are_refused_in_words(editor, starts_on, ends_on):
    response = save(editor, FORM, **closed(starts_on=starts_on, ends_on=ends_on))
    formset = response.context["inline_admin_formsets"][1].formset
    assert formset.total_error_count() > 0
    assert not Clinic.objects.get().closed_days.exists()
    assert starts_on in response.text


def test_a_region_that_the_country_does_not_have_is_refused(editor):
    response = save(editor, FORM, country_code="GB", subdivision="BY")
    assert errors(response) == {
        "subdivision": ["Leave it empty, or write one of: ENG, NIR, SCT, WLS"]
    }
    assert "subdivision" in errors(save(editor, FORM, subdivision="BY"))


def test_hours_that_overlap_are_refused(editor):
    response = save(editor, FORM, **hours((1, "09:00", "12:00"), (1, "11:30", "19:00")))
    assert errors_of_hours(response) == [
        "Tuesday: these hours overlap. Join them, or remove one."
    ]


def test_hours_that_end_before_they_begin_are_refused(editor):
    response = save(editor, FORM, **hours((1, "09:00", "08:00"), (2, "09:00", "19:00")))
    assert errors_of_hours(response) == ["Let it close after it opens."]


def test_a_form_that_is_wrong_in_both_ways_only_says_so(editor):
    response = save(editor, FORM, **hours(("", "", ""), (1, "11:30", "x")))
    assert response.status_code == 200
    assert errors_of_hours(response) == []


# Two editors at once


@pytest.mark.parametrize("hours_too", [False, True])
def test_the_second_of_two_who_save_the_clinic_is_told_and_loses_nothing(
    editor, open_clinic, hours_too
):
    second = staff(name="second")
    typed = form_data(unwritten(second, FORM)) | {
        "about": "Second",
        "hours-0-closes": "18:00",
    }
    first = {"hours-0-DELETE": "on"} if hours_too else {}
    assert save(editor, FORM, about="First", **first).status_code == 302
    response = second.post(FORM, typed | {"_save": "1"})
    clashes = {"about"} | ({"hours-0-closes"} if hours_too else set())
    assert all_errors(response).keys() == clashes
    assert all_errors(response)["about"][0].startswith("editor changed this while you")
    assert Clinic.objects.get().about == "First"

    again = form_data(response)
    assert (again["about"], again["hours-0-closes"]) == ("Second", "18:00")
    response = second.post(FORM, again | choices(response) | {"_save": "1"})
    assert response.status_code == 302
    assert Clinic.objects.get().about == "Second"
    assert list(OpeningHours.objects.values_list("weekday", "closes")) == [
        (0, time(18)),
        (1, time(12)),
        (1, time(19)),
    ]


def test_hours_that_overlap_those_that_somebody_added_meanwhile_are_refused(editor):
    second = staff(name="second")
    opened = form_data(unwritten(second, FORM))
    save(editor, FORM, **hours((1, "09:00", "12:00"), (2, "09:00", "12:00")))
    typed = opened | hours((1, "11:30", "19:00"), (3, "09:00", "12:00"))
    response = second.post(FORM, typed | {"_save": "1"})
    assert errors_of_hours(response) == [
        "Tuesday: these hours overlap. Join them, or remove one."
    ]
    typed |= {"hours-0-opens": "12:00"}
    assert second.post(FORM, typed | {"_save": "1"}).status_code == 302
    assert OpeningHours.objects.count() == 4


@pytest.mark.parametrize("kind", ["notice", "person"])
def test_the_second_of_two_who_save_a_row_is_told(editor, kind):
    if kind == "notice":
        row = Notice.objects.create(text="Open")
        text = "text"
    else:
        row = Person.objects.create(name="Ada", profession="Doctor")
        text = "about"
    url = reverse(f"admin:methods_{kind}_change", args=[row.pk])
    typed = form_data(unwritten(editor, url)) | {text: "Second"}
    save(editor, url, **{text: "First"})
    response = editor.post(url, typed | {"_save": "1"})
    assert errors(response).keys() == {text}
    row.refresh_from_db()
    assert getattr(row, text) == "First"


# The admin: notices, people, and what is missing


def local(moment):
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize(
    ("begins", "ends", "words"),
    [
        (-2, -1, "No longer, since {ends}"),
        (-1, None, "Now, until you say otherwise"),
        (-1, 1, "Now, until {ends}"),
        (1, None, "From {begins}"),
        (1, 2, "From {begins} until {ends}"),
    ],
)
def test_an_editor_is_told_when_a_notice_shows(editor, begins, ends, words):
    noon = timezone.localtime().replace(hour=12, minute=0, second=0)
    begins, ends = (
        days if days is None else noon + timedelta(days=2 * days)
        for days in (begins, ends)
    )
    typed = {
        "text": "We move",
        "starts_at": local(begins),
        "ends_at": local(ends) if ends else "",
    }
    response = save(editor, "/admin/methods/notice/add/", **typed)
    words = words.format(
        begins=f"{begins:%-d %b %Y}, noon", ends=ends and f"{ends:%-d %b %Y}, noon"
    )
    assert told(response)[0] == f"On every page: {words}"
    assert Notice.objects.get().starts_at == begins.replace(microsecond=0)
    changelist = editor.get("/admin/methods/notice/").content.decode()
    assert all_of(r'<td class="field-shown">(.*?)</td>', changelist) == [words]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_a_notice_begins_in_no_year_that_was_mistyped_or_cannot_be(editor, zone):
    url = "/admin/methods/notice/add/"
    typed = ["1.2.26 10:00", "26-02-01 10:00", "0026-02-01T10:00", "0001-01-01 00:00"]
    typed += ["9999-12-31 23:59", "12026-02-01 10:00"]
    with timezone.override(zone):
        refused = {
            each: errors(save(editor, url, text="x", starts_at=each)) for each in typed
        }
        shown = save(editor, url, text="x", starts_at=typed[0]).text
    assert [each for each in typed if "starts_at" not in refused[each]] == []
    assert f'value="{typed[0]}"' in shown
    assert not Notice.objects.exists()


def test_a_notice_ends_after_it_begins(editor):
    typed = {
        "text": "x",
        "starts_at": "2030-01-02T08:00",
        "ends_at": "2030-01-01T08:00",
    }
    response = save(editor, "/admin/methods/notice/add/", **typed)
    assert errors(response)["ends_at"] == ["Let it end after it begins."]


def test_what_a_browser_lets_somebody_type_fits(editor):
    # It counts a line end as one character, and sends two.
    text = ("x" * 9 + "\n") * 30
    typed = {"text": text.replace("\n", "\r\n"), "starts_at": "2030-01-02 8:00"}
    assert save(editor, "/admin/methods/notice/add/", **typed).status_code == 302
    assert Notice.objects.get().text == text.replace("\n", " ").strip()


def test_a_name_pasted_from_word_breaks_no_page(editor):
    assert save(editor, FORM, name="Scar\x0bclinic\xa0\u200bVienna").status_code == 302
    assert Clinic.objects.get().name == "Scar clinic Vienna"
    for url in ("/changes.xml", "/cards/treatments/silicone.png", "/"):
        assert editor.get(url).status_code == 200


def test_a_clinic_has_a_name_that_can_be_read(editor):
    told = {"\u200b\u3164": "This field is required."}
    told["\u0301"] = "Type a name that can be read."
    for name, words in told.items():
        assert errors(save(editor, FORM, name=name)) == {"name": [words]}


def test_a_notice_does_not_begin_in_year_26(editor):
    typed = {"text": "x", "starts_at": "1 May 26 8:00", "ends_at": "9999-12-31T23:59"}
    response = save(editor, "/admin/methods/notice/add/", **typed)
    assert errors(response) == {
        "starts_at": ["Type all four digits of the year, as in 27 March 2026."],
        "ends_at": ["Check the year: 27 March 2026 is written like this."],
    }
    assert 'value="1 May 26 8:00"' in response.text


@pytest.mark.parametrize(
    "url", [FORM, "/admin/methods/notice/add/", "/admin/methods/person/add/"]
)
def test_every_input_of_the_admin_has_a_label(editor, open_clinic, url):
    page = editor.get(url).content.decode()
    form = re.search(r'<form[^>]* id="\w+_form".*?</form>', page, re.S)[0]
    inputs = re.findall(
        r"<(?:input(?! type=.(?:hidden|submit))|select|textarea)[^>]*>", form
    )
    ids = {re.search(r'id="([^"]+)"', each)[1] for each in inputs}
    labelled = set(re.findall(r'<label[^>]* for="([^"]+)"', form))
    assert len(ids) > 3
    assert {each for each in ids if "__prefix__" not in each} - labelled == set()


def test_hiding_a_person_says_so(editor):
    person = Person.objects.create(name="Ada", profession="Doctor")
    url = reverse("admin:methods_person_change", args=[person.pk])
    data = form_data(unwritten(editor, url)) | {"_save": "1"}
    del data["is_public"]
    assert told(editor.post(url, data))[0] == "Visitors do not see this."


def test_the_home_of_the_admin_names_what_visitors_do_not_find(editor):
    def missing():
        page = editor.get("/admin/").content.decode()
        line = re.search(r'<p class="missing">(.*?)</p>', page, re.S)
        return all_of(r"<span>(.*?)</span>", line[1]) if line else None

    all_missing = [
        "your telephone number",
        "your e-mail address",
        "your address",
        "your opening hours",
    ]
    assert missing() == all_missing
    save(editor, FORM, telephone=DETAILS["telephone"], street="Ring 1")
    assert missing() == [all_missing[1], all_missing[3]]
    save(
        editor,
        FORM,
        email=DETAILS["email"],
        **hours((0, "9:00", "17:00"), (1, "9:00", "17:00")),
    )
    assert missing() is None


def test_who_cannot_mend_it_is_not_told():
    assert b'class="missing"' not in staff("Cosmetologist").get("/admin/").content
