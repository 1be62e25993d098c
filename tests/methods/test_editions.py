"""The edition: what public pages share, as it is now and never half."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from methods.models import (
    Clinic,
    Edition,
    Method,
    Notice,
    ScarType,
)
from methods.publishing import edition_watch, editions, verbs

pytestmark = pytest.mark.django_db


def edit(slug, **fields):
    Method.objects.filter(slug=slug).update(**fields)
    return Method.objects.get(slug=slug)


def publish(slug, note="Changed", **fields):
    return verbs.publish(edit(slug, **fields), by=None, note=note)


def test_publishing_makes_a_new_edition():
    before = edition_watch.current_digest()
    publish("silicone", title="Silicone, renamed")
    assert edition_watch.current_digest() != before
    assert editions.current().site.methods["silicone"].title == "Silicone, renamed"


def test_a_draft_makes_none():
    before = edition_watch.current_digest()
    edit("silicone", title="Half-writ")
    editions.renew()
    assert edition_watch.current_digest() == before


def test_unpublishing_takes_a_scar_type_out_of_the_edition():
    verbs.unpublish(ScarType.objects.get(finding__code="ice_pick"))
    assert "ice_pick" not in editions.current().site.scar_types


@pytest.mark.parametrize("shape", [editions.SHAPE, "0"])
def test_when_something_was_unpublished_is_handed_on(shape):
    verbs.unpublish(Method.objects.get(slug="tca-cross"))
    [(digest, site)] = Edition.objects.values_list("digest", "site")
    # What older code compiled may have another shape, and tells of the same times.
    Edition.objects.update(digest=f"{shape}{digest.removeprefix(str(editions.SHAPE))}")
    editions.renew()
    assert list(Edition.objects.values_list("digest", "site")) == [(digest, site)]


PUBLIC_PAGES = [
    "/",
    "/treatments/",
    "/treatments/silicone/",
    "/scars/ice_pick/",
    "/search/?q=acid",
    "/sitemap.xml",
    "/changes.xml",
]


def other_shape():
    """Have a row of an edition as code of another version writes it."""
    Edition.objects.update(digest="0-other", site="{}", catalogue="{}")


@pytest.mark.parametrize(
    "spoil", [lambda: None, other_shape, lambda: Edition.objects.all().delete()]
)
def test_no_get_of_a_public_page_writes(client, spoil):
    spoil()
    with CaptureQueriesContext(connection) as queries:
        for url in PUBLIC_PAGES:
            assert client.get(url).status_code == 200
    assert {each["sql"].split()[0].strip("(") for each in queries} == {"SELECT"}


def test_an_edition_of_another_shape_is_compiled_in_memory_once(
    django_assert_num_queries,
):
    whole = editions.current(catalogue=True)
    other_shape()
    read = editions.current(catalogue=True)
    assert (read.digest, read.catalogue) == ("0-other", whole.catalogue)
    assert replace(read.site, changed={}) == replace(whole.site, changed={})
    with django_assert_num_queries(1):
        editions.current()
    assert edition_watch.current_digest() == "0-other"


def test_without_a_row_pages_are_compiled_in_memory(client):
    Edition.objects.all().delete()
    assert client.get("/treatments/silicone/").status_code == 200
    assert Edition.objects.count() == 0


@pytest.mark.parametrize("parts", [{}, {"catalogue": True}])
def test_reading_it_costs_one_query(django_assert_num_queries, parts):
    with django_assert_num_queries(1):
        editions.current(**parts)


def test_the_publishing_process_hears_of_the_new_edition_at_commit(
    monkeypatch, django_capture_on_commit_callbacks
):
    heard = []
    monkeypatch.setattr(edition_watch, "_listener", heard.append)
    with django_capture_on_commit_callbacks(execute=True):
        publish("silicone", summary="Sheets [GK].")
        assert heard == []
    assert heard == [edition_watch.current_digest()]


def test_a_page_tells_what_it_was_made_from(client):
    response = client.get("/treatments/silicone/")
    assert response.edition == edition_watch.current_digest()
    assert response.keep_until is None


def test_a_page_is_kept_until_the_next_notice_begins_or_ends(client):
    now = timezone.now().replace(microsecond=0)
    ends, begins = now + timedelta(days=2), now + timedelta(days=1)
    Notice.objects.create(text="Open", starts_at=now - timedelta(days=1), ends_at=ends)
    editions.renew()
    assert client.get("/").keep_until == ends
    Notice.objects.create(text="Closed", starts_at=begins)
    editions.renew()
    assert client.get("/").keep_until == begins


@pytest.mark.parametrize("address", ["/treatments/unknown/", "/scars/unknown/"])
def test_what_is_not_found_may_not_be_stored(client, address):
    assert not hasattr(client.get(address), "edition")


def test_what_changed_lately_is_in_it_newest_first():
    publish("silicone", note="Added a source.")
    publish("subcision", note="Corrected the days off.")
    changes = editions.current().site.changes
    assert [(each.kind, each.key, each.note) for each in changes] == [
        ("method", "subcision", "Corrected the days off."),
        ("method", "silicone", "Added a source."),
    ]


def test_related_are_those_for_most_of_the_same_scar_types():
    cards = editions.current(catalogue=True).catalogue.methods
    lines = {card.slug: card.lines.keys() for card in cards}
    related = editions.current().site.related["tca-cross"]
    shared = [len(lines["tca-cross"] & lines[slug]) for slug in related]
    assert len(related) == 4
    assert shared == sorted(shared, reverse=True)
    assert shared[-1] > 0
    others = lines.keys() - {"tca-cross", *related}
    assert max(len(lines["tca-cross"] & lines[slug]) for slug in others) <= shared[-1]


def test_the_name_of_the_clinic_stands_on_every_page(client):
    Clinic(name="Haut & Narbe").save()
    editions.renew()
    for page in ("home", "list", "scars", "about", "contact"):
        content = client.get(reverse(f"methods:{page}")).content.decode()
        assert "Haut &amp; Narbe</title>" in content or page == "home"
        assert ">Haut &amp; Narbe</a>" in content


def test_a_line_that_asks_for_more_than_the_scar_type_holds_for_some(client):
    cards = editions.current(catalogue=True).catalogue.methods
    laser = next(card for card in cards if card.slug == "fractional-ablative-laser")
    assert laser.lines["rolling"] == "first"
    assert "rolling" in laser.for_some
    subcision = next(card for card in cards if card.slug == "subcision")
    assert "rolling" not in subcision.for_some
    listed = client.get("/treatments/?scar=rolling").content.decode()
    scar = client.get("/scars/rolling/").content.decode()
    assert "Often tried first, for some" in listed
    for title, line in [
        (laser.title, "Often tried first, for some"),
        (subcision.title, "Often tried first"),
    ]:
        assert f'{title}</a> <span class="line">{line}</span>' in scar


def test_a_correction_stays_in_its_page_s_history_however_much_else_changes():
    publish("subcision", note="Corrected the days off.")
    # As one edition: to make sixty takes seconds.
    silicone = Method.objects.get(slug="silicone")
    verbs.publish_all([silicone] * 55, by=None, note="Again")
    for number in range(5):
        publish("silicone", note=f"Again {number}")
    site = editions.current().site
    [correction] = site.latest_changes("method", "subcision")
    assert correction.note == "Corrected the days off."
    latest = [each.note for each in site.latest_changes("method", "silicone")]
    assert latest == [f"Again {number}" for number in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize("day", ["9999-12-31", None])
def test_a_page_without_an_end_has_none(client, day):
    publish(
        "silicone", reviewed_by="Dr A", reviewed_on="2026-01-01", next_review_on=day
    )
    response = client.get("/treatments/silicone/")
    assert (response.status_code, response.keep_until) == (200, None)


def test_deleting_a_draft_renews_the_edition(admin_client, monkeypatch):
    draft = Method.objects.create(slug="never-live", title="Never live")
    renewed = []
    monkeypatch.setattr(editions, "renew", lambda: renewed.append(True))
    admin_client.post(
        reverse("admin:methods_method_delete", args=[draft.pk]), {"post": "yes"}
    )
    assert not Method.objects.filter(pk=draft.pk).exists()
    assert renewed == [True]


def test_a_long_query_breaks_no_leaflet(client):
    assert client.get("/treatments/silicone/?" + "a" * 3000).status_code == 200


@pytest.mark.parametrize("note", ["a\x0bb", "Fine & <good>"])
def test_the_feed_bears_what_an_editor_pasted(client, note):
    publish("silicone", note=note)
    assert client.get("/changes.xml").status_code == 200


def test_control_characters_in_stored_names_break_no_page_feed_or_card(client):
    hostile = "a\x0bb\x00c\ufffe\x1bd"
    if connection.vendor == "postgresql":
        hostile = hostile.replace("\x00", "")
    Clinic.objects.update(name=hostile, street=hostile, about=hostile)
    ScarType.objects.filter(finding__code="ice_pick").update(title=hostile)
    verbs.publish(ScarType.objects.get(finding__code="ice_pick"), by=None, note=hostile)
    publish("silicone", note=hostile, title=hostile, summary=hostile)
    failed = [
        url
        for url in (
            *PUBLIC_PAGES,
            "/contact/",
            "/about/",
            reverse("methods:share-picture", args=["treatments", "silicone"]),
            reverse("methods:share-picture", args=["scars", "ice_pick"]),
            reverse("methods:share-picture", args=["pages", "home"]),
        )
        if client.get(url).status_code != 200
    ]
    assert failed == []


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles"])
def test_days_and_notices_at_the_edge_of_years_break_no_page(client, settings, zone):
    settings.TIME_ZONE = zone
    with timezone.override(zone):
        Notice.objects.create(
            text="Always",
            starts_at=datetime(1, 1, 1, tzinfo=UTC),
            ends_at=datetime(9999, 12, 31, 23, 59, tzinfo=UTC),
        )
        publish(
            "silicone",
            reviewed_by="Dr A",
            reviewed_on="0001-01-01",
            next_review_on="9999-12-30",
        )
        failed = [url for url in PUBLIC_PAGES if client.get(url).status_code != 200]
        assert failed == []
        assert b"Always" in client.get("/").content
