"""Plans and answers as documents: a page to print, and a PDF of it."""

import sys
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from PIL import Image
from pypdf import PdfReader

from consultations.review import documents, pdf
from methods.pictures import renditions
from scarclinic.staff import confined
from tests.consultations.deciding import make_plan, sign_off
from tests.consultations.factories import make_clinician
from tests.consultations.patients import holder_of, html_of

pytestmark = pytest.mark.django_db


def document(plan, name):
    return reverse(f"admin:consultations_plan_{name}", args=[plan.pk])


def words_of(pdf):
    """Return the text of a PDF, page by page."""
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


@pytest.fixture
def signed():
    plan = make_plan(scars=3)
    return sign_off(
        plan, make_clinician("dora"), note="In spring.", subcision="include"
    )


@pytest.mark.parametrize("name", ["plan", "answers"])
def test_a_document_names_the_clinic_the_reference_and_the_patient_s_words(
    staff_client, signed, name
):
    html = staff_client.get(document(signed, name)).content.decode()
    words = {"plan": "In spring.", "answers": "Smoother cheeks"}
    assert words[name] in html
    assert f'<p class="reference">{signed.intake.reference}</p>' in html
    assert document(signed, f"{name}_pdf") in html


@pytest.mark.parametrize("name", ["plan", "answers"])
def test_a_pdf_has_the_reference_and_the_number_on_every_page(
    staff_client, signed, name
):
    response = staff_client.get(document(signed, f"{name}_pdf"))
    assert response["Content-Type"] == "application/pdf"
    assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))
    assert signed.intake.name not in response["Content-Disposition"]
    pages = words_of(response.content)
    assert len(pages) > 1
    reference = signed.intake.reference
    for number, page in enumerate(pages, start=1):
        assert f"{number} / {len(pages)}" in page
        assert reference in page


def test_who_makes_pdfs_still_refuses_a_damaged_photo(staff_client, signed):
    whole = BytesIO()
    Image.new("RGB", (640, 480), "#a97").save(whole, "JPEG")
    staff_client.get(document(signed, "plan_pdf"))
    with pytest.raises(renditions.Unsuitable):
        renditions.encode(ContentFile(whole.getvalue()[:-200]), who="ada")


def test_without_the_system_s_libraries_the_page_says_that_there_is_no_pdf(
    staff_client, signed, monkeypatch
):
    monkeypatch.setattr(documents, "can_make_pdf", lambda: False)
    for name in ("plan", "plan_pdf"):
        response = staff_client.get(document(signed, name))
        assert response["Content-Type"].startswith("text/html")
        assert "This machine cannot make PDFs." in response.content.decode()


def test_a_preview_says_that_it_is_one(staff_client):
    html = staff_client.get(document(make_plan(), "plan")).content.decode()
    assert "The patient sees nothing of it before it is signed." in html


@pytest.mark.parametrize("name", ["plan", "plan_pdf", "answers", "answers_pdf"])
def test_the_front_desk_reads_no_document(client_of, signed, name):
    assert client_of("Front desk").get(document(signed, name)).status_code == 403


# What it costs the others


@pytest.fixture
def own_places(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_of_one_case_one_pdf_is_made_at_a_time_and_two_in_all(
    staff_client, signed, monkeypatch, own_places
):
    work = replace(documents.MAKER, patience=0)
    monkeypatch.setattr(documents, "MAKER", work)
    url = document(signed, "plan_pdf")
    user = staff_client.get(url).wsgi_request.user
    for others in ([f"{user.pk} {signed.intake.pk}"], ["one", "two"]):
        with ExitStack() as held:
            for each in others:
                held.enter_context(confined.place(work, each))
            refused = staff_client.get(url)
            assert refused.status_code == 429
            assert "Many documents are being made now." in html_of(refused)
    with confined.place(work, "one"):
        assert staff_client.get(url)["Content-Type"] == "application/pdf"


def test_pdfs_of_one_case_are_limited_for_each_reader(signed, monkeypatch):
    monkeypatch.setattr(documents, "_as_pdf", lambda html, who: b"%PDF")
    patient = holder_of(f"/status/{signed.intake.token}/")
    url = f"/status/{signed.intake.token}/answers/pdf/"
    codes = [patient.get(url).status_code for _each in range(21)]
    assert codes == [200] * 20 + [429]


@pytest.mark.parametrize("code", ["import sys; sys.exit(1)", "import os; os.abort()"])
def test_a_pdf_that_fails_leaves_the_page_to_print(
    staff_client, signed, monkeypatch, code
):
    class Instead(confined.Work):
        command = [sys.executable, "-c", code]

    work = documents.MAKER
    instead = Instead(work.name, work.module, work.places, work.patience, work.seconds)
    monkeypatch.setattr(documents, "MAKER", instead)
    response = staff_client.get(document(signed, "plan_pdf"))
    assert response["Content-Type"].startswith("text/html")
    assert "This machine cannot make PDFs." in response.content.decode()


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/static/clinic/document.css",
        f"{pdf.NOWHERE}/media/photos/x.jpg",
        f"{pdf.NOWHERE}/static/../manage.py",
        f"{pdf.NOWHERE}/static/%2e%2e/manage.py",
        f"{pdf.NOWHERE}/static//etc/passwd",
        "file:///etc/passwd",
    ],
)
def test_a_document_reads_nothing_but_our_static_files(settings, url):
    folders = [str(settings.BASE_DIR / "static")]
    ours = f"{pdf.NOWHERE}/static/clinic/document.css"
    assert pdf.static_file(ours, "/static/", folders).is_file()
    with pytest.raises(ValueError, match=r".+"):
        pdf.static_file(url, "/static/", folders)
