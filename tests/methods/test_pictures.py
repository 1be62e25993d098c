"""Photos of people: what is kept of them, who lets us, and how they vanish."""

import os
import re
import time
from datetime import datetime, timedelta
from functools import cache
from html import unescape
from io import BytesIO

import pillow_heif
import pytest
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.models import Group
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from PIL import Image, ImageCms

from methods.models import (
    BeforeAfter,
    Consent,
    Method,
    Person,
    Picture,
    ScarType,
)
from methods.pictures import keeping, renditions
from methods.protocol.vocabulary import ConsentUse
from methods.publishing import editions
from scarclinic.staff.models import User
from tests.methods.reading import text_of

pytestmark = pytest.mark.django_db

ADD = "/admin/methods/picture/add/"
PICTURES = "/admin/methods/picture/"
CONSENTS = "/admin/methods/consent/"
TREATMENT = "/treatments/silicone/"
GPS, COMMENT = 0x8825, b"<?php echo 'secret'; ?>"


# Photos


def drawn(width=700, height=500):
    """Return an image of two fields: red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (width // 2, 0, width, height))
    return image


def saved(image, kind="JPEG", **options):
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def upload(body=None, name="IMG_0001.jpg"):
    return SimpleUploadedFile(name, saved(drawn()) if body is None else body)


def with_secrets(orientation=1):
    """Return a JPEG that tells where it was taken, and holds a comment."""
    image = drawn()
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Camera of Ada"
    exif.get_ifd(GPS).update({1: "N", 2: (48.0, 12.0, 30.0)})
    return saved(image, exif=exif, comment=COMMENT)


# The clinic


def log_in(role="Editor"):
    user = User.objects.create_user(role.lower(), is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media" / "pictures"


@pytest.fixture
def editor():
    return log_in()


@pytest.fixture
def commit(django_capture_on_commit_callbacks):
    """Return what makes a block of the test end as a request does, with a commit."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def today():
    return timezone.localdate()


def make_consent(**fields):
    recorder, _made = User.objects.get_or_create(username="recorder")
    fields = {
        "person_name": "Ada Okafor",
        "shows": "left cheek",
        "use": ConsentUse.RESULTS,
        "given_on": today() - timedelta(days=30),
        "until_withdrawn": not fields.get("until"),
        "paper": "folder 3",
        "recorded_by": recorder,
    } | fields
    return Consent.objects.create(**fields)


@cache
def encoded(body=None):
    return renditions.encode(upload(body), who="ada")


def make_picture(consent=None, alt="A cheek with pits", body=None):
    picture = Picture(consent=consent or make_consent(), alt=alt)
    return keeping.keep(picture, encoded(body))


def make_pair(before=None, after=None, **fields):
    fields = {
        "method": Method.objects.get(slug="silicone"),
        "sessions": 3,
        "months": 6,
        "phototype": 4,
        "taken": "Same light and angle.",
    } | fields
    pair = BeforeAfter.objects.create(
        before=before or make_picture(),
        after=after or make_picture(alt="The same cheek, flatter"),
        **fields,
    )
    editions.renew()
    return pair


def make_person(picture, **fields):
    person = Person.objects.create(name="Dr Ruiz", picture=picture, **fields)
    editions.renew()
    return person


def end(consent, **fields):
    """Change a consent as if time had passed. No page and no edition is told."""
    Consent.objects.filter(pk=consent.pk).update(**fields)


def page(client, address=TREATMENT):
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def files_in(markup):
    """Return the addresses of the files that a page shows, each once."""
    return sorted(set(re.findall(r"/pictures/[^ \",]+", markup)))


def stored(folder):
    return sorted(each.name for each in folder.iterdir()) if folder.exists() else []


def posted(**changes):
    return {
        "photo": upload(),
        "consent": changes.get("consent") or make_consent().pk,
        "alt": "A cheek",
    } | changes


def opened(client, url):
    """Return what a form remembers of the row as it was opened."""
    return {"opened": client.get(url).context["adminform"].form["opened"].value()}


def errors(response):
    return response.context["adminform"].form.errors


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


# What becomes of a photo


def test_an_upload_becomes_files_of_every_width(editor, own_files):
    photo = upload(saved(drawn(1500, 1000)))
    assert editor.post(ADD, posted(photo=photo)).status_code == 302
    picture = Picture.objects.get()
    sizes = [(width, height) for width, height, _format in picture.renditions]
    assert sizes == [(320, 213), (640, 427), (960, 640), (1280, 853)]
    assert picture.fallback == [640, 427, "jpeg"]
    expected = {
        f"{picture.token}-{width}.{kind}"
        for width, _height, kind in [*picture.renditions, picture.fallback]
    }
    assert stored(own_files) == sorted(expected)
    for name in expected:
        with Image.open(own_files / name) as image:
            assert image.width == int(re.search(r"-(\d+)\.", name)[1])


def test_a_photo_is_not_made_wider_than_it_is():
    made, fallback = renditions.encode(upload(saved(drawn(500, 300))), who="ada")
    assert [each.width for each in made] == [320, 500]
    assert (fallback.width, fallback.format) == (500, "jpeg")


@pytest.mark.parametrize("smallest", ["avif", "webp", "jpeg"])
def test_of_each_width_the_smallest_file_is_kept(monkeypatch, smallest):
    def encode(image, name):
        body = b"x" * (1 if name == smallest else 2)
        return renditions.Encoded(*image.size, format=name, body=body)

    monkeypatch.setattr(renditions, "_encode", encode)
    made, fallback = renditions.encode(upload(), who="ada")
    assert [each.format for each in made] == [smallest] * 3
    assert fallback.format == "jpeg"


def test_the_files_hold_neither_place_nor_comment(own_files):
    body = with_secrets()
    assert COMMENT in body
    make_picture(body=body)
    for name in stored(own_files):
        content = (own_files / name).read_bytes()
        assert [s for s in (COMMENT, b"Exif", b"Camera of Ada") if s in content] == []
        with Image.open(own_files / name) as image:
            assert dict(image.getexif()) == {}
            assert (
                image.info.keys() & {"comment", "exif", "xmp", "icc_profile"} == set()
            )


def test_a_photo_taken_sideways_stands_upright(own_files):
    picture = make_picture(body=with_secrets(orientation=6))
    assert picture.renditions[0][:2] == [320, 448]
    with Image.open(own_files / f"{picture.token}-500.jpeg") as image:
        top, bottom = image.getpixel((250, 50)), image.getpixel((250, 650))
    assert (top[0] > 200, bottom[2] > 200) == (True, True)


def test_colours_are_those_that_the_camera_meant():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"----").replace(b"bXYZ", b"rXYZ")
    swapped = swapped.replace(b"----", b"bXYZ")
    _made, fallback = renditions.encode(
        upload(saved(drawn(), icc_profile=swapped)), who="ada"
    )
    left = Image.open(BytesIO(fallback.body)).getpixel((50, 50))
    assert (left[0] < 40, left[2] > 200) == (True, True)


def test_a_colour_profile_that_is_none_is_passed_over():
    _made, fallback = renditions.encode(
        upload(saved(drawn(), icc_profile=b"none")), who="ada"
    )
    assert Image.open(BytesIO(fallback.body)).getpixel((50, 50))[0] > 200


def test_what_is_transparent_becomes_white():
    image = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
    _made, fallback = renditions.encode(upload(saved(image, "PNG")), who="ada")
    shown = Image.open(BytesIO(fallback.body))
    assert min(shown.getpixel((200, 200))) > 250


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_these_formats_are_read(kind):
    pillow_heif.register_heif_opener()
    made, _fallback = renditions.encode(upload(saved(drawn(), kind)), who="ada")
    assert [each.width for each in made] == [320, 640, 700]


NO_PHOTO = ["This is no photo that we can read. Save it as JPEG, then try again."]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"I am a text, and my name is IMG_0001.jpg.", NO_PHOTO),
        (b"", ["The submitted file is empty."]),
        (saved(drawn(), "GIF"), NO_PHOTO),
        (
            saved(drawn())[:1500],
            ["The photo is damaged. Export it again as JPEG, then try again."],
        ),
        (
            saved(drawn(300, 300)),
            ["The photo is less than 320 pixels wide. Choose a larger one."],
        ),
    ],
    ids=["text", "empty", "gif", "damaged", "small"],
)
def test_what_is_no_photo_is_refused_with_what_to_do(editor, own_files, body, message):
    response = editor.post(ADD, posted(photo=upload(body)))
    assert errors(response) == {"photo": message}
    assert (Picture.objects.count(), stored(own_files)) == (0, [])


@pytest.mark.parametrize("side", [8_000, 10_000, 15_000])
def test_a_small_file_that_claims_millions_of_pixels_is_not_decoded(editor, side):
    bomb = saved(Image.new("1", (side, side)), "PNG")
    assert len(bomb) < 200_000
    response = editor.post(ADD, posted(photo=upload(bomb)))
    assert errors(response) == {
        "photo": [
            "The photo has more than 60 million pixels. Save it smaller, then try again."
        ]
    }


def test_a_large_file_is_refused_before_it_is_opened(editor):
    response = editor.post(ADD, posted(photo=upload(b"\0" * (20 * 2**20 + 1))))
    assert errors(response) == {
        "photo": [
            "The file is larger than 20 MB. Save the photo smaller, then try again."
        ]
    }


def test_a_request_larger_than_any_form_takes_is_not_read():
    client, login = Client(enforce_csrf_checks=True), "/admin/login/"
    client.get(login)
    response = client.post(login, {"photo": upload(b"\0" * (25 * 2**20))})
    assert response.status_code == 413


def test_a_photo_is_encoded_once_and_before_the_transaction(editor, monkeypatch):
    encode, inside = renditions.encode, []

    def watched(file, **how):
        inside.append(len(transaction.get_connection().savepoint_ids))
        return encode(file, **how)

    monkeypatch.setattr(renditions, "encode", watched)
    outside = len(transaction.get_connection().savepoint_ids)
    editor.post(ADD, posted())
    assert inside == [outside]


# Consent


def test_a_consent_remembers_who_recorded_it():
    User.objects.create_user("somebody-else")
    editor = log_in()
    data = {
        "person_name": "Ada Okafor",
        "shows": "left cheek",
        "use": "results",
        "given_on": today().isoformat(),
        "until_withdrawn": "on",
        "paper": "folder 3",
    }
    response = editor.post("/admin/methods/consent/add/", data)
    assert response.status_code == 302
    assert Consent.objects.get().recorded_by.username == "editor"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"until_withdrawn": ""},
            "Give the last day, or tick “until it is withdrawn”; not both.",
        ),
        (
            {"until": "2190-01-01"},
            "Give the last day, or tick “until it is withdrawn”; not both.",
        ),
        (
            {"until": "2020-01-01", "until_withdrawn": ""},
            "Let it end after the day it was given.",
        ),
        (
            {"given_on": "2190-01-01"},
            "This day has not come yet. Record it once it is given.",
        ),
    ],
)
def test_a_consent_says_from_when_and_until_when(editor, changes, message):
    data = {
        "person_name": "Ada Okafor",
        "shows": "left cheek",
        "use": "results",
        "given_on": today().isoformat(),
        "until_withdrawn": "on",
        "paper": "folder 3",
    }
    response = editor.post("/admin/methods/consent/add/", data | changes)
    assert [text for each in errors(response).values() for text in each] == [message]


def test_a_picture_is_described_or_decorative(editor):
    message = ["Describe the photo, or tick “decorative”; not both."]
    for wrong in ({"alt": ""}, {"is_decorative": "on"}):
        response = editor.post(ADD, posted(**wrong))
        assert errors(response) == {"__all__": message}
    assert editor.post(ADD, posted(alt="", is_decorative="on")).status_code == 302


def test_the_database_refuses_a_picture_that_is_neither():
    with pytest.raises(IntegrityError):
        make_picture(alt="")


def test_a_picture_without_a_valid_consent_is_refused_with_the_reason(editor):
    yesterday = today() - timedelta(days=1)
    response = editor.post(ADD, posted(consent=make_consent(until=yesterday).pk))
    told = f"The consent ran out on {date_format(yesterday)}."
    assert errors(response) == {"consent": [told]}
    assert errors(editor.post(ADD, posted() | {"consent": ""})) == {
        "consent": ["This field is required."]
    }


def test_the_log_keeps_no_word_of_what_a_picture_shows(own_files, editor):
    consent, words = make_consent(), "A cheek after an injury"
    typed = {"consent": consent.pk, "alt": words, "photo": upload()}
    editor.post(ADD, typed)
    first = Picture.objects.get()
    page = f"/admin/methods/picture/{first.pk}/change/"
    typed = {"consent": consent.pk, "alt": f"{words}!"}
    editor.post(page, typed | opened(editor, page))
    second, third = make_picture(consent), make_picture(consent)
    chosen = [second.pk, third.pk]
    data = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    editor.post("/admin/methods/picture/", data)
    editor.post(f"/admin/methods/picture/{first.pk}/delete/", {"post": "yes"})
    entries = LogEntry.objects.filter(content_type__model="picture").order_by("pk")
    assert sorted(entries.values_list("action_flag", "object_repr")) == sorted(
        [
            *((flag, f"Picture {first.pk}") for flag in (ADDITION, CHANGE, DELETION)),
            *((DELETION, f"Picture {pk}") for pk in chosen),
        ]
    )
    assert words not in str(list(entries.values_list("change_message")))


def test_no_picture_is_kept_by_a_withdrawn_consent(own_files):
    consent = keeping.withdraw(make_consent(), by=User.objects.create_user("eve"))
    with pytest.raises(keeping.NotPermitted):
        make_picture(consent)
    assert stored(own_files) == []


def test_a_pair_needs_consents_for_results(editor):
    staff = make_picture(make_consent(use=ConsentUse.PEOPLE))
    pair = make_pair()
    address = reverse("admin:methods_beforeafter_change", args=[pair.pk])
    data = {"before": pair.before_id, "after": staff.pk, "method": pair.method_id}
    data |= {"sessions": 3, "months": 6, "phototype": 4, "taken": "x", "position": 1}
    data |= opened(editor, address)
    assert errors(editor.post(address, data)).keys() == {"after"}
    end(pair.before.consent, until=today() - timedelta(days=1), until_withdrawn=False)
    data |= {"after": pair.after_id}
    day = date_format(today() - timedelta(days=1))
    assert errors(editor.post(address, data)) == {
        "before": [f"The consent ran out on {day}."]
    }


def test_a_pair_whose_consent_became_one_for_something_else_is_hidden(client, editor):
    pair = make_pair()
    end(pair.after.consent, use=ConsentUse.PEOPLE)
    editions.renew()
    assert "<picture>" not in page(client)
    standing = re.findall(
        r'field-standing">(.*?)</td>', page(editor, "/admin/methods/beforeafter/")
    )
    assert standing == ["The consent is only for this: The page about us."]


def test_the_list_of_pictures_says_where_each_is_shown_or_why_not(editor):
    unused = make_picture()
    pair = make_pair()
    over = make_picture(make_consent(until=today()))
    end(over.consent, until=today() - timedelta(days=1))
    shown = page(editor, "/admin/methods/picture/")
    where = [
        unescape(each) for each in re.findall(r'field-where">(.*?)</td>', shown, re.S)
    ]
    ran_out = f"The consent ran out on {date_format(today() - timedelta(days=1))}."
    assert where == [
        f"Nowhere. {ran_out}",
        *[str(pair.method)] * 2,
        "Nowhere yet: no page uses it.",
    ]
    assert unused.places() == []


def test_the_list_of_pictures_costs_the_same_for_two_and_for_six(editor, count_queries):
    make_pair(scar_type=ScarType.objects.first())
    for_two = count_queries(editor, "/admin/methods/picture/")
    make_pair()
    make_pair(scar_type=ScarType.objects.last())
    assert count_queries(editor, "/admin/methods/picture/") == for_two


def test_staff_see_a_photo_that_visitors_do_not(editor, client):
    picture = make_picture()
    address = reverse("admin:methods_picture_photo", args=[picture.pk])
    response = editor.get(address)
    assert (response.status_code, response["Content-Type"]) == (200, "image/jpeg")
    assert response["Cache-Control"].endswith("private")
    assert "no-store" in response["Cache-Control"]
    assert client.get(address).status_code == 302
    change = reverse("admin:methods_picture_change", args=[picture.pk])
    assert address in page(editor, change)


def test_a_description_can_be_changed_without_a_new_photo(editor):
    pair = make_pair()
    change = reverse("admin:methods_picture_change", args=[pair.before_id])
    data = {"alt": "Pits, seen closer", "consent": pair.before.consent_id}
    data |= opened(editor, change)
    assert editor.post(change, data).status_code == 302
    assert 'alt="Pits, seen closer"' in page(Client())


def test_a_cosmetologist_sees_consents_and_changes_none(staff_client):
    consent = make_consent()
    change = reverse("admin:methods_consent_change", args=[consent.pk])
    withdraw = reverse("admin:methods_consent_withdraw", args=[consent.pk])
    assert staff_client.get(change).status_code == 200
    assert staff_client.post(withdraw).status_code == 403
    assert staff_client.post(ADD, posted()).status_code == 403
    consent.refresh_from_db()
    assert consent.withdrawn_at is None


# On the pages


def test_a_pair_stands_on_the_page_of_its_treatment_and_of_its_scar_type(client):
    make_pair(scar_type=ScarType.objects.get(finding__code="hypertrophic"))
    for address in (TREATMENT, "/scars/hypertrophic/"):
        shown = page(client, address)
        assert len(re.findall("<picture>", shown)) == 2
        assert "Results differ. This is one person." in shown
        assert "After 3 sessions" in shown
        skin = "The skin: rarely burns, always tans well (phototype IV of VI)."
        assert skin in text_of(shown)
    assert "<picture>" not in page(client, "/treatments/subcision/")
    assert "<picture>" not in page(client, "/scars/ice_pick/")


def test_a_pair_that_is_drawn_says_that_it_shows_nobody(client):
    make_pair(is_drawn=True)
    shown = text_of(page(client))
    assert "Drawn for a demonstration: this shows nobody." in shown
    assert "This is one person" not in shown


def test_a_pair_cannot_be_saved_without_the_skin_it_was_taken_on(editor):
    pair = make_pair()
    address = reverse("admin:methods_beforeafter_change", args=[pair.pk])
    data = {"before": pair.before_id, "after": pair.after_id, "taken": "Same light."}
    data |= {"method": pair.method_id, "sessions": 3, "months": 6, "phototype": ""}
    data["position"] = 1
    response = editor.post(address, opened(editor, address) | data)
    assert errors(response).keys() == {"phototype"}


def test_a_photo_offers_every_width_and_reserves_its_place(client):
    pair = make_pair()
    token = pair.before.token
    shown = re.search(r"<picture>.*?</picture>", page(client), re.S)[0]
    listed = re.search(r'srcset="([^"]+)"', shown)[1]
    assert listed.split(", ") == [
        f"/pictures/{token}-{width}.{kind} {width}w"
        for width, _height, kind in pair.before.renditions
    ]
    assert re.search(r"<img .*>", shown)[0].split("</picture>")[0] == (
        f'<img src="/pictures/{token}-640.jpeg" alt="A cheek with pits" width="640"'
        ' height="457" loading="lazy" decoding="async">'
    )


def test_a_page_with_a_pair_names_nobody_and_costs_no_query_more(client, count_queries):
    without = count_queries(client, TREATMENT)
    make_pair()
    assert count_queries(client, TREATMENT) == without
    make_pair()
    assert count_queries(client, TREATMENT) == without
    assert "Okafor" not in page(client)


def test_a_description_is_escaped(client):
    make_pair(before=make_picture(alt='"><script>x()</script>'))
    assert "<script>x()" not in page(client)


def test_a_person_is_shown_with_a_photo(client):
    picture = make_picture(make_consent(use=ConsentUse.PEOPLE), alt="Dr Ruiz smiles")
    make_person(picture)
    assert 'alt="Dr Ruiz smiles"' in page(client, "/about/")


def test_a_person_is_not_shown_by_a_consent_for_something_else(client, editor):
    person = make_person(make_picture(make_consent(use=ConsentUse.RESULTS)))
    shown = page(client, "/about/")
    assert ("Dr Ruiz" in shown, "<picture>" in shown) == (True, False)
    change = reverse("admin:methods_person_change", args=[person.pk])
    data = {"name": "Dr Ruiz", "profession": "Doctor", "position": 1}
    data |= opened(editor, change)
    response = editor.post(change, data | {"picture": person.picture_id})
    assert errors(response).keys() == {"picture"}


# The files


def test_a_file_is_sent_so_that_no_copy_outlives_the_consent(client):
    make_pair()
    address = files_in(page(client))[0]
    response = client.get(address)
    assert response.status_code == 200
    told = {
        "Cache-Control": "private, no-cache",
        "X-Robots-Tag": "noindex",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    assert {name: response[name] for name in told} == told
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert dict(response.cookies) == {}
    assert not hasattr(response, "edition")


@pytest.mark.parametrize("kind", ["avif", "webp", "jpeg"])
def test_a_file_says_what_it_is(client, monkeypatch, kind):
    only = {kind: renditions.ENCODERS[kind], "jpeg": renditions.ENCODERS["jpeg"]}
    monkeypatch.setattr(renditions, "ENCODERS", only)
    # Not `make_picture`, which remembers what other encoders made.
    picture = Picture(consent=make_consent(), alt="A cheek with pits")
    make_pair(before=keeping.keep(picture, renditions.encode(upload(), who="ada")))
    served = {client.get(each)["Content-Type"] for each in files_in(page(client))}
    assert f"image/{kind}" in served


def test_a_browser_that_has_a_file_is_not_sent_it_again(client):
    make_pair()
    address = files_in(page(client))[0]
    etag = client.get(address)["ETag"]
    response = client.get(address, headers={"if-none-match": etag})
    assert (response.status_code, response.content) == (304, b"")
    assert response["Cache-Control"] == "private, no-cache"


def test_a_file_costs_one_query(client, count_queries):
    make_pair()
    assert count_queries(client, files_in(page(client))[0]) == 1


def test_a_file_that_no_page_shows_is_not_sent(client):
    pair = make_pair()
    files = files_in(page(client))
    BeforeAfter.objects.filter(pk=pair.pk).update(is_public=False)
    editions.renew()
    assert {client.get(each).status_code for each in files} == {404}


@pytest.mark.parametrize(
    "name",
    ["0123456789abcdef-640.jpeg", "../db.sqlite3", "0123456789abcdef-640.svg", "x"],
)
def test_no_other_file_has_an_address(client, name):
    assert client.get(f"/pictures/{name}").status_code == 404


def test_a_file_that_is_lost_is_not_found(client, own_files):
    make_pair()
    address = files_in(page(client))[0]
    (own_files / address.rpartition("/")[2]).unlink()
    assert client.get(address).status_code == 404


# The end of a consent


def test_a_withdrawal_takes_the_pictures_off_every_page_and_deletes_them(
    client, editor, own_files, commit
):
    consent = make_consent()
    staff = make_consent(use=ConsentUse.PEOPLE)
    scar_type = ScarType.objects.get(finding__code="hypertrophic")
    make_pair(make_picture(consent), make_picture(consent), scar_type=scar_type)
    person = make_person(make_picture(staff))
    pages = (TREATMENT, "/scars/hypertrophic/", "/about/")
    files = sorted(
        {each for address in pages for each in files_in(page(client, address))}
    )
    assert {client.get(each).status_code for each in files} == {200}

    for each in (consent, staff):
        address = reverse("admin:methods_consent_withdraw", args=[each.pk])
        assert "cannot be undone" in page(editor, address)
        with commit():
            assert editor.post(address).status_code == 302

    assert [files_in(page(client, address)) for address in pages] == [[], [], []]
    assert {client.get(each).status_code for each in files} == {404}
    assert stored(own_files) == []
    assert (Picture.objects.count(), BeforeAfter.objects.count()) == (0, 0)
    person.refresh_from_db()
    assert person.picture is None
    consent.refresh_from_db()
    assert consent.withdrawn_by.username == "editor"
    assert consent.person_name == "Ada Okafor"


def test_a_pair_is_shown_whole_or_not_at_all(client, editor, commit):
    pair = make_pair(make_picture(make_consent()), make_picture(make_consent()))
    with commit():
        keeping.withdraw(pair.after.consent, by=User.objects.get(username="editor"))
    assert "<picture>" not in page(client)
    assert Picture.objects.get() == pair.before


def test_asking_whether_to_withdraw_changes_nothing(editor):
    consent = make_picture().consent
    editor.get(reverse("admin:methods_consent_withdraw", args=[consent.pk]))
    assert Consent.objects.get(pk=consent.pk).withdrawn_at is None
    assert Picture.objects.count() == 1


def test_what_was_withdrawn_cannot_be_changed_or_withdrawn_again(editor):
    eve = User.objects.create_user("eve")
    consent = keeping.withdraw(make_consent(), by=eve)
    assert keeping.withdraw(consent, by=User.objects.get(username="editor")) == consent
    change = reverse("admin:methods_consent_change", args=[consent.pk])
    assert editor.post(change, {"person_name": "X"}).status_code == 403
    withdraw = reverse("admin:methods_consent_withdraw", args=[consent.pk])
    assert editor.post(withdraw).status_code == 403
    consent.refresh_from_db()
    assert (consent.withdrawn_by, consent.person_name) == (eve, "Ada Okafor")


def test_the_record_of_a_consent_cannot_be_deleted(editor):
    consent = make_consent()
    delete = reverse("admin:methods_consent_delete", args=[consent.pk])
    assert editor.post(delete, {"post": "yes"}).status_code == 403


def test_a_consent_ends_by_itself_after_its_last_day(client, monkeypatch):
    last_day = today() + timedelta(days=3)
    pair = make_pair(make_picture(make_consent(until=last_day)))
    midnight = timezone.make_aware(
        datetime.combine(last_day + timedelta(days=1), datetime.min.time())
    )
    files = files_in(page(client))
    assert client.get(TREATMENT).keep_until == midnight
    monkeypatch.setattr(timezone, "now", lambda: midnight - timedelta(seconds=1))
    assert "<picture>" in page(client)
    assert {client.get(each).status_code for each in files} == {200}
    monkeypatch.setattr(timezone, "now", lambda: midnight)
    assert "<picture>" not in page(client)
    tokens = {pair.before.token: 404, pair.after.token: 200}
    statuses = {
        each[len("/pictures/") :].partition("-")[0]: client.get(each).status_code
        for each in files
    }
    assert statuses == tokens
    editions.renew()
    assert editions.current().site.pairs == ()


def test_a_persons_photo_goes_on_the_day_the_person_stays(client, monkeypatch):
    consent = make_consent(use=ConsentUse.PEOPLE, until=today())
    make_person(make_picture(consent, alt="Dr Ruiz smiles"))
    assert "Dr Ruiz smiles" in page(client, "/about/")
    later = timezone.now() + timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: later)
    shown = page(client, "/about/")
    assert ("Dr Ruiz" in shown, "Dr Ruiz smiles" in shown) == (True, False)


def test_deleting_a_picture_deletes_its_files_and_no_other(
    client, editor, own_files, commit
):
    kept = make_picture()
    pair = make_pair()
    delete = reverse("admin:methods_picture_delete", args=[pair.before_id])
    with commit():
        assert editor.post(delete, {"post": "yes"}).status_code == 302
    assert "<picture>" not in page(client)
    tokens = {name.partition("-")[0] for name in stored(own_files)}
    assert tokens == {kept.token, pair.after.token}


def test_files_that_failed_attempts_left_go_with_the_next_removal(own_files, commit):
    removed, kept = make_picture(), make_picture()
    left, on_its_way = f"{'a' * 16}-320.webp", f"{'b' * 16}-320.webp"
    for name in (left, on_its_way):
        (own_files / name).write_bytes(b"x")
    of_kept = [name for name in stored(own_files) if name.startswith(kept.token)]
    two_days_ago = time.time() - 2 * 86400
    for name in (left, *of_kept):
        os.utime(own_files / name, (two_days_ago, two_days_ago))
    with commit():
        keeping.remove(Picture.objects.filter(pk=removed.pk))
    assert stored(own_files) == sorted([on_its_way, *of_kept])


def test_files_stay_where_the_removal_is_rolled_back(client, own_files, commit):
    make_pair()
    before = stored(own_files)
    with commit(), transaction.atomic():
        keeping.remove(Picture.objects.all())
        transaction.set_rollback(True)
    assert stored(own_files) == before
    assert "<picture>" in page(client)


def test_only_the_sites_own_user_may_read_the_files(own_files):
    make_picture()
    modes = {oct(each.stat().st_mode & 0o777) for each in own_files.iterdir()}
    assert (modes, oct(own_files.stat().st_mode & 0o777)) == ({"0o600"}, "0o700")


# Whose photos


def test_no_name_stands_in_the_database_and_staff_find_it_still(editor):
    data = {
        "person_name": "Zoë Quuxfinch",
        "shows": "Quuxcheek",
        "use": "results",
        "given_on": today().isoformat(),
        "until_withdrawn": "on",
        "paper": "folder 3",
    }
    editor.post("/admin/methods/consent/add/", data)
    consent = Consent.objects.get()
    make_consent(person_name="Ada Okafor")
    picture = make_picture(consent)
    change = f"/admin/methods/consent/{consent.pk}/change/"
    editor.post(change, data | {"paper": "folder 4"} | opened(editor, change))
    rows = []
    with connection.cursor() as cursor:
        for table in ("methods_consent", "methods_picture", "django_admin_log"):
            cursor.execute(f"SELECT * FROM {table}")
            rows += cursor.fetchall()
    assert len(rows) > 4
    assert "quux" not in repr(rows).lower()
    found = {
        text: [
            list(editor.get(url, {"q": text}).context["cl"].result_list)
            for url in (CONSENTS, PICTURES)
        ]
        for text in ("zoe", "QUUXCH finch", "quuxch zoe", "folder 4", "okafor x")
    }
    assert found == {
        "zoe": [[consent], [picture]],
        "QUUXCH finch": [[], []],
        "quuxch zoe": [[consent], [picture]],
        "folder 4": [[consent], [picture]],
        "okafor x": [[], []],
    }
