"""All that two may edit at once in the admin is merged."""

from django.contrib import admin

from scarclinic.staff.edit_conflicts import (
    EditedAdmin,
    EditedForm,
    MergedForm,
    MergedFormSet,
)

OTHERWISE = {
    "consultations.erasurerequest",  # a page of its own, settled once
    "consultations.letter",  # read only
    "consultations.plan",  # the desk
    "consultations.steptally",  # read only
    "methods.proposal",  # read only, but for a clinician's word
    "methods.protocolversion",  # read only, but for a doctor's approval
    "staff.accountchange",  # read only, but for a second administrator's word
    "staff.event",  # read only
}


def test_every_form_of_the_admin_is_merged():
    admins = {
        model._meta.label_lower: each
        for model, each in admin.site._registry.items()
        if not model._meta.app_label.startswith("django_tasks")
    }
    assert admins.keys() >= OTHERWISE
    assert [
        label
        for label, each in admins.items()
        if label not in OTHERWISE
        and not (
            isinstance(each, EditedAdmin)
            and issubclass(each.form, EditedForm)
            and all(
                issubclass(inline.form, MergedForm)
                and issubclass(inline.formset, MergedFormSet)
                for inline in each.inlines
            )
        )
    ] == []
