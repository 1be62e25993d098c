"""What a request of a patient costs, however many scars there are."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consultations.intake import submission
from consultations.intake.forms.page import PageForm
from tests.consultations.deciding import make_draft
from tests.consultations.factories import CHECK, answer, page
from tests.consultations.patients import holder_of

pytestmark = pytest.mark.django_db

SCARS = (1, 3, 8)
PAGES = [
    ("you", None),
    ("scar-look", 1),
    ("allergies", None),
    ("wishes", None),
    ("photos", 1),
    ("contact", None),
]


@pytest.fixture
def built(monkeypatch):
    """Return a list that each form of a page is noted in as it is built."""
    forms, init = [], PageForm.__init__

    def noted(form, *args, **kwargs):
        forms.append(type(form).__name__)
        init(form, *args, **kwargs)

    monkeypatch.setattr(PageForm, "__init__", noted)
    return forms


@pytest.mark.parametrize("scars", SCARS)
def test_at_most_two_forms_are_built_for_a_request(scars, built):
    _intake, link = make_draft(scars=scars)
    client = holder_of(link)
    for slug, number in PAGES:
        for ask in (lambda at: client.get(page(*at)), lambda at: answer(client, *at)):
            built.clear()
            ask((slug, number))
            assert 1 <= len(built) <= 2, slug
    for request in (client.get, client.post):
        built.clear()
        assert request(CHECK).status_code in (200, 302)
        assert built == []


def test_a_posted_page_costs_the_same_for_one_scar_and_for_eight():
    def cost(scars):
        client = holder_of(make_draft(scars=scars)[1])
        answer(client, "scar-look", 1)
        with CaptureQueriesContext(connection) as queries:
            assert answer(client, "scar-look", 1, colour="unknown").status_code == 302
        return len(queries)

    assert cost(1) == cost(8) <= 12


def test_sending_eight_scars_costs_at_most_sixty_queries():
    intake, _link = make_draft(scars=8)
    with CaptureQueriesContext(connection) as queries:
        submission.submit(intake)
    assert len(queries) <= 60
