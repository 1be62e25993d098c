"""What a plan's line begins with, from the pathway; and the plan read as steps."""

import pytest
from django.urls import reverse

from consultations.models import Card, Plan
from consultations.review import pathways, workflow
from consultations.review.pathways import measured_within, step_for
from consultations.review.workflow import Decided
from methods.protocol.entries import Method, Pathway, PathwayStep, Relation
from tests.consultations.deciding import card_of, choices_for, desk, make_plan
from tests.consultations.factories import make_clinician
from tests.consultations.patients import holder_of, html_of
from tests.tables import for_each

pytestmark = pytest.mark.django_db

STEP = {
    "pathway": "rolling",
    "title": "Wavy scars",
    "response": "One grade better",
    "number": 2,
    "enter": "",
    "sessions_from": 3,
    "sessions_to": 4,
    "weeks_from": 4,
    "weeks_to": 6,
    "dose": "",
    "measure": "Photo at week 12",
    "next": "",
}


def pathway(code, when, *methods, number=1):
    return Pathway(
        code=code,
        title=code,
        when=when,
        steps=tuple(
            PathwayStep(number=number + at, methods=(slug,))
            for at, slug in enumerate(methods)
        ),
    )


@pytest.mark.parametrize(
    ("findings", "slug", "found"),
    [
        ({"rolling": True}, "b", ("plain", 2)),
        ({"rolling": True, "dark": True}, "b", ("dark", 1)),
        ({"rolling": True, "dark": None}, "b", ("plain", 2)),
        ({"rolling": None}, "b", None),
        ({"rolling": True}, "c", None),
    ],
)
def test_the_step_is_that_of_the_pathway_that_fits_best(findings, slug, found):
    pathways = [
        pathway("plain", ("rolling",), "a", "b"),
        pathway("dark", ("rolling", "dark"), "b"),
    ]
    step = step_for(Method(slug=slug, title=slug), findings, pathways)
    assert (step and (step["pathway"], step["number"])) == (found or {})


@pytest.mark.parametrize(("is_dark", "weeks"), [(False, 4), (True, 6), (None, 6)])
def test_a_step_of_several_methods_keeps_the_interval_of_each(is_dark, weeks):
    gap = Relation(kind="not_with", methods=("b",), is_hard=True, weeks=4, weeks_dark=6)
    method = Method(slug="b", title="B", relations=(gap,))
    findings = {"rolling": True, "phototype_4_6": is_dark}
    step = step_for(method, findings, [pathway("plain", ("rolling",), "a", "b")])
    assert step["weeks_apart"] == weeks


def with_step(plan, **more):
    card = card_of(plan, "subcision")
    fields = {"step": STEP, "level": "", "after": []} | more
    type(card).objects.filter(pk=card.pk).update(**fields)


def typed_on(client, plan, slug):
    groups = client.get(desk(plan)).context["desk"].scars[0].groups
    return next(
        shown
        for group in groups
        for shown in group.cards
        if shown.card.revision.subject.slug == slug
    )


def test_an_open_line_begins_with_the_pathway_and_can_be_changed(staff_client):
    plan = make_plan()
    after = [{"method": "tca-cross", "sessions": 2, "weeks": None}]
    with_step(plan, after=after)
    shown = typed_on(staff_client, plan, "subcision")
    title = card_of(plan, "tca-cross").title
    assert {
        name: shown.typed[name]
        for name in ("sessions", "weeks_apart", "before", "measure")
    } == {
        "sessions": "3",
        "weeks_apart": "6",
        "before": f"{title}: 2 sessions",
        "measure": "Photo at week 12",
    }
    assert shown.typed["choice"] == ""
    assert "3 to 4 sessions" in shown.step


@pytest.mark.parametrize(
    ("sessions", "measured"),
    [
        (None, "height after the 3rd and 6th session"),
        (1, "height after the last session"),
        (2, "height after the last session"),
        (3, "height after the 3rd session"),
        (5, "height after the 3rd session"),
        (6, "height after the 3rd and 6th session"),
        (7, "height after the 3rd and 6th session"),
    ],
)
def test_what_is_measured_follows_the_sessions_of_its_line(sessions, measured):
    said = "height after the 3rd and 6th session"
    assert measured_within(said, sessions) == measured
    for other in (
        "depth 3 months after the last session",
        "edge at 3, 6 and 12 months",
    ):
        assert measured_within(other, sessions) == other


def test_a_line_of_three_sessions_begins_without_the_sixth(staff_client):
    plan = make_plan()
    step = STEP | {"measure": "height after the 3rd and 6th session (G)"}
    Card.objects.filter(pk=card_of(plan, "subcision").pk).update(step=step)
    typed = typed_on(staff_client, plan, "subcision").typed
    assert (typed["sessions"], typed["measure"]) == (
        "3",
        "height after the 3rd session (G)",
    )


def test_nobody_counts_sessions_of_what_is_worn_every_day(staff_client):
    plan = make_plan()
    names = {
        slug: {each.name for each in typed_on(staff_client, plan, slug).details}
        for slug in ("silicone", "subcision", "ref-dermatologist")
    }
    assert {"sessions", "weeks_apart"} <= names["subcision"]
    for slug in ("silicone", "ref-dermatologist"):
        assert not {"sessions", "weeks_apart"} & names[slug]


def test_a_card_shows_no_empty_measures(staff_client):
    html = html_of(staff_client.get(desk(make_plan())))
    for empty in ("Days off: .", "Sessions: .", "It can:</strong></p><ul></ul>"):
        assert empty not in html
    assert "Days off: 2 to 3: swelling" in html


def test_what_the_pathway_proposes_is_kept_only_with_what_is_included(staff_client):
    plan = make_plan()
    with_step(plan)
    key = typed_on(staff_client, plan, "subcision").key
    proposal = {f"sessions-{key}": "3", f"weeks_apart-{key}": "6"}
    staff_client.post(desk(plan), {"edits": 0, "note": "x"} | proposal)
    assert card_of(plan, "subcision").decision.sessions is None
    data = {"edits": 1, f"choice-{key}": "include"} | proposal
    staff_client.post(desk(plan), data)
    decision = card_of(plan, "subcision").decision
    assert (decision.sessions, decision.weeks_apart) == (3, 6)


def test_what_was_saved_on_an_open_card_stands_before_what_is_proposed(staff_client):
    plan = make_plan()
    with_step(plan)
    key = typed_on(staff_client, plan, "subcision").key
    data = {"edits": 0, f"sessions-{key}": "2", f"measure-{key}": "By hand"}
    staff_client.post(desk(plan), data)
    typed = typed_on(staff_client, plan, "subcision").typed
    assert (typed["sessions"], typed["measure"]) == ("2", "By hand")
    assert typed["weeks_apart"] == "6"


def test_what_belongs_together_is_included_with_one_tick(staff_client):
    plan = make_plan()
    with_step(plan, together=["tca-cross"])
    shown = typed_on(staff_client, plan, "subcision")
    assert [slug for slug, _title, _ticked in shown.together] == ["tca-cross"]
    data = {
        "edits": 0,
        f"choice-{shown.key}": "include",
        f"with-{shown.key}": "tca-cross",
        # Against its card, as every partner is that is no option.
        f"override_reason-{typed_on(staff_client, plan, 'tca-cross').key}": "other",
        f"reason-{typed_on(staff_client, plan, 'tca-cross').key}": "Together",
    }
    staff_client.post(desk(plan), data)
    assert card_of(plan, "subcision").decision.choice == "include"
    assert card_of(plan, "tca-cross").decision.choice == "include"


def test_the_patient_reads_the_plan_as_steps():
    doctor, plan = make_clinician(profession="doctor"), make_plan()
    link = plan.link
    with_step(plan, after=[{"method": "tca-cross", "sessions": 2, "weeks": None}])
    card = card_of(plan, "subcision")
    content = card.revision.content | {"relations": []}
    type(card.revision).objects.filter(pk=card.revision_id).update(content=content)
    choices = choices_for(
        plan,
        subcision=Decided("include", before="TCA", measure="Photo at week 12"),
        tca_cross=Decided("include", "Deep", "benefit", "They are deep.", sessions=2),
    )
    plan = workflow.decide(plan, choices, note="", seen_edits=0, by=doctor)
    assert workflow.sign(plan, by=doctor).is_signed
    html = html_of(holder_of(link).get(link))
    places = [html.find(f"{place}") for place in ("1. First: ", "2. Then: ")]
    assert -1 < places[0] < places[1]
    assert html.find(card_of(plan, "tca-cross").title) < html.find(card.title)
    assert "Before it: TCA." in html
    assert "Why we plan it all the same:</strong></p><p>They are deep.</p>" in html
    assert "What we measure: Photo at week 12." in html
    assert Plan.objects.get().is_signed


@pytest.mark.parametrize(
    ("site", "is_told"),
    [("face", True), ("abdomen", True)]
    + [(site, False) for site in ("eyelid", "lip", "nipple", "genital")],
)
def test_nobody_is_told_to_put_sun_cream_where_it_has_no_place(
    staff_client, site, is_told
):
    plan = make_plan(body_site=site)
    preview = reverse("admin:consultations_plan_preview", args=[plan.pk])
    html = html_of(staff_client.get(preview))
    assert ("or use sun cream with a high factor" in html) is is_told
    assert ("Ask us before you put sun cream" in html) is not is_told


@for_each(
    ("said", "left"),
    [
        ("height and itch after the 3rd session", "height and itch"),
        ("movement, 3 months after the 3rd session", "movement"),
        ("redness after the 3rd and 6th session", "redness"),
        ("itch every month", "itch every month"),
    ],
)
def test_what_is_used_at_home_is_not_measured_after_sessions(said, left):
    assert pathways.AFTER_A_SESSION.sub("", said) == left


def test_silicone_for_a_keloid_is_measured_without_sessions():
    plan = make_plan(elevation="raised", beyond_edges="yes", pit_shape="")
    proposed = {
        slug: pathways.proposed(card_of(plan, slug), {})["measure"]
        for slug in ("silicone", "steroid-injection")
    }
    assert "session" not in proposed["silicone"]
    assert "session" in proposed["steroid-injection"]
