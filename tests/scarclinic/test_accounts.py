"""What gives power over patients or accounts needs two administrators, and is told."""

import re
from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db.models import RestrictedError
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from consultations.models import Scope
from methods.models import Method
from scarclinic.staff import account_mail, accounts, throttle
from scarclinic.staff.background import TaskFailed
from scarclinic.staff.models import AccountChange, Action, Event, User
from tests.methods.test_admin import form_data, unwritten
from tests.scarclinic.factors import (
    CODE,
    PASSWORD,
    begin,
    code,
    give_app,
    make_account,
    told,
)

pytestmark = pytest.mark.django_db
CHANGES = "/admin/staff/accountchange/"
NEW = "xylo-mira-scar-42"


@pytest.fixture(autouse=True)
def clear(settings):
    cache.clear()
    settings.SITE_URL = "https://clinic.example"


def administrator(name):
    user = make_account(name)
    user.groups.add(Group.objects.get(name="Administrator"))
    client = Client()
    client.force_login(user)
    client.account = user
    return client


@pytest.fixture
def ada():
    return administrator("ada")


@pytest.fixture
def bert():
    return administrator("bert")


@pytest.fixture
def clara():
    return make_account("clara")


def page_of(user):
    return reverse("admin:staff_user_change", args=[user.pk])


def save(client, user, **changes):
    data = form_data(unwritten(client, page_of(user))) | changes
    return client.post(page_of(user), data)


def access(client, user, button):
    url = reverse("admin:auth_user_password_change", args=[user.pk])
    return client.post(url, {button: "yes"})


def settle(client, change, action="confirm"):
    return client.post(
        CHANGES, {"action": action, "_selected_action": [change.pk]}, follow=True
    )


def said(response):
    return [str(each) for each in response.context["messages"]]


def mails():
    """Run the worker's tasks; return (to, subject, text) of what it sent."""
    tasks = DBTaskResult.objects.filter(task_path__endswith="send_account_mail")
    for task in tasks.order_by("enqueued_at"):
        given = task.args_kwargs
        account_mail.send_account_mail.func(*given["args"], **given["kwargs"])
    tasks.delete()
    sent = [(message.to[0], message.subject, message.body) for message in mail.outbox]
    mail.outbox.clear()
    return sent


def subjects():
    return [(to, subject) for to, subject, _text in mails()]


def actions(user):
    events = Event.objects.filter(subject_model="staff.user", subject_id=user.pk)
    return [
        Action(each) for each in events.order_by("pk").values_list("action", flat=True)
    ]


# Two administrators


@pytest.mark.parametrize(
    ("field", "value", "label"),
    [
        ("profession", "doctor", "profession: Doctor"),
        ("registration_number", "REG-1", "registration number: REG-1"),
        ("email", "other@clinic.example", "e-mail: other@clinic.example"),
    ],
)
def test_what_gives_power_waits_for_a_second_administrator(
    ada, bert, clara, field, value, label
):
    before = getattr(clara, field)
    response = save(ada, clara, first_name="Clara", **{field: value})
    assert response.status_code == 302
    clara.refresh_from_db()
    assert (clara.first_name, getattr(clara, field)) == ("Clara", before)
    change = AccountChange.objects.get()
    assert accounts.in_words(change.changes) == [label]
    assert said(settle(ada, change))[-1] == (
        "clara: Somebody else confirms this: neither who asked nor whose account it is."
    )
    clara.refresh_from_db()
    assert getattr(clara, field) == before
    assert said(settle(bert, change))[-1] == "Confirmed: clara."
    clara.refresh_from_db()
    assert getattr(clara, field) == value
    assert actions(clara) == [
        *(Action.CHANGE_ASKED, Action.ACCOUNT_CHANGED, Action.CHANGE_CONFIRMED)
    ]


@pytest.mark.parametrize("role", ["Cosmetologist", "Administrator"])
def test_a_role_that_signs_or_administers_waits(ada, bert, clara, role):
    group, front = Group.objects.get(name=role), Group.objects.get(name="Front desk")
    save(ada, clara, groups=[group.pk, front.pk])
    assert list(clara.groups.all()) == [front]
    change = AccountChange.objects.get()
    assert change.changes == {"groups": [group.pk]}
    settle(bert, change)
    assert set(clara.groups.all()) == {group, front}


def test_power_is_taken_away_by_one(ada, clara):
    clara.groups.add(Group.objects.get(name="Cosmetologist"))
    User.objects.filter(pk=clara.pk).update(
        profession="doctor", registration_number="REG-1"
    )
    save(ada, clara, groups=[], profession="", registration_number="")
    clara.refresh_from_db()
    assert (clara.profession, clara.registration_number) == ("", "")
    assert not clara.groups.exists()
    assert not AccountChange.objects.exists()


def test_an_administrator_gives_a_role_no_answers_alone(ada):
    group = Group.objects.get(name="Front desk")
    read = Permission.objects.get(codename="read_answers")
    url = reverse("admin:auth_group_change", args=[group.pk])
    data = form_data(unwritten(ada, url))
    data["permissions"] = [*data["permissions"], read.pk]
    assert ada.post(url, data).status_code == 200
    assert read not in group.permissions.all()


def test_an_administrator_makes_no_signer_alone_whatever_they_try(ada, clara):
    """Roles, own rights, another's password, e-mail, factors, an account of straw."""
    clara.groups.add(Group.objects.get(name="Cosmetologist"))
    give_app(clara)
    sign = Permission.objects.get(codename="sign_plan")
    for role in ("Front desk", "Administrator"):
        group = Group.objects.get(name=role)
        url = reverse("admin:auth_group_change", args=[group.pk])
        data = form_data(unwritten(ada, url))
        data["permissions"] = [*data["permissions"], sign.pk]
        assert ada.post(url, data).status_code == 200
        assert sign not in group.permissions.all()
    new = {"name": "Signers", "permissions": [sign.pk]}
    assert ada.post("/admin/auth/group/add/", new).status_code == 200
    save(ada, ada.account, groups=[Group.objects.get(name="Cosmetologist").pk])
    both = {f"password{number}": NEW for number in (1, 2)} | {"_link": "yes"}
    ada.post(reverse("admin:auth_user_password_change", args=[clara.pk]), both)
    clara.refresh_from_db()
    assert clara.check_password(PASSWORD)
    access(ada, clara, "_factors")
    assert clara.authenticator_set.count() == 2
    typed = {"username": "straw", "email": "ada@mail.example", "first_name": "S"}
    ada.post("/admin/staff/user/add/", typed | both)
    straw = User.objects.get(username="straw")
    assert not straw.has_usable_password()
    save(ada, straw, groups=[Group.objects.get(name="Administrator").pk])
    assert not straw.groups.exists()
    client = Client()
    client.force_login(straw)
    for change in AccountChange.objects.all():
        assert (
            client.post(
                CHANGES, {"action": "confirm", "_selected_action": [change.pk]}
            ).status_code
            == 403
        )
    assert not AccountChange.objects.filter(is_confirmed=True).exists()
    signers = User.objects.filter(groups__permissions=sign)
    assert list(signers) == [clara]


@pytest.mark.parametrize("switch", ["is_active", "is_staff"])
@pytest.mark.parametrize("role", ["Cosmetologist", "Administrator"])
def test_a_closed_account_with_power_is_opened_again_by_two(
    ada, bert, clara, role, switch
):
    clara.groups.add(Group.objects.get(name=role))
    User.objects.filter(pk=clara.pk).update(**{switch: False})
    save(ada, clara, **{switch: "on"})
    clara.refresh_from_db()
    assert not getattr(clara, switch)
    settle(bert, clara.changes.get())
    clara.refresh_from_db()
    assert getattr(clara, switch)


def test_a_closed_account_without_power_is_opened_again_by_one(ada, clara):
    clara.groups.add(Group.objects.get(name="Front desk"))
    User.objects.filter(pk=clara.pk).update(is_active=False)
    save(ada, clara, is_active="on")
    clara.refresh_from_db()
    assert clara.is_active
    assert not clara.changes.exists()


def test_an_accounts_owner_confirms_nothing_of_their_own(ada, bert):
    save(ada, bert.account, registration_number="REG-9")
    settle(bert, AccountChange.objects.get())
    bert.account.refresh_from_db()
    assert bert.account.registration_number == ""


def test_a_refused_change_changes_nothing_and_is_settled_once(ada, bert, clara):
    save(ada, clara, profession="doctor")
    change = AccountChange.objects.get()
    mails()
    assert said(settle(bert, change, "refuse"))[-1] == "Refused: clara."
    with pytest.raises(accounts.NotAllowed, match="settled already"):
        accounts.confirm(change, by=bert.account)
    clara.refresh_from_db()
    assert clara.profession == ""
    assert subjects() == [
        ("clara@clinic.example", "A change of your account was refused")
    ]


def test_only_one_change_of_an_account_waits(ada, clara):
    save(ada, clara, profession="doctor")
    response = save(ada, clara, registration_number="REG-1")
    assert told_by(response) == [
        "Another change of this account waits: confirm or refuse that first."
    ]
    assert AccountChange.objects.count() == 1


def told_by(response):
    return list(response.context["adminform"].form.non_field_errors())


def test_only_a_superuser_makes_one(ada, clara):
    chief, boss = (User.objects.create_superuser(name) for name in ("chief", "boss"))
    client = Client()
    client.force_login(chief)
    save(client, clara, is_superuser="on")
    clara.refresh_from_db()
    assert not clara.is_superuser
    change = AccountChange.objects.get()
    assert said(settle(ada, change))[-1] == "clara: Only a superuser confirms this."
    client.force_login(boss)
    settle(client, change)
    clara.refresh_from_db()
    assert clara.is_superuser


def test_lost_factors_are_taken_away_by_two_and_their_owner_enrols_anew(
    ada, bert, clara, settings
):
    settings.SECOND_FACTOR = True
    give_app(clara)
    client, _answer = begin()
    client.post(CODE, {"code": code()})
    assert client.get("/admin/").status_code in (200, 403)
    mails()
    access(ada, clara, "_factors")
    assert clara.authenticator_set.count() == 2
    settle(bert, AccountChange.objects.get())
    assert not clara.authenticator_set.exists()
    assert client.get("/admin/")["Location"].startswith("/admin/login/")
    assert Action.FACTORS_RESET in actions(clara)
    assert subjects() == [
        ("clara@clinic.example", "A change of your account was asked for"),
        ("clara@clinic.example", "Your account was changed"),
    ]
    again, _answer = begin()
    assert again.get("/admin/")["Location"] == "/admin/account/"


def test_the_old_address_hears_of_a_new_one_when_it_is_asked_for_and_made(
    ada, bert, clara
):
    save(ada, clara, email="thief@mail.example")
    assert {to for to, _subject in subjects()} == {"clara@clinic.example"}
    settle(bert, AccountChange.objects.get())
    assert {to for to, _subject in subjects()} == {
        "clara@clinic.example",
        "thief@mail.example",
    }


# What is only asked for


def test_what_only_waits_is_recorded_and_told_as_asked_for_and_no_more(ada, clara):
    response = save(ada, clara, profession="doctor")
    assert actions(clara) == [Action.CHANGE_ASKED]
    assert subjects() == [
        ("clara@clinic.example", "A change of your account was asked for")
    ]
    assert said(ada.get(response["Location"])) == [
        "This waits until another administrator confirms it: profession: Doctor."
    ]
    assert not LogEntry.objects.exists()


def test_of_what_is_saved_beside_it_the_log_names_that_alone(ada, clara):
    front = Group.objects.get(name="Front desk")
    chosen = [front.pk, Group.objects.get(name="Cosmetologist").pk]
    save(ada, clara, profession="doctor", first_name="Clara", groups=chosen)
    entry = LogEntry.objects.get()
    assert entry.get_change_message() == "Changed First name and Groups."
    assert actions(clara) == [Action.CHANGE_ASKED, Action.ACCOUNT_CHANGED]


def test_an_account_that_is_saved_as_it_was_leaves_no_line(ada, clara):
    save(ada, clara)
    assert (actions(clara), subjects()) == ([], [])


# Names and scopes


@pytest.mark.parametrize(
    ("field", "value"),
    [("first_name", "Dora"), ("last_name", ""), ("username", "dora")],
)
@pytest.mark.parametrize(
    "power",
    [{"profession": "nurse"}, {"registration_number": "REG-1"}, "Administrator"],
)
def test_the_name_of_who_signs_or_administers_is_changed_by_two(
    ada, bert, clara, power, field, value
):
    User.objects.filter(pk=clara.pk).update(first_name="Clara", last_name="Oak")
    if isinstance(power, dict):
        User.objects.filter(pk=clara.pk).update(**power)
    else:
        clara.groups.add(Group.objects.get(name=power))
    clara.refresh_from_db()
    before = getattr(clara, field)
    save(ada, clara, **{field: value})
    clara.refresh_from_db()
    assert getattr(clara, field) == before
    settle(bert, clara.changes.get())
    clara.refresh_from_db()
    assert getattr(clara, field) == value


def test_nobody_is_renamed_while_a_second_administrator_reads_who_gets_power(
    ada, clara
):
    save(ada, clara, registration_number="REG-1")
    assert save(ada, clara, first_name="Dora").status_code == 200
    clara.refresh_from_db()
    assert clara.first_name == ""


def test_a_name_that_was_taken_meanwhile_is_not_given(ada, bert, clara):
    User.objects.filter(pk=clara.pk).update(profession="nurse")
    save(ada, clara, username="dora")
    make_account("dora")
    response = settle(bert, clara.changes.get())
    assert said(response)[-1] == "clara: Another account has this username."
    assert clara.changes.filter(settled_at=None).exists()


SCOPES = "/admin/consultations/scope/"


def rescope(client, user, **changes):
    url = f"{SCOPES}{user.scope.pk}/change/"
    return client.post(url, form_data(unwritten(client, url)) | changes)


@pytest.fixture
def doctor():
    """An administrator who is a doctor, as in a small clinic."""
    client = administrator("doris")
    User.objects.filter(pk=client.account.pk).update(
        profession="doctor", registration_number="REG-1"
    )
    client.account.refresh_from_db()
    return client


def test_nobody_widens_their_own_scope_alone(doctor, bert):
    doris = doctor.account
    Scope.objects.create(user=doris, level="technique")
    response = rescope(doctor, doris, level="doctor")
    assert said(doctor.get(response["Location"])) == [
        "This waits until another administrator confirms it: "
        "signs alone up to “A doctor decides first”: all treatments."
    ]
    doctor.post(f"{SCOPES}{doris.scope.pk}/delete/", {"post": "yes"})
    action = {"action": "delete_selected", "_selected_action": [doris.scope.pk]}
    doctor.post(SCOPES, action | {"post": "yes"})
    settle(doctor, doris.changes.get())
    assert Scope.objects.get(user=doris).level == "technique"
    assert actions(doris) == [Action.CHANGE_ASKED]
    settle(bert, doris.changes.get())
    assert Scope.objects.get(user=doris).level == "doctor"


def test_more_treatments_are_a_wider_scope(ada, bert, clara):
    first, second = Method.objects.order_by("pk")[:2]
    scope = Scope.objects.create(user=clara, level="technique")
    scope.methods.add(first)
    rescope(ada, clara, methods=[first.pk, second.pk])
    assert list(scope.methods.all()) == [first]
    rescope(ada, clara, methods=[])
    assert list(scope.methods.all()) == [first]
    change = clara.changes.get()
    assert accounts.in_words(change.changes) == [
        f"signs alone up to “Done another way”: {first.title}, {second.title}"
    ]
    settle(bert, change)
    assert list(scope.methods.order_by("pk")) == [first, second]


def test_a_scope_is_narrowed_by_one(ada, doctor):
    doris = doctor.account
    ada.post(f"{SCOPES}add/", {"user": doris.pk, "level": "technique"})
    assert doris.scope.level == "technique"
    assert actions_of_scopes() == [Action.ACCOUNT_ADDED]


def actions_of_scopes():
    events = Event.objects.filter(subject_model="consultations.scope")
    return [Action(each) for each in events.values_list("action", flat=True)]


def test_a_treatment_that_is_deleted_meanwhile_makes_no_scope_of_all(ada, bert, clara):
    first, second = Method.objects.order_by("pk")[:2]
    scope = Scope.objects.create(user=clara, level="technique")
    scope.methods.add(first)
    rescope(ada, clara, methods=[second.pk])
    change = clara.changes.get()
    change.changes["scope"]["methods"] = [0]
    change.save()
    assert said(settle(bert, change))[-1] == (
        "clara: A treatment of this scope is deleted: ask anew."
    )
    assert list(scope.methods.all()) == [first]


def test_a_treatment_of_a_scope_is_not_deleted(clara):
    method = Method.objects.create(title="Ultrasound", slug="ultrasound")
    scope = Scope.objects.create(user=clara, level="technique")
    scope.methods.add(method)
    with pytest.raises(RestrictedError):
        method.delete()
    assert list(scope.methods.all()) == [method]
    scope.delete()
    method.delete()


def test_the_list_of_changes_costs_the_same_for_one_and_for_three(ada, count_queries):
    read = Permission.objects.filter(codename__in=["read_answers", "sign_plan"])
    roles = Group.objects.filter(name__in=["Cosmetologist", "Administrator"])
    methods = Method.objects.order_by("pk")[:3]

    def ask(name):
        accounts.ask(
            make_account(name),
            {
                "groups": [role.pk for role in roles],
                "user_permissions": [each.pk for each in read],
                "scope": {"level": "test", "methods": [each.pk for each in methods]},
            },
            by=ada.account,
        )

    ask("clara")
    for_one = count_queries(ada, CHANGES)
    ask("dora")
    ask("emma")
    assert count_queries(ada, CHANGES) == for_one


# How somebody gets in


def test_a_form_without_a_button_asks_for_nothing(ada, clara):
    give_app(clara)
    response = access(ada, clara, "_other")
    assert said(ada.get(response["Location"])) == ["Nothing was done: press a button."]
    assert not clara.changes.exists()
    assert clara.authenticator_set.exists()


def test_no_link_is_said_to_go_to_an_account_without_an_address(ada, clara):
    User.objects.filter(pk=clara.pk).update(email="")
    response = access(ada, clara, "_link")
    assert said(ada.get(response["Location"])) == [
        "This account has no e-mail address: enter one first."
    ]
    assert (actions(clara), subjects()) == ([], [])


# The shell


def test_the_old_address_hears_of_a_new_one_from_the_shell(clara):
    call_command(
        "clinic", "appoint", "clara", "--email=new@x.example", stdout=StringIO()
    )
    assert subjects() == [
        ("new@x.example", "Your account was changed"),
        ("clara@clinic.example", "Your account was changed"),
    ]


def test_who_took_factors_away_stands_in_the_ledger(ada, bert, clara):
    give_app(clara)
    access(ada, clara, "_factors")
    settle(bert, clara.changes.get())
    assert Event.objects.get(action=Action.FACTORS_RESET).by == bert.account


def test_the_first_comes_from_the_shell(clara):
    out = StringIO()
    typed = ["--role=Administrator", "--profession=doctor", "--registration-number=R1"]
    call_command("clinic", "appoint", "clara", *typed, stdout=out)
    clara.refresh_from_db()
    assert (clara.profession, clara.registration_number) == ("doctor", "R1")
    assert clara.has_perm("staff.change_user")
    assert out.getvalue() == (
        "clara: profession: Doctor; registration number: R1; gets: Administrator\n"
    )
    assert actions(clara) == [Action.CHANGE_CONFIRMED]
    assert subjects() == [("clara@clinic.example", "Your account was changed")]
    give_app(clara)
    call_command("clinic", "appoint", "clara", "--reset-factors", stdout=StringIO())
    assert not clara.authenticator_set.exists()


@pytest.mark.parametrize(
    "typed", [["nobody", "--profession=doctor"], ["clara"], ["clara", "--role=Chief"]]
)
def test_the_shell_says_what_it_cannot_do(clara, typed):
    with pytest.raises(CommandError):
        call_command("clinic", "appoint", *typed)


# Passwords by mail


def reset(client, email="clara@clinic.example"):
    return client.post("/admin/password/", {"email": email})


def link_in(sent):
    [text] = [text for _to, subject, text in sent if subject == "Choose a new password"]
    return re.search(r"https://clinic\.example(/admin/password/\S+)", text)[1]


def choose(client, link, password=NEW):
    form = client.get(link)["Location"]
    return client.post(form, {"password1": password, "password2": password})


def test_a_password_is_chosen_by_a_mailed_link_once(clara, client):
    assert reset(client)["Location"] == "/admin/password/sent/"
    link = link_in(mails())
    assert choose(client, link).status_code == 302
    clara.refresh_from_db()
    assert clara.check_password(NEW)
    assert client.get("/admin/")["Location"].startswith("/admin/login/")
    assert client.get(link).context["token_fail"]
    assert subjects() == [("clara@clinic.example", "Your password was changed")]
    assert actions(clara) == [Action.RESET_LINK_SENT, Action.PASSWORD_CHANGED]


def test_a_new_password_takes_no_second_factor_away_and_ends_sessions(clara, client):
    give_app(clara)
    inside, _answer = begin()
    inside.post(CODE, {"code": code()})
    reset(client)
    choose(client, link_in(mails()))
    assert inside.get("/admin/")["Location"].startswith("/admin/login/")
    _again, answer = begin(password=NEW)
    assert answer["Location"] == CODE


def test_a_weak_password_is_not_taken(clara, client):
    reset(client)
    assert choose(client, link_in(mails()), "Clinic2026!Scar").status_code == 200
    clara.refresh_from_db()
    assert clara.check_password(PASSWORD)


def test_the_page_says_the_same_of_an_address_without_an_account(clara, client):
    known, unknown = reset(client), reset(client, "nobody@clinic.example")
    assert (known.status_code, known["Location"]) == (
        unknown.status_code,
        unknown["Location"],
    )
    assert [to for to, _subject in subjects()] == ["clara@clinic.example"]


def flood(address, times):
    """Ask for links from an address until it has to wait; return how many went."""
    stranger = Client(REMOTE_ADDR=address)
    for sent in range(times):
        response = reset(stranger, "Clara@clinic.example")
        if response.status_code != 302:
            [wait] = told(response)
            assert wait.startswith("There were too many")
            return sent
    return times


def test_nobody_floods_a_mailbox_with_links(clara):
    by_pair = throttle.RATES["reset by e-mail and address"].burst
    in_all = throttle.RATES["reset by e-mail"].burst
    assert flood("192.0.2.1", in_all) == by_pair
    addresses = [f"192.0.2.{number}" for number in range(2, in_all)]
    assert by_pair + sum(flood(each, by_pair) for each in addresses) == in_all
    assert len(mails()) == in_all


def test_strangers_keep_nobody_from_a_link_for_a_password(clara):
    by_pair = throttle.RATES["reset by e-mail and address"].burst
    known, _answer = begin(Client(REMOTE_ADDR="198.51.100.1"))
    known.post("/admin/logout/")
    flood("192.0.2.1", by_pair + 1)
    assert reset(Client(REMOTE_ADDR="198.51.100.2")).status_code == 302
    for number in range(2, throttle.RATES["reset by e-mail"].burst):
        flood(f"192.0.2.{number}", by_pair)
    assert reset(known).status_code == 302


def test_an_account_that_is_closed_gets_no_link(clara, client):
    User.objects.filter(pk=clara.pk).update(is_active=False)
    reset(client)
    assert mails() == []


def test_a_new_accounts_owner_chooses_the_password(ada, client):
    typed = {"username": "eve", "email": "eve@clinic.example", "first_name": "Eve"}
    ada.post("/admin/staff/user/add/", typed)
    eve = User.objects.get(username="eve")
    assert (eve.is_staff, eve.has_usable_password()) == (True, False)
    choose(client, link_in(mails()))
    _client, answer = begin(name="eve", password=NEW)
    assert answer.status_code == 302


# Told, and logged out


def test_a_log_in_from_a_new_browser_is_told_and_from_a_known_one_not(clara):
    client, _answer = begin()
    assert subjects() == [
        ("clara@clinic.example", "Your account was opened in a new browser")
    ]
    client.post("/admin/logout/")
    begin(client)
    assert subjects() == []


def test_a_clinician_is_told_of_every_change_of_their_scope(ada, bert, clara):
    told_of_it = [("clara@clinic.example", "Your account was changed")]
    ada.post(f"{SCOPES}add/", {"user": clara.pk, "level": "technique"})
    assert subjects() == told_of_it
    rescope(ada, clara, level="test")
    assert subjects() == [
        ("clara@clinic.example", "A change of your account was asked for")
    ]
    settle(bert, clara.changes.get())
    assert subjects() == told_of_it
    ada.post(f"{SCOPES}{clara.scope.pk}/delete/", {"post": "yes"})
    assert subjects() == told_of_it


def test_who_changes_their_password_is_told(clara):
    client, _answer = begin()
    mails()
    both = {f"new_password{number}": NEW for number in (1, 2)}
    client.post("/admin/password_change/", {"old_password": PASSWORD} | both)
    assert subjects() == [("clara@clinic.example", "Your password was changed")]


def test_an_administrator_logs_somebody_out_everywhere(ada, clara):
    client, _answer = begin()
    assert client.get("/admin/").status_code == 200
    page = ada.get(reverse("admin:auth_user_password_change", args=[clara.pk]))
    assert [each.ip for each in page.context["sessions"]] == ["127.0.0.1"]
    access(ada, clara, "_sessions")
    assert client.get("/admin/").status_code == 302
    assert actions(clara)[-1] == Action.SESSIONS_ENDED


def test_a_mail_that_fails_is_tried_again_and_then_given_up(clara, monkeypatch):
    def fail(self):
        raise ConnectionRefusedError("mail.example")

    account_mail.tell(clara, account_mail.Kind.PASSWORD)
    monkeypatch.setattr(account_mail.EmailMessage, "send", fail)
    send = account_mail.send_account_mail.func
    tasks = DBTaskResult.objects.filter(task_path__endswith="send_account_mail")
    send("password", clara.pk, None)
    assert tasks.count() == 2
    with pytest.raises(TaskFailed, match=r"^ConnectionRefusedError$"):
        send("password", clara.pk, None, account_mail.ATTEMPTS)
