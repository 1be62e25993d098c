"""Admin base of treatments, traits and scar types: draft, preview, publish, revert."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import (
    require_POST,
    require_safe,
)

from methods.admin.content_in_words import rules, sections
from methods.models import Condition
from methods.protocol import advice
from methods.publishing import drafts, editions, freezing, proposals, reach, verbs
from methods.publishing.completeness import missing
from methods.publishing.difference_words import say_all
from scarclinic.staff.edit_conflicts import UNREAD, EditedAdmin, EditedForm

MOST_TOLD = 5
"""How much of what loosens a message names; the page of what waits has all of it."""


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


class DraftFilter(admin.SimpleListFilter):
    """Which working copies differ from what is live."""

    title = _("draft")
    parameter_name = "draft"

    def lookups(self, request, model_admin):
        return [("unpublished", _("Not published"))]

    def queryset(self, request, queryset):
        return queryset.unpublished() if self.value() == "unpublished" else queryset


class PublishableAdmin(EditedAdmin):
    """Save keeps a draft; publishing freezes it."""

    form = DraftForm
    change_form_template = "admin/methods/publishable_change_form.html"
    list_filter = [DraftFilter]
    identity = "slug"
    """What names it in files and cards: fixed by the first publishing."""

    class Media:
        js = ["admin/js/jquery.init.js", "methods/autocomplete.js"]

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        drafts.mark_changes(form.instance)

    def get_readonly_fields(self, request, obj=None):
        return [self.identity] if obj and obj.revisions.exists() else []

    read_fields = ()
    """Texts that the list's search reads beside names; a picker's would find too much."""

    def get_search_fields(self, request):
        names = super().get_search_fields(request)
        is_picker = request.resolver_match.url_name == "autocomplete"
        return names if is_picker else [*names, *self.read_fields]

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
            messages.success(request, self._draft_message(obj))
            return True
        if not self.has_change_permission(request, obj):
            raise PermissionDenied
        if obj.is_merged:
            # Nobody publishes what they have not read.
            messages.warning(request, UNREAD)
            return False
        try:
            note = request.POST["what_changed"]
            waits = proposals.publish(obj, by=request.user, note=note)
        except verbs.Incomplete as incomplete:
            messages.warning(request, _("Saved as a draft, not published. To publish:"))
            for fault in incomplete.missing:
                messages.error(request, fault)
            return False
        if waits:
            self._tell_that_it_waits(request, waits)
        else:
            messages.success(request, _("Published. Visitors see this version now."))
        return True

    def _tell_that_it_waits(self, request, proposal):
        message = _(
            "“%(name)s” waits: it loosens protection, so a clinician who did not write it "
            "confirms it first. Until then all stays live as it is."
        )
        messages.warning(request, message % {"name": proposal})
        for said in proposal.loosens[:MOST_TOLD]:
            told = f"{said['label']}: {said['old'] or '–'} → {said['new'] or '–'}"
            messages.info(request, told)

    def _draft_message(self, obj):
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
            "difference": ("difference/", require_safe(self.difference_view)),
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
        drafts_of = self.get_queryset(request).for_draft()
        subject = get_object_or_404(drafts_of, pk=pk)
        if not self.has_view_permission(request, subject):
            raise PermissionDenied
        return subject

    def preview_view(self, request, pk):
        """Show the draft as publishing it would."""
        subject = self._subject(request, pk)
        content = freezing.freeze(drafts.draft(subject))
        banner = gettext("Preview of the draft. Visitors do not see this.")
        return self.content_page(request, subject, content, banner)

    def difference_view(self, request, pk):
        """Show in words what publishing the draft would change, and what it reaches."""
        subject = self._subject(request, pk)
        changes, _digest = proposals.look_at_draft(subject)
        content = drafts.draft(subject)
        context = self._context(request, subject, _("What publishing changes")) | {
            "differences": say_all(changes),
            "waits": any(change.loosens for change in changes),
            "faults": missing(content),
            "advice": advice.of(content),
            "reaches": reach.of(subject),
        }
        return TemplateResponse(request, "admin/methods/difference.html", context)

    def versions_view(self, request, pk):
        """List what was published, newest first."""
        subject = self._subject(request, pk)
        context = self._context(request, subject, _("Versions")) | {
            "revisions": subject.revisions.select_related("created_by"),
            "can_bring_back": self.has_change_permission(request, subject),
            "has_changes": drafts.has_unpublished_changes(subject),
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
        verbs.revert(subject, revision, by=request.user)
        message = gettext("Version %(number)d is the draft now.") % {"number": number}
        self.log_change(request, subject, message)
        messages.success(
            request, f"{message} {gettext('Visitors see it once you publish.')}"
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
        context = self._context(request, subject, banner) | {
            "content": content,
            "heading": str(subject) if isinstance(subject, Condition) else "",
            "sections": sections(content),
            "rules": rules(content),
        }
        return TemplateResponse(request, "admin/methods/content.html", context)

    # Columns and the action of lists

    @admin.display(description=_("live"), boolean=True)
    def is_live(self, obj):
        return obj.live_revision_id is not None

    @admin.display(description=_("unpublished changes"), ordering="has_changes")
    def unpublished_changes(self, obj):
        return _("Yes") if obj.has_changes else _("No")

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
            waits = proposals.unpublish(subject, by=request.user)
        except verbs.InUse as in_use:
            message = _("“%(name)s” stays live. Unpublish first: %(users)s.") % {
                "name": subject,
                "users": ", ".join(in_use.users),
            }
            messages.error(request, message)
        else:
            if waits:
                self._tell_that_it_waits(request, waits)
                return
            self.log_change(request, subject, gettext("Unpublished."))
            message = _("“%(name)s” is no longer live.") % {"name": subject}
            messages.success(request, message)
