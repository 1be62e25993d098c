import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import JsonResponse
from django.test import Client
from django.urls import path

from scarclinic.staff.models import User


def echo(request):
    """Answer with what a view reads."""
    return JsonResponse(
        {
            "GET": dict(request.GET.lists()),
            "POST": dict(request.POST.lists()),
            "FILES": {k: v.read().decode() for k, v in request.FILES.items()},
            "COOKIES": request.COOKIES,
        }
    )


def unread(request):
    return JsonResponse({"is_read": hasattr(request, "_post")})


urlpatterns = [path("echo/", echo), path("unread/", unread)]
pytestmark = pytest.mark.urls(__name__)

DIRTY, CLEAN = "Jose\u0301\x00\xa0\u200bO\x0bB\r\n", "José O\nB\n"


@pytest.fixture
def client():
    return Client()


def test_an_address_is_cleaned(client):
    read = client.get("/echo/", {"q": [DIRTY, "x"], "a\x00": "1"}).json()["GET"]
    assert read == {"q": [CLEAN, "x"], "a": ["1"]}


def test_a_form_is_cleaned_but_for_passwords_and_files(client):
    posted = {"name": [DIRTY, "x"], "new_password1": DIRTY}
    asked = {
        "data": posted | {"file": SimpleUploadedFile("a.txt", DIRTY.encode())},
    }
    read = client.post("/echo/", **asked).json()
    assert read["POST"] == {"name": [CLEAN, "x"], "new_password1": [DIRTY]}
    assert read["FILES"] == {"file": DIRTY}


def test_a_cookie_is_cleaned(client):
    client.cookies["theme"] = "a"
    client.cookies["theme"]._coded_value = client.cookies["theme"]._value = (
        '"\\000abcdefgh"'
    )
    assert client.get("/echo/").json()["COOKIES"] == {"theme": "abcdefgh"}


@pytest.mark.parametrize("charset", ["utf-16", "raw_unicode_escape", "hex", "utf-7"])
def test_a_form_is_read_as_utf_8_whatever_it_says(client, charset):
    body = "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n\\ud800 é\r\n--x--\r\n"
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    read = client.generic("POST", "/echo/", body.encode(), kind).json()["POST"]
    assert read == {"a": ["\\ud800 é"]}


def test_no_body_is_read_that_no_view_asks_for(client):
    assert client.post("/unread/", {"a": "b"}).json() == {"is_read": False}


@pytest.mark.django_db
@pytest.mark.urls("scarclinic.urls")
def test_a_session_with_nul_is_no_session(client):
    client.cookies["sessionid"] = "x" * 32
    client.cookies["sessionid"]._coded_value = '"' + "x" * 31 + '\\000"'
    assert client.get("/admin/login/").status_code == 200


@pytest.mark.django_db
@pytest.mark.urls("scarclinic.urls")
def test_a_password_works_as_it_was_typed(client):
    password = "\u200bse\xa0cret\u0301"
    User.objects.create_user("dora", password=password, is_staff=True)
    posted = {"login": "dora\u200b", "password": password}
    assert client.post("/admin/login/", posted).status_code == 302
