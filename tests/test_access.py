"""Who may open what: every address, method and role, one's own or someone else's.

The table is `data/access.txt`. An address that is not in it, or that answers otherwise,
fails: whoever adds one writes down whom it is for.
"""

from copy import copy
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client, override_settings
from django.urls import URLPattern, get_resolver, reverse

from consultations.models import (
    ConsentPurpose,
    ConsentText,
    ErasureRequest,
    Letter,
    LetterTemplate,
    MessageTemplate,
    PhotoSlot,
    Plan,
    Scope,
    StepTally,
)
from consultations.review import workflow
from methods.models import (
    BeforeAfter,
    Clinic,
    Condition,
    Consent,
    Finding,
    Method,
    Notice,
    Pathway,
    Person,
    Picture,
    Proposal,
    ProtocolVersion,
    ScarType,
    Source,
    Synonym,
    Trait,
)
from methods.publishing import proposals
from scarclinic.staff.models import AccountChange, Event, User
from tests.consultations.deciding import make_draft, make_plan, sign_off
from tests.consultations.factories import make_clinician
from tests.consultations.patients import agree, holder_of, token_in
from tests.consultations.photos import files
from tests.scarclinic.factors import give_passkey

TABLE = Path(__file__).parent / "data" / "access.txt"
METHODS = ("GET", "POST")
ROLES = ("Front desk", "Editor", "Cosmetologist", "Administrator")
VISITORS = ("nobody", "patient", "other patient", *ROLES, "colleague", "no factor")
"""Staff have proved a second factor; "no factor" has all roles, and a password alone.
A patient opens what is theirs, another what is not; the cosmetologist has claimed the
plan, and has the passkey; the colleague, a cosmetologist too, has not."""
MODELS = {
    each._meta.label_lower.replace(".", "_"): each
    for each in (
        *(BeforeAfter, Clinic, Consent, Finding, Method, Notice, Person, Picture),
        *(Condition, Pathway, Proposal, ProtocolVersion),
        *(ScarType, Source, Synonym, Trait, ConsentText, ErasureRequest, Letter),
        *(LetterTemplate, MessageTemplate, Plan, Scope, StepTally, User, Group, Event),
        AccountChange,
    )
}
# Django names the address of a new password after its own user model.
MODELS["auth_user"] = User


def patterns(resolver=None, namespace=""):
    """Yield (name, the names of its arguments) of every address of the site."""
    for each in (resolver or get_resolver()).url_patterns:
        if not isinstance(each, URLPattern):
            inner = f"{each.namespace}:" if each.namespace else ""
            yield from patterns(each, namespace + inner)
        elif each.name:
            known = each.default_args or {}
            names = set(each.pattern.converters) | set(each.pattern.regex.groupindex)
            yield f"{namespace}{each.name}", tuple(sorted(names - known.keys()))


NAMES = sorted(set(patterns()))
"""Without the doors that have no name: a page that is not there, old addresses of the
admin."""


def address(name, arguments):
    """Return an address, and its name in the table."""
    return f"{name} {' '.join(arguments)}".strip()


class Scene:
    """A clinic with a patient whose draft, photos and signed plan somebody may open."""

    def __init__(self):
        clara = make_clinician("clara")
        make_clinician("dora")
        self.draft, self.draft_link = make_draft()
        plan = make_plan()
        agree(plan.intake, ConsentPurpose.PHOTOS)
        self.link, self.plan = plan.link, sign_off(plan, clara)
        self.plan = workflow.amend(self.plan, by=clara)
        self.question = workflow.ask(self.plan, "Since when?", [], by=clara)
        picture = files.saved(files.drawn())
        self.photo = files.put_photo(self.plan.intake.scars.get(), picture)
        ErasureRequest.objects.create(intake=self.plan.intake)
        Scope.objects.create(user=clara)
        _other, self.other_link = make_draft()
        self.passkey = give_passkey(clara)
        AccountChange.objects.create(user=clara, asked_by=clara, changes={})
        proposals.unpublish(Method.objects.get(slug="tca-cross"), by=clara)

    def values(self, name):
        """Return what stands for each argument of an address."""
        label = max((each for each in MODELS if each in name), key=len, default="")
        model = MODELS.get(label)
        row = model.objects.first() if model else None
        if model is Plan:
            row = self.plan
        if "webauthn" in name:
            row = self.passkey
        pk = row.pk if row else 1
        of_link = {"question": self.question.pk}
        return {
            "address": "subcision",
            "app_label": "methods",
            "code": "acne" if name == "methods:cause" else "ice_pick",
            "content_type_id": 1,
            "id": pk,
            "key": "subcision",
            "kind": "treatments",
            "object_id": pk,
            "pk": of_link.get(name.rpartition(":")[2], pk),
            "name": "0123456789abcdef-320.webp"
            if name == "methods:picture"
            else self.photo.name,
            "number": 1,
            "purpose": "photos",
            "slot": PhotoSlot.SIDE,
            "slug": "contact"
            if "correct" in name
            else ("you" if "step" in name else "subcision"),
            "token": token_in(self.link),
            "uidb36": "1",
            "version": 1,
            "url": "x",
        }

    def staff(self, visitor):
        """Return the account of a member of the staff."""
        names = {"Cosmetologist": "clara", "colleague": "dora"}
        user, is_new = User.objects.get_or_create(
            username=names.get(visitor, visitor.lower()), defaults={"is_staff": True}
        )
        if is_new and visitor != "no factor":
            user.groups.add(Group.objects.get(name=visitor))
        return user

    def client(self, visitor):
        """Return the browser of a visitor."""
        if visitor == "nobody":
            return Client()
        if visitor == "patient":
            return holder_of(self.link)
        if visitor == "other patient":
            return holder_of(self.other_link)
        user = self.staff(visitor)
        client = Client()
        client.force_login(user)
        if visitor == "no factor":
            user.groups.set(Group.objects.all())
            session = client.session
            records = session["account_authentication_methods"]
            records[:] = [each for each in records if each["method"] != "mfa"]
            session.save()
        return client


def told(response):
    """Return what the table has of an answer: its status, "log-in" or "enrol"."""
    target = response["Location"] if response.status_code == 302 else ""
    if "/login/" in target:
        return "log-in"
    return "enrol" if target == reverse("mfa_index") else str(response.status_code)


def answers(scene, visitor):
    """Return {(method, address): answer} of all addresses for one visitor.

    What a request changes is undone, so that each finds the same scene.
    """
    seen = {}
    client = scene.client(visitor)
    known = client.cookies
    for name, arguments in NAMES:
        values = scene.values(name)
        url = reverse(name, kwargs={each: values[each] for each in arguments})
        for method in METHODS:
            client.cookies = copy(known)
            with transaction.atomic():
                response = getattr(client, method.lower())(url)
                seen[method, address(name, arguments)] = told(response)
                if response.streaming:
                    # Read to its end, the file is closed as a server closes it.
                    response.getvalue()
                transaction.set_rollback(True)
    return seen


def table():
    """Return {(method, address): {visitor: answer}} as it is written down."""
    rows = {}
    for line in TABLE.read_text().splitlines():
        if line and not line.startswith("#"):
            name, method, *cells = (cell.strip() for cell in line.split("|"))
            rows[method, name] = dict(zip(VISITORS, cells, strict=True))
    return rows


def test_every_address_is_in_the_table_and_none_that_is_gone():
    named = {(method, address(*each)) for each in NAMES for method in METHODS}
    assert sorted(table().keys() ^ named) == []


@pytest.fixture(scope="module")
def scene(django_db_setup, django_db_blocker, tmp_path_factory):
    """Return the scene, made once for all visitors: what each does there is undone."""
    own = {"MEDIA_ROOT": tmp_path_factory.mktemp("media"), "SECOND_FACTOR": True}
    with django_db_blocker.unblock(), override_settings(**own), transaction.atomic():
        yield Scene()
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize("visitor", VISITORS)
def test_each_visitor_opens_what_the_table_says(visitor, scene, quick_pdf):
    expected = {key: cells[visitor] for key, cells in table().items()}
    assert answers(scene, visitor) == expected
