"""Findings and health questions."""

from itertools import chain, count

from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from methods.models import (
    Finding,
)
from methods.protocol.coded_findings import RedFlagCode
from methods.publishing import editions, proposals, protocol_versions
from methods.publishing.usage import titles_using
from scarclinic.staff.edit_conflicts import EditedAdmin, EditedForm

WAITS = _(
    "A part of “%(name)s” waits: it loosens protection, so a clinician who did not write "
    "it confirms it first. The rest is saved."
)


class UsedAdmin(EditedAdmin):
    """Rows that criteria refer to: list the uses, and refuse deletion while there are any."""

    def get_deleted_objects(self, objs, request):
        rows, counts, lacking, protected = super().get_deleted_objects(objs, request)
        if protected:
            users = {user for each in objs for user in titles_using(each)}
            protected = sorted(users) or [_("answers of patients")]
        return rows, counts, lacking, protected

    @admin.display(description=_("used by"))
    def used_by(self, obj):
        return ", ".join(titles_using(obj))


class FindingForm(EditedForm):
    class Meta:
        help_texts = {
            "code": _("A short name for files. Leave it empty: the site makes one."),
            "position": _("Smaller numbers come first."),
        }
        widgets = {
            name: AdminTextareaWidget(attrs={"rows": 2})
            for name in ("question", "hint", "question_for_child", "hint_for_child")
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        required = ["question", "group"]
        if self.instance.code in RedFlagCode.values:
            required += ["route", "advice"]
        for name in required:
            if name in self.fields:
                self.fields[name].required = True
        if "code" in self.fields:
            self.fields["code"].required = False

    def clean(self):
        super().clean()
        if not self.instance.pk and not self.cleaned_data.get("code", "absent"):
            self.cleaned_data["code"] = _free_code(self.cleaned_data.get("label", ""))


def _free_code(label):
    """Return a code for a new question. No fact of the intake begins with "q_"."""
    # Of a label in another script nothing is left.
    code = f"q_{slugify(label)[:50].replace('-', '_') or 'question'}"
    taken = set(
        Finding.objects.filter(code__startswith=code).values_list("code", flat=True)
    )
    codes = chain([code], (f"{code}_{number}" for number in count(2)))
    return next(each for each in codes if each not in taken)


@admin.register(Finding)
class FindingAdmin(UsedAdmin):
    """Health questions, which staff add, and coded findings, which the site establishes."""

    form = FindingForm
    list_display = ["label", "code", "origin", "group", "position", "is_asked", "route"]
    list_filter = ["origin", "group", "is_asked"]
    search_fields = ["label", "code", "question"]

    def get_fieldsets(self, request, obj=None):
        asked = ["question", "hint", "question_for_child", "hint_for_child"]
        asked += ["group", "position", "is_asked_alone"]
        on_pages = ["patient_words", "reason_group", "is_common"]
        if obj is None:
            first = ["label", *asked, *on_pages, "code"]
        elif obj.is_coded and not obj.question:
            first = ["label", *on_pages, "code", "origin", "used_by"]
        else:
            first = ["label", *asked, *on_pages]
            first += ["is_asked", "code", "origin", "used_by"]
        if obj and obj.is_coded and obj.code not in RedFlagCode.values:
            return [(None, {"fields": first})]
        return [
            (None, {"fields": first}),
            (
                _("Red flag"),
                {
                    "fields": ["route", "advice", "advice_for_child"],
                    "description": _(
                        "Leave both empty unless a yes must stop every suggestion."
                    ),
                },
            ),
        ]

    def get_readonly_fields(self, request, obj=None):
        if obj is None:
            return []
        return ["code", "origin", "used_by", *(["label"] if obj.is_coded else [])]

    def save_model(self, request, obj, form, change):
        waits = proposals.change(obj, by=request.user) if change else None
        super().save_model(request, obj, form, change)
        self._renew(request, obj)
        if waits:
            messages.warning(request, WAITS % {"name": waits})

    def get_deleted_objects(self, objs, request):
        rows, counts, lacking, protected = super().get_deleted_objects(objs, request)
        asked = [each for each in objs if each.is_asked or each.route]
        if asked and not protected:
            # That it is asked no more loosens, and waits for a clinician; deleting, never.
            protected = [
                *protected,
                *(
                    gettext("“%s” is asked: switch that off first") % each
                    for each in asked
                ),
            ]
        return rows, counts, lacking, protected

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        self._renew(request, obj)

    @transaction.atomic
    def delete_queryset(self, request, queryset):
        super().delete_queryset(request, queryset)
        self._renew(request, self.opts.verbose_name_plural)

    def _renew(self, request, changed):
        """A question or red flag acts at once: the protocol gets its next number.

        So do its words on pages of treatments.
        """
        protocol_versions.renew(by=request.user, note=str(changed))
        editions.renew()

    def has_delete_permission(self, request, obj=None):
        if obj and obj.is_coded:
            return False
        return super().has_delete_permission(request, obj)
