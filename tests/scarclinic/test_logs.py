"""A log must not open a patient's page."""

import io
import logging
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from consultations.models import Intake

ODD = "very-odd"


@contextmanager
def told():
    """Yield what the site writes to its log meanwhile, as a file."""
    [handler] = [each for each in logging.getLogger("django").handlers if each.filters]
    written = io.StringIO()
    console = handler.setStream(written)
    try:
        yield written
    finally:
        handler.setStream(console)


def test_the_token_of_a_private_link_stays_out_of_the_log(db):
    _intake, token = Intake.objects.begin()
    with told() as written:
        assert Client().get(f"/status/{token}/x/").status_code == 404
    assert written.getvalue() == "Not Found: /status/…/x/\n"


def test_the_token_of_a_link_for_a_password_stays_out_of_the_log(db):
    with told() as written:
        logging.getLogger("django.request").warning("At /admin/password/1-c0ffee/")
        logging.getLogger("django.request").warning("At /admin/password/sent/")
    assert "c0ffee" not in written.getvalue()
    assert "At /admin/password/…/\nAt /admin/password/sent/" in written.getvalue()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite quotes no row")
def test_a_row_that_the_database_quotes_stays_out_of_the_log(db):
    intake, _token = Intake.objects.begin()
    with told() as written:
        with pytest.raises(IntegrityError) as failed, transaction.atomic():
            Intake.objects.filter(pk=intake.pk).update(status=ODD)
        logger = logging.getLogger("django.scarclinic")
        logger.error("It failed.", exc_info=failed.value)
    assert ODD in str(failed.value)
    assert "consultations_intake_sent_is_whole" in written.getvalue()
    assert ODD not in written.getvalue()
