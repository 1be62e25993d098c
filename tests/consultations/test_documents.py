"""Plans and answers as documents: a page to print, and a PDF of it."""

from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from PIL import Image
from pypdf import PdfReader

from consultations.review import documents
from methods.pictures import renditions
from tests.consultations.deciding import make_plan, sign_off
from tests.consultations.factories import make_clinician

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
        renditions.encode(ContentFile(whole.getvalue()[:-200]))


def test_without_the_system_s_libraries_the_page_says_that_there_is_no_pdf(
    staff_client, signed, monkeypatch
):
    monkeypatch.setattr(documents, "_weasyprint", lambda: None)
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
