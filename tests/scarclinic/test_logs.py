"""A log must not open a patient's page."""

import io
import logging

from django.test import Client

from consultations.models import Intake


def test_the_token_of_a_private_link_stays_out_of_the_log(db):
    _intake, token = Intake.objects.begin()
    [handler] = [each for each in logging.getLogger("django").handlers if each.filters]
    told = io.StringIO()
    console = handler.setStream(told)
    try:
        assert Client().get(f"/status/{token}/x/").status_code == 404
    finally:
        handler.setStream(console)
    assert told.getvalue() == "Not Found: /status/…/x/\n"
