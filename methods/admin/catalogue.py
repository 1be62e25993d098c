"""The catalogue: draft, preview, publish, bring back."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from methods.models import (
    KEY_FACTS,
    MEASURES,
    SCAR_TYPE_SECTIONS,
    Criterion,
    Finding,
    Method,
    ScarType,
    Source,
    Trait,
)
from methods.protocol import entries
from methods.protocol.vocabulary import WEAK_GRADES, CriterionKind, RedFlagCode
from methods.publishing import editions, verbs
from methods.website.views.treatments import method_page
from scarclinic.staff.edit_conflicts import EditedAdmin, EditedForm, SeenForm


class UsedAdmin(EditedAdmin):
    """Rows that criteria rest on: they say where, and stay as long as they do."""

    def get_deleted_objects(self, objs, request):
        rows, counts, lacking, protected = super().get_deleted_objects(objs, request)
        if protected:
            users = {user for each in objs for user in each.users()}
            protected = sorted(users) or [_("answers of patients")]
        return rows, counts, lacking, protected

    @admin.display(description=_("used by"))
    def used_by(self, obj):
        return ", ".join(obj.users())


@admin.register(Source)
class SourceAdmin(UsedAdmin):
    form = SeenForm
    list_display = ["code", "title", "year"]
    search_fields = ["code", "title", "note"]
    fields = ["code", "title", "year", "url", "note"]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def get_fields(self, request, obj=None):
        return [*self.fields, "used_by"] if obj else self.fields

    def get_readonly_fields(self, request, obj=None):
        return ["code", "used_by"] if obj else []

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if change and form.changed_data and (users := obj.users()):
            told = _("Visitors see the correction once these are published again: %s")
            messages.info(request, told % ", ".join(users))


class FindingForm(SeenForm):
    class Meta:
        help_texts = {
            "code": _("A short name for files. Leave it empty: the site makes one."),
            "position": _("Smaller numbers come first."),
        }
        widgets = {
            name: AdminTextareaWidget(attrs={"rows": 2})
            for name in ("question", "hint")
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        required = ["question", "group"]
        if self.instance.code in RedFlagCode.values:
            required += ["route", "told"]
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
    code = f"q_{slugify(label)[:50].replace('-', '_')}"
    others = Finding.objects.filter(code__startswith=code).count()
    return f"{code}_{others + 1}" if others else code


@admin.register(Finding)
class FindingAdmin(UsedAdmin):
    """Health questions, which staff add, and what the site establishes itself."""

    form = FindingForm
    list_display = ["label", "code", "origin", "group", "position", "is_asked", "route"]
    list_filter = ["origin", "group", "is_asked"]
    search_fields = ["label", "code", "question"]

    def get_fieldsets(self, request, obj=None):
        asked = ["question", "hint", "group", "position"]
        if obj is None:
            first = ["label", *asked, "code"]
        elif obj.is_coded and not obj.question:
            first = ["label", "code", "origin", "used_by"]
        else:
            first = ["label", *asked, "is_asked", "code", "origin", "used_by"]
        if obj and obj.is_coded and obj.code not in RedFlagCode.values:
            return [(None, {"fields": first})]
        return [
            (None, {"fields": first}),
            (
                _("Red flag"),
                {
                    "fields": ["route", "told"],
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

    def has_delete_permission(self, request, obj=None):
        if obj and obj.is_coded:
            return False
        return super().has_delete_permission(request, obj)


class CriterionForm(forms.ModelForm):
    class Meta:
        widgets = {
            name: AdminTextareaWidget(attrs={"rows": 3})
            for name in ("for_patient", "for_staff", "contested")
        }
        error_messages = {
            "when": {"required": _("Choose at least one finding.")},
            "sources": {"required": _("Choose at least one source.")},
        }

    def clean(self):
        super().clean()
        kind = self.cleaned_data.get("kind")
        if kind:
            self._keep_to_its_kind(
                "line",
                kind == CriterionKind.INDICATION,
                _("Choose a line: an indication needs one."),
                _("Leave the line empty: only an indication has one."),
            )
            self._keep_to_its_kind(
                "until",
                kind == CriterionKind.DEFERRAL,
                _("Say until when: a deferral ends."),
                _("Leave this empty: only a deferral has an end."),
            )
        both = set(self.cleaned_data.get("when", ()))
        both &= set(self.cleaned_data.get("unless", ()))
        if both:
            names = ", ".join(sorted(str(each) for each in both))
            self.add_error(
                "unless",
                gettext("Remove “%(names)s” here or from “when”: it cannot be in both.")
                % {"names": names},
            )

    def _keep_to_its_kind(self, name, is_needed, if_missing, if_given):
        """Name the field, where the constraint of the model names only the rule."""
        if name in self.cleaned_data and bool(self.cleaned_data[name]) != is_needed:
            self.add_error(name, if_missing if is_needed else if_given)


class CriterionInline(admin.StackedInline):
    model = Criterion
    form = CriterionForm
    extra = 0
    autocomplete_fields = ["when", "unless", "sources"]
    readonly_fields = ["weakness"]
    fieldsets = [
        (None, {"fields": ["kind", "line", "until", "position"]}),
        (_("It holds"), {"fields": ["when", "unless"]}),
        (_("Reasons"), {"fields": ["for_patient", "for_staff", "contested"]}),
        (_("Evidence"), {"fields": ["sources", "weakness", "reviewed_on"]}),
    ]

    def get_queryset(self, request):
        related = ("when", "unless", "sources")
        return super().get_queryset(request).prefetch_related(*related)

    @admin.display(description=_("weak source"))
    def weakness(self, obj):
        sources = obj.sources.all() if obj.pk else ()
        grades = {entries.grade_of(each.code) for each in sources}
        if grades and grades <= WEAK_GRADES:
            return _("Weak source: the clinic’s doctor must confirm.")
        return "–"


class DraftForm(EditedForm):
    """A working copy, published with a word on what changed."""

    what_changed = forms.CharField(
        label=_("What changed"),
        max_length=200,
        required=False,
        widget=AdminTextInputWidget,
        help_text=_("Needed to publish: one sentence. Visitors read it too."),
    )

    def clean(self):
        super().clean()
        if "_publish" in self.data and not self.cleaned_data.get("what_changed"):
            self.add_error("what_changed", _("Say what changed, then publish."))


class PublishableAdmin(EditedAdmin):
    """Save keeps a draft; publishing freezes it."""

    form = DraftForm
    change_form_template = "admin/methods/publishable_change_form.html"
    identity = "slug"
    """What names it in files and cards: fixed by the first publishing."""

    class Media:
        js = ["admin/js/jquery.init.js", "methods/autocomplete.js"]

    def get_queryset(self, request):
        return super().get_queryset(request).for_draft()

    def get_readonly_fields(self, request, obj=None):
        return [self.identity] if obj and obj.revisions.exists() else []

    def get_prepopulated_fields(self, request, obj=None):
        if self.get_readonly_fields(request, obj):
            return {}
        return super().get_prepopulated_fields(request, obj)

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        # With a draft go the pairs of photos that name it.
        editions.renew()

    @transaction.atomic
    def delete_queryset(self, request, queryset):
        super().delete_queryset(request, queryset)
        editions.renew()

    def response_add(self, request, obj, post_url_continue=None):
        if IS_POPUP_VAR in request.POST:
            return super().response_add(request, obj, post_url_continue)
        return self._respond(request, obj, reverse(self._url("change"), args=[obj.pk]))

    def response_change(self, request, obj):
        if IS_POPUP_VAR in request.POST:
            return super().response_change(request, obj)
        return self._respond(request, obj, request.get_full_path())

    def _respond(self, request, obj, back):
        is_settled = self._publish_or_keep(request, obj)
        if "_continue" in request.POST or not is_settled:
            return redirect(back)
        if "_addanother" in request.POST:
            return redirect(self._url("add"))
        return self.response_post_save_change(request, obj)

    def _publish_or_keep(self, request, obj):
        """Do what the pressed button says, and tell. Returns whether that worked."""
        if "_publish" not in request.POST:
            messages.success(request, self._told_of_draft(obj))
            return True
        if not self.has_change_permission(request, obj):
            raise PermissionDenied
        try:
            verbs.publish(obj, by=request.user, note=request.POST["what_changed"])
        except verbs.Incomplete as incomplete:
            messages.warning(request, _("Saved as a draft, not published. To publish:"))
            for fault in incomplete.missing:
                messages.error(request, fault)
            return False
        messages.success(request, _("Published. Visitors see this version now."))
        return True

    def _told_of_draft(self, obj):
        if not obj.live_revision:
            return gettext("Saved as a draft. Visitors cannot see it yet.")
        day = date_format(localtime(obj.live_revision.created_at))
        return gettext(
            "Saved as a draft. Visitors still see the version of %(day)s."
        ) % {"day": day}

    # Versions

    def _url(self, page):
        return f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"

    def get_urls(self):
        pages = {
            "preview": ("preview/", require_safe(self.preview_view)),
            "versions": ("versions/", require_safe(self.versions_view)),
            "version": ("versions/<int:number>/", require_safe(self.version_view)),
            "bring_back": (
                "versions/<int:number>/bring-back/",
                require_POST(self.bring_back_view),
            ),
        }
        return [
            path(
                f"<int:pk>/{address}",
                self.admin_site.admin_view(view),
                name=self._url(page).removeprefix("admin:"),
            )
            for page, (address, view) in pages.items()
        ] + super().get_urls()

    def _subject(self, request, pk):
        subject = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_view_permission(request, subject):
            raise PermissionDenied
        return subject

    def preview_view(self, request, pk):
        """Show the draft as publishing it would."""
        subject = self._subject(request, pk)
        content = verbs.freeze(verbs.draft(subject))
        banner = gettext("Preview of the draft. Visitors do not see this.")
        return self.content_page(request, subject, content, banner)

    def versions_view(self, request, pk):
        """List what was published, newest first."""
        subject = self._subject(request, pk)
        context = self._context(request, subject, _("Versions")) | {
            "revisions": subject.revisions.select_related("created_by"),
            "can_bring_back": self.has_change_permission(request, subject),
            "has_changes": verbs.has_unpublished_changes(subject),
        }
        return TemplateResponse(request, "admin/methods/versions.html", context)

    def version_view(self, request, pk, number):
        """Show one frozen version."""
        subject = self._subject(request, pk)
        revision = get_object_or_404(subject.revisions, number=number)
        banner = gettext("Version %(number)d, published on %(day)s.") % {
            "number": number,
            "day": date_format(localtime(revision.created_at)),
        }
        return self.content_page(request, subject, revision.content, banner)

    def bring_back_view(self, request, pk, number):
        """Make an old version the draft."""
        subject = self._subject(request, pk)
        if not self.has_change_permission(request, subject):
            raise PermissionDenied
        revision = get_object_or_404(subject.revisions, number=number)
        verbs.revert(subject, revision)
        told = gettext("Version %(number)d is the draft now.") % {"number": number}
        self.log_change(request, subject, told)
        messages.success(
            request, f"{told} {gettext('Visitors see it once you publish.')}"
        )
        return redirect(self._url("change"), subject.pk)

    def _context(self, request, subject, title):
        return self.admin_site.each_context(request) | {
            "title": title,
            "subtitle": str(subject),
            "opts": self.opts,
            "original": subject,
        }

    def content_page(self, request, subject, content, banner):
        """Answer with content as a plain page of the admin."""
        labels = dict(Finding.objects.values_list("code", "label"))
        context = self._context(request, subject, banner) | {
            "content": content,
            "sections": [
                (SCAR_TYPE_SECTIONS[name], items)
                for name, items in content.get("sections", {}).items()
            ],
            "criteria": [
                row
                | {
                    "kind": CriterionKind(row["kind"]).label,
                    "when": [labels[code] for code in row["when"]],
                    "unless": [labels[code] for code in row["unless"]],
                }
                for row in content.get("criteria", ())
            ],
        }
        return TemplateResponse(request, "admin/methods/content.html", context)

    # Columns and the action of lists

    @admin.display(description=_("live"), boolean=True)
    def is_live(self, obj):
        return obj.live_revision_id is not None

    @admin.display(description=_("unpublished changes"))
    def unpublished_changes(self, obj):
        return _("Yes") if verbs.has_unpublished_changes(obj) else _("No")

    @admin.action(
        permissions=["change"],
        description=_("Unpublish selected %(verbose_name_plural)s"),
    )
    def unpublish(self, request, queryset):
        if "confirmed" not in request.POST:
            context = self._context(request, "", _("Unpublish?")) | {
                "subjects": queryset,
                "action_checkbox_name": ACTION_CHECKBOX_NAME,
            }
            return TemplateResponse(request, "admin/methods/unpublish.html", context)
        for subject in queryset:
            self._unpublish_one(request, subject)
        return None

    def _unpublish_one(self, request, subject):
        try:
            verbs.unpublish(subject)
        except verbs.InUse as in_use:
            told = _("“%(name)s” stays live. Unpublish first: %(users)s.") % {
                "name": subject,
                "users": ", ".join(in_use.users),
            }
            messages.error(request, told)
        else:
            self.log_change(request, subject, gettext("Unpublished."))
            told = _("“%(name)s” is no longer live.") % {"name": subject}
            messages.success(request, told)


class AddressForm(forms.Form):
    """Where the page of a treatment shall be."""

    address = forms.SlugField(
        label=_("New address"),
        max_length=60,
        widget=AdminTextInputWidget,
        help_text=_("Small letters, digits and hyphens, for example: acne-laser"),
        error_messages={
            "invalid": _("Use letters, digits and hyphens only, without spaces."),
            "required": _("Write the new address."),
        },
    )

    def clean_address(self):
        return self.cleaned_data["address"].lower()


@admin.register(Method)
class MethodAdmin(PublishableAdmin):
    """The treatments: texts, criteria, versions."""

    list_display = [
        "title",
        "group",
        "position",
        "is_live",
        "unpublished_changes",
        "reviewed_on",
        "next_review_on",
    ]
    list_filter = ["group"]
    search_fields = ["title", "also_called", "slug"]
    prepopulated_fields = {"slug": ["title"]}
    autocomplete_fields = ["follows", "traits"]
    inlines = [CriterionInline]
    actions = ["unpublish"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "title",
                    "slug",
                    "also_called",
                    "group",
                    "position",
                    "is_ranked",
                    "summary",
                ]
            },
        ),
        (
            _("Shared criteria"),
            {
                "fields": ["traits", "follows"],
                "description": _("They are added to its own criteria, further down."),
            },
        ),
        (_("Key facts"), {"fields": [*KEY_FACTS, *MEASURES]}),
        (_("What to expect of it"), {"fields": ["can", "cannot"]}),
        (_("Before"), {"fields": ["before_do", "before_do_not"]}),
        (_("What happens"), {"fields": ["steps"]}),
        (_("After"), {"fields": ["after_do", "after_do_not"]}),
        (_("Risks"), {"fields": ["risks_common", "risks_less_common", "risks_rare"]}),
        (_("When to call"), {"fields": ["call_today", "call_emergency"]}),
        (_("Deciding"), {"fields": ["alternatives", "questions"]}),
        (_("Review"), {"fields": ["reviewed_by", "reviewed_on", "next_review_on"]}),
    ]

    def get_urls(self):
        view = require_http_methods(["GET", "HEAD", "POST"])(self.address_view)
        view = self.admin_site.admin_view(view)
        return [
            path("<int:pk>/address/", view, name="methods_method_address"),
            *super().get_urls(),
        ]

    def address_view(self, request, pk):
        """Change the address of the page, after saying what that does."""
        method = self._subject(request, pk)
        if not self.has_change_permission(request, method):
            raise PermissionDenied
        data = request.POST if request.method == "POST" else None
        form = AddressForm(data, initial={"address": method.address})
        if form.is_valid() and self._move(request, method, form):
            return redirect(self._url("change"), method.pk)
        context = self._context(request, method, _("Change address")) | {
            "form": form,
            "former_addresses": method.former_addresses.all(),
        }
        return TemplateResponse(request, "admin/methods/address.html", context)

    def _move(self, request, method, form):
        """Move the page, log it and tell. Returns whether that worked."""
        address = form.cleaned_data["address"]
        try:
            moved = verbs.move(method, address)
        except verbs.Taken as taken:
            told = _("“%(owner)s” has or had this address. Choose another.")
            form.add_error("address", told % {"owner": taken.owner})
            return False
        told = gettext("The address is %(address)s now.") % {
            "address": moved.get_absolute_url()
        }
        if moved.address != method.address:
            self.log_change(request, moved, told)
        messages.success(request, told)
        return True

    def view_on_site(self, obj):
        return obj.get_absolute_url() if obj.live_revision_id else None

    def content_page(self, request, subject, content, banner):
        """Answer with content as visitors see it."""
        back = reverse(self._url("change"), args=[subject.pk])
        context = {"banner": banner, "back": back}
        site = editions.current().site
        return method_page(request, entries.method(content), site, context)


@admin.register(Trait)
class TraitAdmin(PublishableAdmin):
    """What methods share: its criteria reach every live method that has it."""

    list_display = ["name", "slug", "is_live", "unpublished_changes"]
    search_fields = ["name", "slug", "description"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [CriterionInline]
    fields = ["name", "slug", "description"]


@admin.register(ScarType)
class ScarTypeAdmin(PublishableAdmin):
    """The pages of scar types."""

    identity = "finding"
    list_display = ["title", "finding", "position", "is_live", "unpublished_changes"]
    search_fields = ["title", "also_called", "finding__code"]
    actions = ["unpublish"]
    fieldsets = [
        (None, {"fields": ["title", "finding", "also_called", "position", "summary"]}),
        (_("Sections"), {"fields": list(SCAR_TYPE_SECTIONS)}),
    ]

    def view_on_site(self, obj):
        return obj.get_absolute_url() if obj.live_revision_id else None
