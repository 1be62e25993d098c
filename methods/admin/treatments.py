"""Treatments and traits."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import (
    require_http_methods,
)

from methods.admin.content_in_words import rules
from methods.admin.criteria import CriterionInline
from methods.admin.publishable import DraftFilter, PublishableAdmin
from methods.admin.relations import CeilingInline, RelationInline
from methods.models import (
    KEY_FACTS,
    MEASURES,
    METHOD_SECTIONS,
    PRICE,
    Method,
    Trait,
)
from methods.protocol import entries
from methods.publishing import editions, verbs
from methods.website.views.treatments import method_page

NEXT_REVIEW = F("live_revision__next_review_on").asc(nulls_first=True)
"""Soonest first, and before that what was never reviewed."""


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


class ReviewFilter(admin.SimpleListFilter):
    """Which live treatments are to be reviewed."""

    title = _("review")
    parameter_name = "review"

    def lookups(self, request, model_admin):
        return [("due", _("Due"))]

    def queryset(self, request, queryset):
        return queryset.due_for_review() if self.value() == "due" else queryset


@admin.register(Method)
class MethodAdmin(PublishableAdmin):
    """The treatments: texts, criteria, versions."""

    list_display = [
        "title",
        "group",
        "position",
        "is_live",
        "unpublished_changes",
        "next_review",
    ]
    list_filter = [ReviewFilter, DraftFilter, "group"]
    search_fields = ["title", "also_called", "slug"]
    read_fields = ["summary", *KEY_FACTS, *METHOD_SECTIONS]
    read_fields += ["criteria__for_patient", "criteria__for_staff"]
    read_fields += ["relations__for_patient", "relations__for_staff"]
    prepopulated_fields = {"slug": ["title"]}
    autocomplete_fields = ["follows", "traits"]
    inlines = [CriterionInline, RelationInline, CeilingInline]
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
        (_("Price"), {"fields": PRICE}),
        (_("What to expect of it"), {"fields": ["can", "cannot", "feel"]}),
        (_("Above the folds, too"), {"fields": ["gravest", "darker_skin"]}),
        (_("Before"), {"fields": ["before_do", "before_do_not"]}),
        (_("What happens"), {"fields": ["steps"]}),
        (_("After"), {"fields": ["after_do", "after_do_not"]}),
        (_("Risks"), {"fields": ["risks_common", "risks_less_common", "risks_rare"]}),
        (_("When to call"), {"fields": ["call_today", "call_emergency"]}),
        (_("Deciding"), {"fields": ["alternatives", "questions"]}),
        (_("Review"), {"fields": ["reviewed_by", "reviewed_on", "next_review_on"]}),
    ]

    def get_ordering(self, request):
        if request.GET.get("review") == "due":
            return [NEXT_REVIEW, "position", "title"]
        return super().get_ordering(request)

    def get_queryset(self, request):
        live = F("live_revision__next_review_on")
        return super().get_queryset(request).annotate(live_next_review_on=live)

    @admin.display(description=_("next review"), ordering=NEXT_REVIEW)
    def next_review(self, obj):
        """Return when the live version is to be reviewed: a draft's date is no promise."""
        return obj.live_next_review_on

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
            moved = verbs.move(method, address, by=request.user)
        except verbs.Taken as taken:
            message = _("“%(owner)s” has or had this address. Choose another.")
            form.add_error("address", message % {"owner": taken.owner})
            return False
        message = gettext("The address is %(address)s now.") % {
            "address": moved.get_absolute_url()
        }
        if moved.address != method.address:
            self.log_change(request, moved, message)
        messages.success(request, message)
        return True

    def view_on_site(self, obj):
        return obj.get_absolute_url() if obj.live_revision_id else None

    def content_page(self, request, subject, content, banner):
        """Answer with content as visitors see it, and with its rules."""
        context = {
            "banner": banner,
            "back": reverse(self._url("change"), args=[subject.pk]),
            "rules": rules(content),
        }
        return method_page(
            request,
            entries.method(content),
            editions.current().site,
            context,
            template="admin/methods/method_content.html",
        )


@admin.register(Trait)
class TraitAdmin(PublishableAdmin):
    """Traits: their criteria apply to every live method that has them."""

    list_display = ["name", "slug", "is_live", "unpublished_changes"]
    search_fields = ["name", "slug", "description"]
    read_fields = ["criteria__for_patient", "criteria__for_staff"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [CriterionInline]
    fields = ["name", "slug", "description"]
