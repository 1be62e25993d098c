"""Two editors at one treatment, with and without a script."""

import pytest
from django.urls import reverse

from methods.models import Method
from scarclinic.staff.models import User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("script", [True, False])
def test_who_meets_a_clash_reads_both_texts_and_chooses(open_window, script):
    User.objects.create_superuser("editor", password="kuvo-mira")
    method = Method.objects.get(slug="nutmeg-mask")
    address = reverse("admin:methods_method_change", args=[method.pk])
    first, second = open_window(), open_window(java_script_enabled=script)
    for window in (first, second):
        window.goto(address)
        window.get_by_label("Username:").fill("editor")
        window.get_by_label("Password:").fill("kuvo-mira")
        with window.expect_navigation():
            window.get_by_role("button", name="Log in").click()
    row = method.criteria.first()
    for window, word in ((first, "Theirs"), (second, "Mine")):
        window.get_by_label("Summary:").fill(word)
        window.locator("#id_criteria-0-for_staff").fill(f"{word} too")
    first.get_by_label("Contested:").first.fill("Only theirs")
    for window in (first, second):
        with window.expect_navigation():
            window.get_by_role("button", name="Save", exact=True).click()
    assert second.get_by_label("Summary:").input_value() == "Mine"
    clash = second.get_by_role("group", name="editor saved meanwhile:")
    assert [each.strip() for each in clash.locator("p").all_inner_texts()] == [
        *("Theirs", "Keep mine", "Take that of editor"),
        *("Theirs too", "Keep mine", "Take that of editor"),
    ]
    clash.get_by_label("Keep mine").first.check()
    clash.get_by_label("Take that of editor").last.check()
    with second.expect_navigation():
        second.get_by_role("button", name="Save", exact=True).click()
    method.refresh_from_db()
    row.refresh_from_db()
    assert (method.summary, row.for_staff, row.contested) == (
        "Mine",
        "Theirs too",
        "Only theirs",
    )
