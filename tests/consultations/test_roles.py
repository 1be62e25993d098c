"""Who may open and do what behind the log-in."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.urls import reverse

from consultations.models import Plan
from methods.models import Method
from tests.consultations.deciding import QUEUE, card_of, desk, make_plan, posted

pytestmark = pytest.mark.django_db

METHODS = "/admin/methods/method/"


def permission(codename):
    return Permission.objects.get(codename=codename).pk


def method_page():
    return reverse(
        "admin:methods_method_change", args=[Method.objects.get(slug="subcision").pk]
    )


def test_an_anonymous_visitor_is_asked_to_log_in(client):
    plan = make_plan()
    for url in (QUEUE, desk(plan)):
        response = client.get(url)
        assert (response.status_code, response["Location"]) == (
            302,
            f"/admin/login/?next={url}",
        )
    assert client.post(desk(plan), posted(plan, note="No")).status_code == 302
    assert Plan.objects.get().note == ""


def test_an_account_that_is_not_staff_is_asked_to_log_in(client):
    plan = make_plan()
    client.force_login(User.objects.create_user("patient"))
    assert client.get(desk(plan)).status_code == 302


def test_an_editor_opens_no_plan(client_of):
    client, plan = client_of("Editor"), make_plan()
    assert client.get(QUEUE).status_code == 403
    assert client.get(desk(plan)).status_code == 403
    for button in ({}, {"_sign": "x"}):
        response = client.post(desk(plan), posted(plan, note="No") | button)
        assert response.status_code == 403
    assert client.get(f"{QUEUE}{plan.pk}/history/").status_code == 403
    assert Plan.objects.get().note == ""
    assert plan.intake.name not in client.get("/admin/").content.decode()


def test_an_editor_edits_methods(client_of):
    client = client_of("Editor")
    assert client.get(METHODS).status_code == 200
    assert client.get(f"{METHODS}add/").status_code == 200


def test_a_cosmetologist_reads_methods_and_edits_none(staff_client):
    assert staff_client.get(method_page()).status_code == 200
    assert staff_client.post(method_page(), {"title": "Mine"}).status_code == 403
    assert staff_client.get(f"{METHODS}add/").status_code == 403
    title = "Releasing a scar from below (subcision)"
    assert Method.objects.get(slug="subcision").title == title


def test_a_cosmetologist_manages_no_accounts(staff_client):
    assert staff_client.get("/admin/auth/user/").status_code == 403


def test_an_administrator_reads_plans_and_changes_none(client_of):
    client, plan = client_of("Administrator"), make_plan()
    assert client.get(QUEUE).status_code == 200
    response = client.get(desk(plan))
    assert response.status_code == 200
    assert all(field.disabled for field in response.context["form"].fields.values())
    assert 'name="_save"' not in response.content.decode()
    for button in ({}, {"_sign": "x"}):
        typed = posted(plan, note="No", subcision="include") | button
        assert client.post(desk(plan), typed).status_code == 403
    assert Plan.objects.get().note == ""
    assert card_of(plan, "subcision").decision.choice == ""


def test_an_administrator_manages_accounts_and_edits_no_method(client_of):
    client = client_of("Administrator")
    assert client.get("/admin/auth/user/add/").status_code == 200
    assert client.get(method_page()).status_code == 200
    assert client.get(f"{METHODS}add/").status_code == 403


def test_there_are_four_roles_and_the_front_desk_has_the_fewest_rights():
    assert list(Group.objects.order_by("name").values_list("name", flat=True)) == [
        "Administrator",
        "Cosmetologist",
        "Editor",
        "Front desk",
    ]
    assert set(
        Permission.objects.filter(group__name="Front desk").values_list(
            "codename", flat=True
        )
    ) == {"view_plan", "renew_link"}


def test_a_role_is_what_an_administrator_makes_of_it(client_of):
    client, plan = client_of("Front desk"), make_plan()
    client_of("Administrator").post(
        reverse(
            "admin:auth_group_change", args=[Group.objects.get(name="Front desk").pk]
        ),
        {"name": "Front desk", "permissions": [permission("view_clinic")]},
    )
    assert client.get(QUEUE).status_code == 403
    assert client.get(desk(plan)).status_code == 403
    assert client.get("/admin/methods/clinic/").status_code in (200, 302)


def test_only_clinicians_decide_and_only_administrators_assign_and_settle():
    assert {
        codename: set(
            Group.objects.filter(permissions__codename=codename).values_list(
                "name", flat=True
            )
        )
        for codename in (
            *("read_answers", "change_plan", "sign_plan"),
            *("assign_plan", "change_erasurerequest", "view_letter"),
        )
    } == {
        "read_answers": {"Cosmetologist", "Administrator"},
        "change_plan": {"Cosmetologist"},
        "sign_plan": {"Cosmetologist"},
        "assign_plan": {"Administrator"},
        "change_erasurerequest": {"Administrator"},
        "view_letter": {"Administrator"},
    }
