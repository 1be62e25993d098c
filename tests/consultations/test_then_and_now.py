"""Photos of one person's earlier intakes beside today's, of the same place."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from consultations.models import Intake, Photo
from scarclinic.staff.models import Event
from tests.consultations.deciding import make_plan

pytestmark = pytest.mark.django_db
EVE = {"name": "Eve", "email": "eve@example.org", "telephone": "0555 9876543"}


def with_photos(*slots, days_ago=0, **answers):
    """Return a plan with these photos of its scar, sent so many days ago."""
    plan = make_plan(**answers)
    then = timezone.now() - timedelta(days=days_ago)
    Intake.objects.filter(pk=plan.intake_id).update(submitted_at=then)
    scar = plan.intake.scars.get()
    for slot in slots:
        photo = Photo.objects.create(scar=scar, slot=slot, width=20, height=10)
        Photo.objects.filter(pk=photo.pk).update(created_at=then)
    return plan


def photos_of(plan):
    return list(Photo.objects.filter(scar__intake=plan.intake))


def page_of(client, plan, **query):
    return client.get(reverse("admin:consultations_plan_photos", args=[plan.pk]), query)


def shown(response):
    return [photo for _side, _label, photo in response.context["shown"]]


def test_then_stands_beside_now_with_dates_and_leaves_a_line(staff_client):
    then = with_photos("distance", "side", days_ago=400)
    elsewhere = with_photos("distance", days_ago=300, body_site="chest")
    later = with_photos("distance", days_ago=-1)
    hers = with_photos("distance", days_ago=300, **EVE)
    now = with_photos("distance", "side")
    before = Event.objects.count()
    page = page_of(staff_client, now)
    assert page.context["photos"] == [*photos_of(then), *photos_of(now)]
    assert shown(page) == [photos_of(then)[0], photos_of(now)[0]]
    day = timezone.localdate() - timedelta(days=400)
    assert page.text.count(f"(sent before, {then.intake.reference})") == 3
    assert f"{day.day} {day:%B %Y}" in page.text
    read = Event.objects.order_by("pk")[before:]
    assert sorted((each.action, each.case_id) for each in read) == sorted(
        [("plan_read", then.intake_id), ("plan_read", now.intake_id)]
    )
    others = {elsewhere.intake_id, later.intake_id, hers.intake_id}
    assert not others & {each.case_id for each in read}


def test_what_somebody_opens_at_the_desk_stands_beside_its_like(staff_client):
    then = with_photos("distance", "side", days_ago=400)
    now = with_photos("distance", "side")
    (far, side), (_far, side_now) = photos_of(then), photos_of(now)
    assert shown(page_of(staff_client, now, left=side_now.name)) == [side, side_now]
    assert shown(page_of(staff_client, now, left=side.name)) == [side, side_now]
    assert shown(page_of(staff_client, now, left=far.name, right=side.name)) == [
        far,
        side,
    ]
    assert shown(page_of(staff_client, now, left=far.name, right="none")) == [far]


def test_without_an_earlier_intake_the_photos_of_one_stand_as_before(staff_client):
    plan = with_photos("distance", "side")
    page = page_of(staff_client, plan)
    assert shown(page) == photos_of(plan)
    assert "sent before" not in page.text
    assert shown(page_of(staff_client, make_plan(**EVE))) == []


def test_the_photos_cost_the_same_for_one_photo_of_before_and_for_many(
    staff_client, count_queries
):
    then = with_photos("distance", days_ago=400)
    now = with_photos("distance")
    url = reverse("admin:consultations_plan_photos", args=[now.pk])
    for_one = count_queries(staff_client, url)
    for slot in ("side", "close_up"):
        Photo.objects.create(scar=then.intake.scars.get(), slot=slot, width=1, height=1)
    assert count_queries(staff_client, url) == for_one
