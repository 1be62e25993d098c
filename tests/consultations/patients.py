"""Patients who come back by their private link, on a device of their own or another."""

from html import unescape

from django.test import Client
from django.urls import reverse

from consultations.intake import consents, devices
from consultations.models import ConsentPurpose, DecidedBy


def token_in(link):
    """Return the token of a private address."""
    return link.split("/")[2]


def holder_of(link):
    """Return a client whose browser has opened a private link before."""
    client = Client()
    client.cookies["intake"] = devices.proof(token_in(link))
    return client


def at(link, name, *args):
    """Return the address of a page under a private link."""
    return reverse(f"consultations:{name}", args=[token_in(link), *args])


def birthday(intake, *, year=None):
    """Return what is typed as an intake's date of birth; `year` makes it a wrong one."""
    born = intake.date_of_birth
    return {
        "date_of_birth_day": born.day,
        "date_of_birth_month": born.month,
        "date_of_birth_year": year or born.year,
    }


def agree(intake, *purposes, by=DecidedBy.PATIENT):
    """Agree to these purposes, and to the assessment; to no other."""
    given = {*purposes, ConsentPurpose.ASSESSMENT}
    decided = {purpose: purpose in given for purpose in ConsentPurpose}
    consents.decide(intake, decided, by=by, name=intake.name)


def html_of(response):
    """Return a page as it reads, without character references."""
    return unescape(response.content.decode())


def heading(response):
    """Return what the first heading of a page says."""
    return html_of(response).partition("<h1>")[2].partition("</h1>")[0]
