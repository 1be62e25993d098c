"""Two people for what is safe: what loosens protection waits, whichever way it comes."""

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from consultations.models import ConsentText, ConsentVersion
from methods.models import (
    Clinic,
    Condition,
    Finding,
    Method,
    Pathway,
    Proposal,
    ScarType,
    Trait,
)
from methods.publishing import drafts, proposals, protocol_versions, verbs
from scarclinic.staff.models import Event, Profession, User
from tests.consultations.factories import make_clinician
from tests.methods.test_admin import new_criterion, page, publish, told
from tests.methods.test_admin import save as save_form

pytestmark = pytest.mark.django_db

RISK = "An infection [C25]."
"""One of the several rare risks of subcision."""
LIST = reverse("admin:methods_proposal_changelist")


def make_editor(name="edda", **fields):
    user = User.objects.create_user(name, is_staff=True, **fields)
    user.groups.add(Group.objects.get(name="Editor"))
    return user


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def make_doctor(name="dora", **fields):
    return make_clinician(name, profession=Profession.DOCTOR, **fields)


@pytest.fixture
def edda():
    return make_editor()


@pytest.fixture
def editor(edda):
    return client_of(edda)


@pytest.fixture
def subcision():
    return Method.objects.get(slug="subcision")


def live(subject):
    return type(subject).objects.get(pk=subject.pk).live_revision.content


def loosen(subject, by, note="Typo."):
    """Take a risk out of a draft, and press “Publish” as somebody."""
    subject.risks_rare = RISK
    subject.save()
    return proposals.publish(subject, by=by, note=note)


def settle(client, proposal, button="_confirm", answer="", **changed):
    shown = client.get(reverse("admin:methods_proposal_change", args=[proposal.pk]))
    data = {"digest": shown.context["form"]["digest"].value(), "answer": answer}
    url = reverse("admin:methods_proposal_settle", args=[proposal.pk])
    return client.post(url, data | {button: "1"} | changed)


# The ways by which an editor alone could loosen the protocol


def everything_live():
    """Return all that patients, visitors and the engine read of what is safe."""
    words = ("is_asked", "is_asked_alone", "question", "route", "advice", "label")
    return {
        "protocol": protocol_versions.current().number,
        "revisions": [
            list(model.objects.order_by("pk").values_list("pk", "live_revision"))
            for model in verbs.PUBLISHED
        ],
        "findings": list(Finding.objects.order_by("pk").values_list("code", *words)),
        "consents": ConsentVersion.objects.count(),
        "clinic": Clinic.objects.values_list("emergency_number", "support_line").get(),
    }


def rows_of(subject):
    return [each["kind"] for each in drafts.draft(subject)["criteria"]]


def without(part):
    """Delete a row in the form of a subject, note “Typo.”, publish."""

    def way(client, subject):
        return publish(client, subject, "Typo.", **{f"{part}-0-DELETE": "on"})

    return way


def changed(**fields):
    def way(client, subject):
        return publish(client, subject, "Typo.", **fields)

    return way


def weaker_rule(client, subject):
    number = rows_of(subject).index("contraindication")
    fields = {"kind": "precaution", "level": "technique", "refer": []}
    typed = {f"criteria-{number}-{name}": value for name, value in fields.items()}
    return publish(client, subject, "Typo.", **typed)


def own_rule_for_a_shared_one(client, subject):
    shared = next(
        row
        for row in live(subject)["criteria"]
        if row["origin"].startswith("method:") and row["kind"] == "contraindication"
    )
    when = list(
        Finding.objects.filter(code__in=shared["when"]).values_list("pk", flat=True)
    )
    rule = {"kind": "precaution", "level": "technique", "when": when, "line": ""}
    return publish(client, subject, "Typo.", **new_criterion(subject, **rule))


def a_colleagues_draft(client, subject):
    subject.criteria.last().delete()
    drafts.mark_changes(subject)
    return publish(client, subject, "Typo.")


def an_old_version(client, subject):
    client.post(page(subject, "bring_back", 1))
    return publish(client, subject, "Typo.")


def unpublished(client, subject):
    data = {"action": "unpublish", "_selected_action": [subject.pk], "confirmed": "y"}
    return client.post(page(type(subject), "changelist"), data)


def saved(**fields):
    def way(client, row):
        return save_form(client, row, **fields)

    return way


def deleted(client, row):
    return client.post(page(row, "delete"), {"post": "yes"})


def deleted_in_the_list(client, row):
    data = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    return client.post(page(type(row), "changelist"), data)


def as_shown(client, url):
    """Return what a browser would post of a form that nobody touched."""
    form = client.get(url).context["adminform"].form
    values = {each.name: each.value() for each in form}
    return {name: value for name, value in values.items() if value is not None}


def new_consent(client, text):
    url = reverse("admin:consultations_consenttext_change", args=[text.pk])
    words = as_shown(client, url) | {"label": "I agree to all.", "_publish": "1"}
    return client.post(url, words)


def emergency(client, clinic):
    url = reverse("admin:methods_clinic_change", args=[clinic.pk])
    data = as_shown(client, url) | {"emergency_number": "000"}
    for prefix in ("hours", "closed_days"):
        data |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    return client.post(url, data)


def forged(client, subject):
    """Press “Publish” with whatever a form might believe, then confirm one's own."""
    more = {"confirmation": "1", "by": "", "confirmed": "yes", "digest": "0" * 64}
    publish(client, subject, "Typo.", risks_rare=RISK, **more)
    proposal = Proposal.objects.waiting().get()
    return settle(client, proposal, by="", settled_by="1", outcome="confirmed")


WAYS = {
    # who has no draft's mercy: a subject, and how
    "a rule deleted": (Method, {"slug": "subcision"}, without("criteria")),
    "a relation deleted": (Method, {"slug": "subcision"}, without("relations")),
    "a ceiling deleted": (Method, {"slug": "steroid-injection"}, without("ceilings")),
    "a no made a caution": (Method, {"slug": "dermabrasion"}, weaker_rule),
    "an own rule for a shared one": (
        Method,
        {"slug": "microneedling-prp"},
        own_rule_for_a_shared_one,
    ),
    "a trait left": (Method, {"slug": "subcision"}, changed(traits=[])),
    "a rule of a trait deleted": (Trait, {"slug": "home_remedy"}, without("criteria")),
    "a condition's no": (Condition, {"finding__code": "pregnant"}, weaker_rule),
    "a colleague's draft": (Method, {"slug": "subcision"}, a_colleagues_draft),
    "an old version": (Method, {"slug": "subcision"}, an_old_version),
    "a risk": (Method, {"slug": "subcision"}, changed(risks_rare=RISK)),
    "when to call": (Method, {"slug": "subcision"}, changed(call_emergency="pus")),
    "a claim": (Method, {"slug": "subcision"}, changed(can="Lift all scars.")),
    "a reviewer": (Method, {"slug": "subcision"}, changed(reviewed_by="Dr Who")),
    "a referral taken off": (Method, {"slug": "ref-dermatologist"}, unpublished),
    "a pathway taken off": (Pathway, {}, unpublished),
    "a page of a scar taken off": (ScarType, {}, unpublished),
    "a home remedy's warning taken off": (Method, {"slug": "nutmeg-mask"}, unpublished),
    "a forged form": (Method, {"slug": "subcision"}, forged),
    "a question switched off": (Finding, {"code": "pregnant"}, saved(is_asked=False)),
    "a question deleted": (Finding, {"origin": "question"}, deleted),
    "questions deleted": (Finding, {"origin": "question"}, deleted_in_the_list),
    "another question": (Finding, {"code": "pregnant"}, saved(question="Are you ill?")),
    "a red flag's advice": (Finding, {"code": "rf_ulcer"}, saved(advice="Wait.")),
    "a red flag's route": (Finding, {"code": "rf_ulcer"}, saved(route="Anybody")),
    "a consent": (ConsentText, {"reader": "patient"}, new_consent),
    "the emergency number": (Clinic, {}, emergency),
}


def test_no_way_by_which_an_editor_alone_could_loosen_the_protocol(editor, subcision):
    """Each is refused or waits: all that is live stays as it was."""
    subcision.risks_rare += "\nA blister [C25]."
    subcision.save()
    verbs.publish(subcision, by=None, note="One risk more than the version before")
    before, through = everything_live(), []
    for name, (model, which, way) in WAYS.items():
        with transaction.atomic():
            response = way(editor, model.objects.filter(**which).first())
            is_refused = "deleted" in name and model is Finding
            if everything_live() != before:
                through.append((name, "is live"))
            elif not (Proposal.objects.waiting().exists() or is_refused):
                through.append((name, f"does not wait: {response.status_code}"))
            transaction.set_rollback(True)
    assert "\n".join(map(str, through)) == ""


def test_words_and_what_protects_more_go_live_at_once(editor, subcision):
    rule = new_criterion(subcision)
    more = subcision.risks_rare + "\r\nA blister [C25]."
    publish(editor, subcision, "More", title="Releasing", risks_rare=more, **rule)
    assert live(subcision)["title"] == "Releasing"
    assert live(subcision)["sections"]["risks_rare"][-1] == "A blister [C25]."
    assert "smoker" in [row["when"][0] for row in live(subcision)["criteria"]]
    assert not Proposal.objects.exists()


# Confirmed, refused, void


def test_a_doctor_who_did_not_write_it_confirms(editor, edda, subcision):
    doctor = make_doctor()
    response = publish(editor, subcision, "Shorter", risks_rare=RISK)
    assert told(response)[0].endswith("Until then all stays live as it is.")
    proposal = Proposal.objects.get()
    before = live(subcision)
    response = settle(client_of(doctor), proposal, answer="Right")
    assert told(response) == [f"Confirmed: “{subcision}” is live."]
    assert live(subcision) != before
    assert live(subcision)["sections"]["risks_rare"] == [RISK]
    subcision.refresh_from_db()
    revision = subcision.live_revision
    assert (revision.note, revision.created_by) == ("Shorter", edda)
    proposal.refresh_from_db()
    assert (proposal.settled_by, proposal.answer) == (doctor, "Right")
    of_method = ("methods.method", subcision.pk)
    events = Event.objects.filter(subject_model="methods.method").order_by("pk")
    assert list(
        events.values_list("action", "subject_model", "subject_id", "by__username")
    )[-3:] == [
        ("loosening_asked", *of_method, "edda"),
        ("loosening_confirmed", *of_method, "dora"),
        ("published", *of_method, "edda"),
    ]


def test_who_may_not_confirm_is_told_why(edda, subcision):
    """Never one's own, never without a registration, and one of the two is a doctor."""
    proposal = loosen(subcision, edda)
    wrote = make_doctor("wrote")
    proposal.writers.add(wrote)
    editing = make_editor("editing", profession="doctor", registration_number="1")
    people = {
        edda: "A clinician with a registration number confirms this.",
        editing: "A clinician with a registration number confirms this.",
        make_doctor("unsigned", sign=False): (
            "A clinician with a registration number confirms this."
        ),
        wrote: "Somebody else confirms this: you have written some of it.",
        make_clinician(): "A doctor confirms this: nobody who wrote it is one.",
    }
    for person, reason in people.items():
        assert proposals.why_not(proposal, person) == reason
        response = settle(client_of(person), proposal)
        assert told(response) == [reason]
    proposal.refresh_from_db()
    assert proposal.settled_at is None
    # What a doctor has written, another clinician confirms.
    proposal.asked_by = wrote
    assert proposals.why_not(proposal, User.objects.get(username="clara")) == ""


def test_who_edited_a_draft_has_written_it_whoever_publishes(editor, subcision):
    doctor = make_doctor()
    doctor.groups.add(Group.objects.get(name="Editor"))
    save_form(client_of(doctor), subcision, risks_rare=RISK)
    publish(editor, subcision, "Typo.")
    proposal = Proposal.objects.get()
    assert {each.username for each in proposal.writers.all()} == {"edda", "dora"}
    settle(client_of(doctor), proposal)
    assert proposals.why_not(proposal, doctor) != ""
    assert Proposal.objects.waiting().exists()


def test_a_later_change_voids_what_waits(edda, subcision):
    doctor = make_doctor()
    proposal = loosen(subcision, edda)
    client = client_of(doctor)
    shown = client.get(reverse("admin:methods_proposal_change", args=[proposal.pk]))
    read = shown.context["form"]["digest"].value()
    Method.objects.filter(pk=subcision.pk).update(risks_rare="None.")
    with pytest.raises(verbs.Loosens):
        verbs.publish(subcision, by=edda, note="", confirmation=proposal)
    response = settle(client, proposal, digest=read)
    assert "nothing is confirmed" in told(response)[0]
    proposal.refresh_from_db()
    assert proposal.outcome == "changed"
    assert len(live(subcision)["sections"]["risks_rare"]) > 1


def test_a_change_that_was_not_read_is_not_confirmed(edda, subcision):
    """Who opened the page before the newest draft confirms nothing of that."""
    client = client_of(make_doctor())
    first = loosen(subcision, edda)
    subcision.risks_rare = "None [C25]."
    subcision.save()
    second = proposals.publish(subcision, by=edda, note="Again")
    first.refresh_from_db()
    assert (first.outcome, second.outcome) == ("changed", "")
    response = settle(client, second, digest=first.digest)
    assert "nothing is confirmed" in told(response)[0]
    assert len(live(subcision)["sections"]["risks_rare"]) > 1


def test_a_refusal_needs_a_note_and_who_wrote_it_takes_it_back(editor, edda, subcision):
    doctor = client_of(make_doctor())
    proposal = loosen(subcision, edda)
    response = settle(doctor, proposal, "_refuse")
    assert response.context["form"].errors == {"answer": ["Say why, then refuse."]}
    settle(doctor, proposal, "_refuse", "It is real")
    proposal.refresh_from_db()
    assert (proposal.outcome, proposal.answer) == ("refused", "It is real")
    again = loosen(subcision, edda)
    settle(editor, again, "_refuse", "Mistake")
    again.refresh_from_db()
    assert again.outcome == "taken_back"
    response = settle(doctor, proposal, digest="x")
    assert told(response) == ["This is settled already."]


def test_publishing_it_twice_waits_once(edda, subcision):
    assert loosen(subcision, edda) == loosen(subcision, edda)
    subcision.risks_rare = "\n".join(live(subcision)["sections"]["risks_rare"])
    subcision.save()
    assert proposals.publish(subcision, by=edda, note="As it was") is None
    assert not Proposal.objects.waiting().exists()


def test_the_database_keeps_one_from_confirming_ones_own(edda, subcision):
    proposal = loosen(subcision, edda)
    with pytest.raises(IntegrityError):
        proposals._settle(proposal, "confirmed", edda)


def test_of_a_finding_the_words_are_saved_and_the_rest_waits(editor):
    flag = Finding.objects.get(code="rf_ulcer")
    advice = flag.advice
    response = save_form(editor, flag, advice="Wait.", position="7")
    assert told(response)[0].startswith(f"A part of “{flag}” waits")
    flag.refresh_from_db()
    assert (flag.advice, flag.position) == (advice, 7)
    number = protocol_versions.current().number
    settle(client_of(make_doctor()), Proposal.objects.get())
    flag.refresh_from_db()
    assert (flag.advice, flag.position) == ("Wait.", 7)
    assert protocol_versions.current().number >= number


def test_a_consent_and_what_is_taken_off_go_the_same_way(editor):
    doctor = client_of(make_doctor())
    text = ConsentText.objects.filter(reader="patient").first()
    new_consent(editor, text)
    settle(doctor, Proposal.objects.get())
    assert text.versions.first().label == "I agree to all."
    referral = Method.objects.get(slug="ref-dermatologist")
    unpublished(editor, referral)
    settle(doctor, Proposal.objects.waiting().get())
    referral.refresh_from_db()
    assert referral.live_revision is None


def test_a_rule_of_a_trait_tells_whom_it_reaches(editor):
    trait = Trait.objects.get(slug="home_remedy")
    without("criteria")(editor, trait)
    url = reverse("admin:methods_proposal_change", args=[Proposal.objects.get().pk])
    context = client_of(make_doctor()).get(url).context
    assert "Nutmeg mask" in " ".join(context["reaches"])
    (said,) = context["differences"]
    assert (said.label, said.new, said.loosens) == ("Rule", "", True)
    settle(client_of(User.objects.get(username="dora")), Proposal.objects.get())
    assert all(
        row["for_staff"] != said.old
        for row in live(Trait.objects.get(pk=trait.pk))["criteria"]
    )


# Where it is seen


def test_the_list_and_a_page_cost_the_same_for_one_and_for_three(
    editor, edda, count_queries
):
    doctor = client_of(make_doctor())
    slugs = ("subcision", "dermabrasion", "cryotherapy")
    first, *others = Method.objects.filter(slug__in=slugs)
    loosen(first, edda)
    doctor.get(LIST)
    for_one = count_queries(doctor, LIST)
    for each in others:
        loosen(each, edda)
    assert count_queries(doctor, LIST) == for_one


def test_the_shell_publishes_as_before_and_nothing_else_does_by_nobody():
    """An empty site has nobody yet who could confirm: see CONTRIBUTING.md."""
    from tests.test_architecture import PYTHON, name_of

    callers = {
        name_of(path)
        for path in PYTHON
        if "publish_all(" in (text := path.read_text()) or "verbs.publish(" in text
    }
    assert callers == {
        "consultations/demo.py",
        "methods/management/commands/load_catalogue.py",
        "methods/publishing/proposals.py",
        "methods/publishing/verbs.py",
    }


def test_before_publishing_the_difference_stands_in_words(editor, subcision):
    url = page(subcision, "difference")
    assert "publishing changes nothing" in editor.get(url).text
    Method.objects.filter(pk=subcision.pk).update(title="Releasing")
    shown = editor.get(url)
    assert [(each.label, each.new) for each in shown.context["differences"]] == [
        ("Title", "Releasing")
    ]
    assert "it is live at once" in shown.text
    Method.objects.filter(pk=subcision.pk).update(risks_rare=RISK, summary="")
    shown = editor.get(url)
    assert shown.context["differences"][0].loosens
    assert "Fill in “Summary”." in shown.text
    assert shown.context["reaches"][0] == "The page /treatments/subcision/."
