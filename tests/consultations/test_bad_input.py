"""Whatever is typed or sent, the answer is clear and nothing typed is lost."""

import html
import re
from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from consultations.intake import steps
from consultations.models import Intake, Plan
from scarclinic.staff.text.cleaning import clean_text, one_line
from tests.consultations.deciding import desk, make_plan, posted
from tests.consultations.factories import (
    ANSWERS,
    CHECK,
    START,
    TASKS,
    answer,
    begin,
    draft_of,
    fill_in,
    page,
)

pytestmark = pytest.mark.django_db

THIS_YEAR = timezone.localdate().year
A_DATE = "Type a real date in numbers, for example 27 3 1986."
NOT_OFFERED = "Select a valid choice. {} is not one of the available choices."
AN_AGE = "How long have you had it? Write a whole number from 0 to 9999."
STOPPED_MONTHS = (
    "How many months ago did you stop? Write a whole number from 0 to 1200."
)


def born(day, month, year):
    return {
        f"date_of_birth_{k}": v
        for k, v in zip(("day", "month", "year"), (day, month, year), strict=True)
    }


BAD = [
    # page, scar, what is typed, where the error stands, what it says
    ("you", None, {"name": ""}, "name", "Please answer: What is your name?"),
    ("you", None, {"name": " \t "}, "name", "Please answer: What is your name?"),
    (
        "you",
        None,
        {"name": "x" * 20_000},
        "name",
        "Ensure this value has at most 120 characters (it has 20000).",
    ),
    (
        "you",
        None,
        born("", "", ""),
        "date_of_birth",
        "Please answer: When were you born?",
    ),
    (
        "you",
        None,
        born("27", "", "1986"),
        "date_of_birth",
        "Type day, month and year, for example 27 3 1986.",
    ),
    ("you", None, born("31", "2", "2000"), "date_of_birth", A_DATE),
    ("you", None, born("29", "2", "1900"), "date_of_birth", A_DATE),
    ("you", None, born("1", "ma", "1986"), "date_of_birth", A_DATE),
    ("you", None, born("1", "marchy", "1986"), "date_of_birth", A_DATE),
    ("you", None, born("1", "13", "1986"), "date_of_birth", A_DATE),
    ("you", None, born("first", "3", "1986"), "date_of_birth", A_DATE),
    ("you", None, born("-1", "3", "1986"), "date_of_birth", A_DATE),
    ("you", None, born("1", "3", "9" * 9), "date_of_birth", A_DATE),
    ("you", None, born("1", "3", "0"), "date_of_birth", A_DATE),
    (
        "you",
        None,
        born("1", "1", THIS_YEAR + 1),
        "date_of_birth",
        "This date is still to come. Type the date of birth, for example 27 3 1986.",
    ),
    (
        "you",
        None,
        born("27", "3", "86"),
        "date_of_birth",
        "Check the year: type all four digits, as in 1986.",
    ),
    (
        "scar-cause",
        1,
        {"scar_cause": "magic"},
        "scar_cause",
        NOT_OFFERED.format("magic"),
    ),
    (
        "scar-cause",
        1,
        {"scar_cause": ""},
        "scar_cause",
        "Please answer: What caused the scar?",
    ),
    (
        "scar-look",
        1,
        {"age_amount": ""},
        "age_amount",
        "Type a number, or choose “Not sure” below it.",
    ),
    *(
        ("scar-look", 1, {"age_amount": typed}, "age_amount", AN_AGE)
        for typed in ["2.5", "6-8", "many", "-1", "6²", "6 or 8", "3 years", "9" * 5000]
    ),
    *(
        (
            "skin",
            None,
            {"isotretinoin": "stopped", "isotretinoin_stopped_months": typed},
            "isotretinoin_stopped_months",
            STOPPED_MONTHS,
        )
        for typed in ("6-8", "6 weeks", "half", "5000", "1e3")
    ),
    (
        "scar-look",
        1,
        {"age_amount": "121"},
        "age_amount",
        "Check the number: this is too long ago.",
    ),
    ("scar-look", 1, {"age_amount": "9" * 30}, "age_amount", AN_AGE),
    (
        "scar-look",
        1,
        {"itch": "0"},
        "itch",
        "How much does it itch? Write a whole number from 1 to 10.",
    ),
    (
        "scar-look",
        1,
        {"pain": "11"},
        "pain",
        "How much does it hurt, from 1 to 10? Write a whole number from 1 to 10.",
    ),
    (
        "scar-treated",
        1,
        {"prior_treatments": ["leeches"]},
        "prior_treatments",
        NOT_OFFERED.format("leeches"),
    ),
    (
        "scar-treated",
        1,
        {"prior_treatments": []},
        "prior_treatments",
        "Please answer: Which of these has this scar had already?",
    ),
    (
        "scar-treated",
        1,
        {"prior_treatments": ["none", "silicone"]},
        "prior_treatments",
        "Choose treatments, or “None of these”, or “Not sure”: not both.",
    ),
    (
        "scar-treated",
        1,
        {"prior_treatments": ["silicone", "other"]},
        "treatment_words",
        "Say in a few words what it was.",
    ),
    ("you", None, {"for_whom": "dog"}, "for_whom", NOT_OFFERED.format("dog")),
    ("health", None, {"ticked": ["x"]}, "ticked", NOT_OFFERED.format("x")),
    ("skin", None, {"fitzpatrick": "7"}, "fitzpatrick", NOT_OFFERED.format("7")),
    (
        "health",
        None,
        {"pregnant": "perhaps"},
        "pregnant",
        NOT_OFFERED.format("perhaps"),
    ),
    ("wishes", None, {"wants": ["leeches"]}, "wants", NOT_OFFERED.format("leeches")),
    (
        "wishes",
        None,
        {"wish": "x" * 2001},
        "wish",
        "Ensure this value has at most 2000 characters (it has 2001).",
    ),
    (
        "contact",
        None,
        {"ways": ["email"], "email": "", "telephone": ""},
        "email",
        "Type your e-mail address, or untick “E-mail”.",
    ),
    (
        "contact",
        None,
        {"email": "ada@"},
        "email",
        "Type a whole e-mail address, as in name@example.org.",
    ),
    (
        "contact",
        None,
        {"telephone": "call me"},
        "telephone",
        "Type a telephone number with its area code, for example +44 121 234 5678.",
    ),
    (
        "contact",
        None,
        {"ways": ["email"], "telephone": "     ", "email": " "},
        "email",
        "Type your e-mail address, or untick “E-mail”.",
    ),
]


@pytest.mark.parametrize(("slug", "number", "typed", "name", "message"), BAD)
def test_a_bad_answer_is_named_and_nothing_of_the_page_is_saved(
    client, slug, number, typed, name, message
):
    response = answer(begin(client), slug, number, **typed)
    assert response.status_code == 200
    form = response.context["form"]
    assert form.errors == {name: [message]}
    content = html.unescape(response.content.decode())
    [(target, said)] = re.findall(r'<li><a href="#(.*?)">(.*?)</a></li>', content)
    assert said == message
    assert f'id="{target}"' in content
    assert draft_of(client).done == []
    if typed.get(name):
        shown = typed[name]
        if isinstance(shown, str):
            shown = clean_text(shown)
        assert form[name].value() == shown


def test_a_number_is_read_as_people_write_it(client):
    begin(client)
    for typed in ("6", " 6 ", "six", "Six", "about 6", "ca. 6", "٦", "６", "6\u200b"):
        answer(client, "scar-look", 1, age_amount=typed)
        assert draft_of(client).scars.get().age_amount == 6, typed
    for typed in ("6 months", "6months", "about six months"):
        stopped = {"isotretinoin_stopped_months": typed}
        answer(client, "skin", isotretinoin="stopped", **stopped)
        assert draft_of(client).isotretinoin_stopped_months == 6, typed


def test_a_birthday_is_read_as_people_write_it(client):
    begin(client)
    for parts in [
        ("27", "3", "1986"),
        ("27.", "March", "1986"),
        ("27", "mar", "1986\u200f"),
        ("٢٧", "۳", "１９８６"),
    ]:
        answer(client, "you", **born(*parts))
        assert draft_of(client).date_of_birth == date(1986, 3, 27), parts
        Intake.objects.update(date_of_birth=None)


def test_no_page_asks_in_an_input_that_drops_what_is_no_number(client):
    begin(client)
    asked = [*steps.Route(draft_of(client)).applicable]
    shown = "".join(client.get(step.url).content.decode() for step in asked)
    assert shown.count('inputmode="numeric"') == 2 + 4
    assert 'type="number"' not in shown


@pytest.mark.parametrize(
    "name",
    [
        "Zoë 🦊 Müller",
        "עדה לבלייס",
        "\u202bآدا\u202c",
        "Ada\0\x0b",
        "O'Neill <b>&amp;</b>",
        "名" * 120,
    ],
)
def test_any_name_is_kept_exactly(client, name):
    answer(begin(client), "you", name=name)
    clean = one_line(name)
    assert draft_of(client).name == clean
    assert client.get(page("you")).context["form"]["name"].value() == clean
    assert html.escape(clean) in client.get(CHECK).content.decode()


def test_what_a_browser_lets_somebody_type_fits(client):
    # It counts a line end as one character, and sends two.
    wish = ("x" * 9 + "\n") * 199 + "x" * 10
    typed = wish.replace("\n", "\r\n")
    assert len(typed) > 2000
    assert answer(begin(client), "wishes", wish=typed).status_code == 302
    assert draft_of(client).wish == wish


# Addresses


def heading(response):
    return re.findall(r"<h1>(.*?)</h1>", response.content.decode())


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("url", [page("scar-shoe-size"), page("scar-shoe-size", 1)])
def test_an_unknown_address_is_not_found(client, url, method):
    begin(client)
    response = getattr(client, method)(url, {"name": "Ada"})
    assert response.status_code == 404
    assert heading(response) == ["We could not find that page"]


@pytest.mark.parametrize("number", [2, 0, 99, 10**30])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_scar_that_is_not_there_leads_back_on_the_way(client, number, method):
    answer(begin(client), "you")
    response = getattr(client, method)(page("scar-look", number), ANSWERS)
    assert (response.status_code, response["Location"]) == (302, page("scar-cause", 1))
    assert draft_of(client).scars.count() == 1


@pytest.mark.parametrize("url", [page("scar-look"), page("you", 1)])
def test_a_page_with_or_without_a_number_in_the_wrong_place_leads_on(client, url):
    assert begin(client).get(url)["Location"] == page("you")


@pytest.mark.parametrize("digits", [30, 5000])
def test_a_plan_with_a_number_beyond_all_numbers_is_not_found(staff_client, digits):
    url = f"/admin/consultations/plan/{'9' * digits}/change/"
    for response in (staff_client.get(url), staff_client.post(url, {"note": "Mine"})):
        assert response.status_code == 404


@pytest.mark.parametrize("digits", [30, 5000])
def test_a_template_with_a_number_beyond_all_numbers_inserts_nothing(
    staff_client, digits
):
    plan = make_plan()
    typed = {"_insert": "note", "template-note": "9" * digits}
    response = staff_client.post(desk(plan), posted(plan, note="Mine") | typed)
    assert response.status_code == 200
    assert response.context["form"]["note"].value() == "Mine"


@pytest.mark.parametrize("number", [2, 10**30])
def test_taking_out_a_scar_that_is_not_there_changes_nothing(client, number):
    begin(client)
    draft_of(client).scars.create(number=3)
    response = client.post(f"/consultation/remove-scar/{number}/")
    assert response["Location"] == TASKS
    assert draft_of(client).scars.count() == 2


@pytest.mark.parametrize("token", ["", "forged", "\xff\xfe", "x" * 4000, "a;b"])
def test_a_forged_cookie_opens_nothing(client, token):
    fill_in(client, age=15)
    forger = Client(headers={"cookie": f"intake={token}"})
    assert forger.get(CHECK)["Location"] == START
    assert forger.post(CHECK).status_code == 200
    assert not Plan.objects.exists()


# Methods


@pytest.mark.parametrize(
    ("method", "url", "status"),
    [
        *(("head", url, 200) for url in (START, page("you"), CHECK)),
        *(
            (method, url, 405)
            for method in ("put", "patch", "delete")
            for url in (START, page("you"), CHECK)
        ),
        ("post", "/consultation/advice/", 405),
        ("get", "/consultation/remove-scar/1/", 405),
    ],
)
def test_each_address_answers_its_methods_only(client, method, url, status):
    begin(client)
    assert getattr(client, method)(url).status_code == status
    assert (Intake.objects.count(), draft_of(client).scars.count()) == (1, 1)


def test_a_link_that_is_only_read_sends_nothing(client):
    fill_in(client, age=15)
    client.get(CHECK)
    client.head(CHECK)
    assert not Plan.objects.exists()


# Lost and oversized requests


def test_a_page_sent_without_the_cookie_is_kept_in_a_new_draft(client):
    response = answer(client, "scar-cause", 1, body_site="knee")
    assert (response.status_code, response["Location"]) == (302, page("you"))
    assert draft_of(client).scars.get().body_site == "knee"


def test_a_wrong_page_sent_without_the_cookie_shows_what_was_typed(client):
    response = answer(client, "you", name="Ada", date_of_birth_year="86")
    assert response.status_code == 200
    assert response.context["form"]["name"].value() == "Ada"
    answer(client, "you", name="Ada")
    assert Intake.objects.get() == draft_of(client)


def test_sending_without_the_cookie_names_what_is_missing(client):
    response = client.post(CHECK)
    assert response.status_code == 200
    assert response.context["unfinished"][0][0].key == "you"
    assert not Plan.objects.exists()


def test_a_form_without_its_csrf_token_is_refused_and_explained():
    client = Client(enforce_csrf_checks=True)
    response = client.post(page("you"), ANSWERS)
    assert (response.status_code, Intake.objects.count()) == (403, 0)
    assert heading(response) == ["The page was open too long"]


@pytest.mark.parametrize(
    "typed", [{"wish": "x" * 300_000}, {f"x{n}": "" for n in range(6001)}]
)
def test_a_request_that_is_too_large_is_refused_and_the_draft_stays(client, typed):
    answer(begin(client), "you")
    response = client.post(page("wishes"), typed)
    assert response.status_code == 400
    assert heading(response) == ["We could not read that request"]
    assert b"Go back one page and try again." in response.content
    assert draft_of(client).done == ["you"]


def test_bytes_that_are_no_text_are_no_crash(client):
    begin(client)
    for body in (b"name=%ff%fe", b"\xff\xfe=\x00", b"name=%ED%A0%80", b""):
        response = client.post(
            page("you"), body, content_type="application/x-www-form-urlencoded"
        )
        assert response.status_code == 302
        assert client.get(response["Location"]).context["form"].errors


def test_json_is_no_form(client):
    response = begin(client).post(page("you"), {"name": "Ada"}, "application/json")
    form = client.get(response["Location"]).context["form"]
    assert list(form.errors) == ["for_whom", "name", "date_of_birth", "assessment"]


@pytest.mark.parametrize("value", ["0", "11"])
def test_a_number_off_the_scale_is_a_form_error(client, value):
    begin(client)
    for slug, number in (("you", None), ("scar-cause", 1)):
        answer(client, slug, number)
    response = answer(client, "scar-look", 1, itch=value)
    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["itch"]
    assert f'value="{value}"' in response.content.decode()


def test_what_an_address_says_is_no_answer_of_a_form(client):
    answer(begin(client), "you")
    for typed in ({"wish": "Smoother"}, {}):
        posted = typed | {"preoccupied": "no"}
        client.post(f"{page('wishes')}?wish=Planted", posted)
        assert draft_of(client).wish == typed.get("wish", "")
