"""Who may open and do what behind the log-in."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from consultations.models import Plan
from methods.models import Method
from scarclinic.staff.models import User
from tests.consultations.deciding import QUEUE, card_of, desk, make_plan, posted
from tests.methods.test_admin import errors, form_data, unwritten

pytestmark = pytest.mark.django_db

METHODS = "/admin/methods/method/"
USERS = "/admin/staff/user/"


def permission(codename):
    return Permission.objects.get(codename=codename).pk


def method_page():
    return reverse(
        "admin:methods_method_change", args=[Method.objects.get(slug="subcision").pk]
    )


def page_of(row, name="change"):
    return reverse(
        f"admin:{row._meta.app_label}_{row._meta.model_name}_{name}", args=[row.pk]
    )


def save(client, row, **changes):
    return client.post(
        page_of(row), form_data(unwritten(client, page_of(row))) | changes
    )


def role(name):
    return Group.objects.get(name=name)


def test_an_anonymous_visitor_is_asked_to_log_in(client):
    plan = make_plan()
    for url in (QUEUE, desk(plan)):
        response = client.get(url)
        assert (response.status_code, response["Location"]) == (
            302,
            f"/admin/login/?next={url}",
        )
    assert client.post(desk(plan), posted(plan, note="No")).status_code == 403
    assert client.post(desk(plan))["Location"].startswith("/admin/login/")
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
    assert staff_client.get("/admin/staff/user/").status_code == 403


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
    assert client.get("/admin/staff/user/add/").status_code == 200
    assert client.get(method_page()).status_code == 200
    assert client.get(f"{METHODS}add/").status_code == 403


def test_there_are_five_roles_and_the_front_desk_has_the_fewest_rights():
    assert list(Group.objects.order_by("name").values_list("name", flat=True)) == [
        "Administrator",
        "Cosmetologist",
        "Editor",
        "Front desk",
        "Lead doctor",
    ]
    assert set(
        Permission.objects.filter(group__name="Front desk").values_list(
            "codename", flat=True
        )
    ) == {
        *("view_plan", "add_erasurerequest", "renew_link"),
        *("add_call", "correct_contact", "add_sameperson"),
    }


def test_a_role_is_what_an_administrator_makes_of_it(client_of):
    client, plan = client_of("Front desk"), make_plan()
    save(
        client_of("Administrator"),
        Group.objects.get(name="Front desk"),
        permissions=[permission("view_clinic")],
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


# Nobody takes more than they have


@pytest.fixture
def administrator(client_of):
    return client_of("Administrator")


def test_an_administrator_deletes_no_superuser(administrator):
    chief = User.objects.create_superuser("chief")
    assert administrator.post(
        page_of(chief, "delete"), {"post": "yes"}
    ).status_code == (403)
    data = {"action": "delete_selected", "_selected_action": [chief.pk], "post": "yes"}
    assert administrator.post(USERS, data).status_code == 403
    assert User.objects.filter(pk=chief.pk).exists()
    clara = User.objects.create_user("clara")
    administrator.post(page_of(clara, "delete"), {"post": "yes"})
    assert not User.objects.filter(pk=clara.pk).exists()


def test_an_administrator_takes_no_role_that_may_do_more(administrator):
    user = User.objects.get(username="administrator")
    before = set(user.groups.all())
    groups = list(Group.objects.values_list("pk", flat=True))
    response = save(administrator, user, first_name="Ada", groups=groups)
    assert errors(response) == {
        "groups": [
            "You do not give yourself more than you have. Ask another: "
            "Cosmetologist, Editor, Lead doctor."
        ]
    }
    assert form_data(response)["first_name"] == "Ada"
    assert set(form_data(response)["groups"]) == {str(pk) for pk in groups}
    assert set(user.groups.all()) == before


def test_an_administrator_gives_others_the_roles_of_the_clinic(administrator):
    clara = User.objects.create_user("clara")
    save(administrator, clara, groups=[role("Editor").pk, role("Front desk").pk])
    assert set(clara.groups.all()) == {role("Editor"), role("Front desk")}


def test_an_administrator_lets_their_own_role_do_no_more(administrator):
    own = role("Administrator")
    before = set(own.permissions.all())
    more = [*(each.pk for each in before), permission("change_clinic")]
    response = save(administrator, own, permissions=more)
    assert errors(response) == {
        "permissions": [
            "You do not give yourself more than you have. Ask another: "
            "Can change clinic."
        ]
    }
    assert set(own.permissions.all()) == before
    save(administrator, role("Editor"), permissions=[permission("change_clinic")])
    assert role("Editor").permissions.get().codename == "change_clinic"


def test_a_role_that_two_administrators_give_by_its_name_keeps_it(administrator):
    for name in ("Cosmetologist", "Administrator"):
        held = list(role(name).permissions.values_list("pk", flat=True))
        response = save(administrator, role(name), name="Helpers", permissions=held)
        assert errors(response) == {
            "name": ["Administrators confirm by its name who gets this role: it stays."]
        }
    save(administrator, role("Editor"), name="Writers", permissions=[])
    assert {each.name for each in Group.objects.all()} == {
        *("Front desk", "Writers", "Cosmetologist", "Administrator"),
        "Lead doctor",
    }


@pytest.mark.parametrize(
    "codename", ["sign_plan", "change_user", "add_group", "change_erasurerequest"]
)
def test_no_role_is_made_to_sign_or_to_administer(client, codename):
    client.force_login(User.objects.create_superuser("chief"))
    given = [permission(codename)]
    name = Permission.objects.get(codename=codename).name
    refused = (
        f"These make people sign, or administrators: no role gets them here: {name}."
    )
    response = save(client, role("Editor"), permissions=given)
    assert errors(response) == {"permissions": [refused]}
    response = client.post(
        "/admin/auth/group/add/", {"name": "X", "permissions": given}
    )
    assert errors(response) == {"permissions": [refused]}
    assert not role("Editor").permissions.filter(codename=codename).exists()


# Two administrators at once


def test_an_account_that_one_closes_another_does_not_open_unseen(administrator):
    clara = User.objects.create_user("clara")
    opened = form_data(unwritten(administrator, page_of(clara)))
    closed = {name: value for name, value in opened.items() if name != "is_active"}
    assert administrator.post(page_of(clara), closed).status_code == 302
    response = administrator.post(page_of(clara), opened | {"first_name": "Clara"})
    assert response.status_code == 302
    clara.refresh_from_db()
    assert (clara.is_active, clara.first_name) == (False, "Clara")


def test_a_name_is_not_overwritten_unseen(administrator):
    clara = User.objects.create_user("clara", last_name="Weiss")
    opened = form_data(unwritten(administrator, page_of(clara)))
    administrator.post(page_of(clara), opened | {"last_name": "Schwarz"})
    response = administrator.post(page_of(clara), opened | {"first_name": "Clara"})
    assert response.status_code == 302
    clara.refresh_from_db()
    assert (clara.last_name, clara.first_name) == ("Schwarz", "Clara")
    third = opened | {"last_name": "Grau"}
    response = administrator.post(page_of(clara), third)
    [told] = errors(response)["last_name"]
    assert told.startswith("administrator changed this while you were editing.")
    clara.refresh_from_db()
    assert clara.last_name == "Schwarz"


def test_a_role_is_not_overwritten_unseen(administrator):
    desk = role("Front desk")
    opened = form_data(unwritten(administrator, page_of(desk)))
    administrator.post(page_of(desk), opened | {"permissions": []})
    response = administrator.post(page_of(desk), opened | {"name": "Reception"})
    assert response.status_code == 302
    assert list(role("Reception").permissions.all()) == []


def test_a_role_begun_from_an_address_is_no_crash(administrator):
    assert administrator.get("/admin/auth/group/add/?permissions=1").status_code == 200
