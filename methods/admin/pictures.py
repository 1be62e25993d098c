"""Photos of people: the consent first, then the photo, then where it is shown."""

from contextlib import suppress

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from methods.admin.clinic import PublicAdmin
from methods.models import BeforeAfter, Consent, Picture
from methods.pictures import finding, keeping
from methods.publishing.public_pictures import picture_file
from methods.website.views.pictures import picture_response
from scarclinic.staff import ledger
from scarclinic.staff.admin.recorded_list import RecordedPagesAdmin
from scarclinic.staff.edit_conflicts import EditedForm


class _Numbered:
    """A consent as the admin's log names it: no name of a patient stays there."""

    def __init__(self, consent):
        self.pk, self._meta = consent.pk, consent._meta

    def __str__(self):
        return gettext("Consent %(number)s") % {"number": self.pk}


@admin.register(Consent)
class ConsentAdmin(RecordedPagesAdmin, PublicAdmin):
    """Consents to show photos of people. Withdrawn, never deleted."""

    change_form_template = "admin/methods/consent_change_form.html"
    list_display = ["person_name", "shows", "use", "given_on", "until", "standing"]
    list_filter = ["use"]
    sortable_by = ["use", "given_on", "until"]
    # Shows the field; `get_search_results` reads names as well.
    search_fields = ["paper"]
    fields = ["person_name", "shows", "use", "given_on", "until", "until_withdrawn"]
    fields += ["paper"]

    class Media:
        js = ["admin/js/jquery.init.js", "methods/autocomplete.js"]

    def get_search_results(self, request, queryset, search_term):
        if search_term:
            ledger.record(ledger.Action.PEOPLE_SEARCHED, None, by=request.user)
            queryset = queryset.filter(pk__in=finding.consents(search_term))
        return queryset, False

    def log_addition(self, request, obj, message):
        return super().log_addition(request, _Numbered(obj), message)

    def log_change(self, request, obj, message):
        return super().log_change(request, _Numbered(obj), message)

    def get_fields(self, request, obj=None):
        recorded = ["recorded_by", "recorded_at", "standing"]
        return [*self.fields, *recorded] if obj else self.fields

    def get_readonly_fields(self, request, obj=None):
        return ["recorded_by", "recorded_at", "standing"]

    def has_delete_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        # What was withdrawn is a record, and stays as it was.
        is_open = obj is None or obj.withdrawn_at is None
        return is_open and super().has_change_permission(request, obj)

    def save_model(self, request, obj, form, change):
        if not change:
            obj.recorded_by = request.user
        super().save_model(request, obj, form, change)

    def saved_message(self, obj):
        return obj.obstacle() or _("Photos may be shown by this consent.")

    @admin.display(description=_("holds"))
    def standing(self, obj):
        return obj.obstacle() or _("Yes")

    def get_urls(self):
        view = require_http_methods(["GET", "POST"])(self.withdraw_view)
        return [
            path(
                "<int:pk>/withdraw/",
                self.admin_site.admin_view(view),
                name="methods_consent_withdraw",
            ),
            *super().get_urls(),
        ]

    def withdraw_view(self, request, pk):
        """Ask, then withdraw."""
        consent = get_object_or_404(Consent, pk=pk)
        if not self.has_change_permission(request, consent):
            raise PermissionDenied
        if request.method == "GET":
            context = self.admin_site.each_context(request) | {
                "title": _("Withdraw this consent?"),
                "opts": self.opts,
                "original": consent,
                "pictures": Picture.objects.filter(consent=consent).for_list(),
            }
            page = TemplateResponse(request, "admin/methods/withdraw.html", context)
            return self.record_page(request, page)
        keeping.withdraw(consent, by=request.user)
        self.log_change(request, consent, gettext("Withdrawn."))
        message = _("Withdrawn. Its photos are off every page, and deleted.")
        messages.success(request, message)
        return redirect("admin:methods_consent_change", pk)


_EDITORS = "editors"
"""One photo of theirs at a time is decoded: a patient does not wait for many."""


def _encoded(upload):
    """Return what `renditions.encode` makes of an upload, which remembers it."""
    # Pillow and its decoders are loaded only where a photo arrives.
    from methods.pictures import renditions

    if not hasattr(upload, "encoded"):
        try:
            upload.encoded = renditions.encode(upload, who=_EDITORS)
        except renditions.Unsuitable as unsuitable:
            raise ValidationError(str(unsuitable)) from None
    return upload.encoded


def _named_by_number(entry):
    """Replace the picture's description in a `LogEntry` by its number; return the entry."""
    entry.object_repr = gettext("Picture %(number)s") % {"number": entry.object_id}
    entry.save(update_fields=["object_repr"])
    return entry


class PictureForm(EditedForm):
    photo = forms.FileField(
        label=_("Photo"),
        help_text=_(
            "JPEG, PNG, WebP or HEIC, up to 20 MB and at least 320 pixels wide. The site "
            "makes smaller copies without place, time or camera, and keeps only those."
        ),
        widget=forms.FileInput(attrs={"accept": "image/*"}),
    )

    class Meta:
        widgets = {"alt": AdminTextareaWidget(attrs={"rows": 2})}

    def clean_photo(self):
        return _encoded(self.cleaned_data["photo"])

    def clean(self):
        super().clean()
        consent = self.cleaned_data.get("consent")
        if consent and (message := consent.obstacle()):
            self.add_error("consent", message)


@admin.register(Picture)
class PictureAdmin(RecordedPagesAdmin, PublicAdmin):
    """The photos, and where each is shown."""

    form = PictureForm
    list_display = ["__str__", "consent", "where"]
    list_filter = ["consent__use"]
    search_fields = ["alt"]
    autocomplete_fields = ["consent"]

    class Media:
        js = ["admin/js/jquery.init.js", "methods/autocomplete.js"]

    def get_queryset(self, request):
        return super().get_queryset(request).for_list()

    def get_search_results(self, request, queryset, search_term):
        found, is_doubled = super().get_search_results(request, queryset, search_term)
        if search_term:
            ledger.record(ledger.Action.PEOPLE_SEARCHED, None, by=request.user)
            found |= queryset.filter(consent__in=finding.consents(search_term))
        return found, is_doubled

    def get_fields(self, request, obj=None):
        fields = ["consent", "alt", "is_decorative"]
        return ["shown", *fields, "where"] if obj else ["photo", *fields]

    def get_readonly_fields(self, request, obj=None):
        return ["shown", "where"] if obj else []

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj:
            form.base_fields.pop("photo", None)
        return form

    def add_view(self, request, form_url="", extra_context=None):
        # The stock view opens a transaction, in which nobody else writes to SQLite: the
        # second that a photo takes comes before it.
        if "photo" in request.FILES and self.has_add_permission(request):
            with suppress(ValidationError):
                _encoded(request.FILES["photo"])
        return super().add_view(request, form_url, extra_context)

    def save_model(self, request, obj, form, change):
        keeping.keep(obj, form.cleaned_data.get("photo"))

    def delete_model(self, request, obj):
        keeping.remove(Picture.objects.filter(pk=obj.pk))

    def delete_queryset(self, request, queryset):
        keeping.remove(Picture.objects.filter(pk__in=queryset.values("pk")))

    # What a photo shows of somebody stays in no log once it is deleted.

    def log_addition(self, request, obj, message):
        return _named_by_number(super().log_addition(request, obj, message))

    def log_change(self, request, obj, message):
        return _named_by_number(super().log_change(request, obj, message))

    @transaction.atomic
    def log_deletions(self, request, queryset):
        entries = super().log_deletions(request, queryset)
        return [_named_by_number(entry) for entry in entries]

    def saved_message(self, obj):
        return self.where(Picture.objects.for_list().get(pk=obj.pk))

    @admin.display(description=_("photo"))
    def shown(self, obj):
        width, height, _format = obj.fallback
        return render_to_string(
            "admin/methods/photo.html",
            {"picture": obj, "width": width // 2, "height": height // 2},
        )

    @admin.display(description=_("shown"))
    def where(self, obj):
        if message := obj.consent.obstacle():
            return gettext("Nowhere. %(why)s") % {"why": message}
        return ", ".join(obj.places()) or _("Nowhere yet: no page uses it.")

    def get_urls(self):
        view = never_cache(require_safe(self.photo_view))
        return [
            path(
                "<int:pk>/photo/",
                self.admin_site.admin_view(view),
                name="methods_picture_photo",
            ),
            *super().get_urls(),
        ]

    def photo_view(self, request, pk):
        """Send the photo to staff, shown to visitors or not."""
        picture = get_object_or_404(Picture, pk=pk)
        if not self.has_view_permission(request, picture):
            raise PermissionDenied
        ledger.record(ledger.Action.PHOTO_VIEWED, picture, by=request.user)
        width, _height, kind = picture.fallback
        return picture_response(picture_file(picture.token, width, kind))


@admin.register(BeforeAfter)
class BeforeAfterAdmin(PublicAdmin):
    """Pairs of photos with what a visitor must know to read them."""

    list_display = ["__str__", "sessions", "months", "position", "standing"]
    autocomplete_fields = ["before", "after", "method", "scar_type"]
    fieldsets = [
        (None, {"fields": ["before", "after"]}),
        (
            _("What visitors are told"),
            {"fields": ["sessions", "months", "phototype", "taken", "is_drawn"]},
        ),
        (_("Where"), {"fields": ["method", "scar_type", "position", "is_public"]}),
    ]

    class Media:
        js = ["admin/js/jquery.init.js", "methods/autocomplete.js"]

    def get_queryset(self, request):
        related = ["before__consent", "after__consent", "method", "scar_type"]
        return super().get_queryset(request).select_related(*related)

    def saved_message(self, obj):
        return obj.obstacle() or super().saved_message(obj)

    @admin.display(description=_("on the site"))
    def standing(self, obj):
        return obj.obstacle() or _("Shown")
