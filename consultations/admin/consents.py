"""Consent texts: edited as a draft, published as a version."""

from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from consultations.intake import consents
from consultations.models import ConsentText
from methods.models import Proposal
from scarclinic.staff.edit_conflicts import UNREAD, EditedAdmin, EditedForm

WORDS = ("label", "explanation", "withdrawal")


class ConsentTextForm(EditedForm):
    class Meta:
        widgets = {
            "label": AdminTextareaWidget(attrs={"rows": 2}),
            "explanation": AdminTextareaWidget(attrs={"rows": 6}),
            "withdrawal": AdminTextareaWidget(attrs={"rows": 6}),
        }

    def clean(self):
        super().clean()
        # A browser ends lines in its own way, and that is no change of words.
        for name in WORDS:
            if name in self.cleaned_data:
                lines = self.cleaned_data[name].splitlines()
                self.cleaned_data[name] = "\n".join(lines)


def _is_live(text):
    """Return whether the draft equals the published version."""
    version = text.versions.first()
    return version is not None and consents.words_of(version) == consents.words_of(text)


@admin.register(ConsentText)
class ConsentTextAdmin(EditedAdmin):
    """Drafts of consent texts. Not deletable: consents refer to them."""

    form = ConsentTextForm
    change_form_template = "admin/consultations/consenttext/change_form.html"
    list_display = ["purpose", "reader", "language", "version", "unpublished_changes"]
    fields = ["purpose", "reader", "language", *WORDS]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("versions")

    def get_readonly_fields(self, request, obj=None):
        return ["purpose", "reader", "language"] if obj else []

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=_("live version"))
    def version(self, obj):
        version = obj.versions.first()
        return version.number if version else "–"

    @admin.display(description=_("unpublished changes"))
    def unpublished_changes(self, obj):
        return _("No") if _is_live(obj) else _("Yes")

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        live = obj.versions.first() if obj else None
        context["live"] = live
        context["differences"] = [
            (ConsentText._meta.get_field(name).verbose_name, getattr(live, name))
            for name in WORDS
            if live and getattr(live, name) != getattr(obj, name)
        ]
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    # Publish

    def response_add(self, request, obj, post_url_continue=None):
        page = reverse("admin:consultations_consenttext_change", args=[obj.pk])
        return self._respond(request, obj, page)

    def response_change(self, request, obj):
        return self._respond(request, obj, request.get_full_path())

    def _respond(self, request, obj, page):
        is_unread = "_publish" in request.POST and obj.is_merged
        act = self._publish if "_publish" in request.POST else self._keep
        if is_unread:
            messages.warning(request, UNREAD)
        else:
            messages.success(request, act(request, obj))
        if "_continue" in request.POST or is_unread:
            return redirect(page)
        if "_addanother" in request.POST:
            return redirect("admin:consultations_consenttext_add")
        return self.response_post_save_change(request, obj)

    def _keep(self, request, obj):
        live = obj.versions.first()
        if live is None:
            return gettext("Saved as a draft. Patients are not asked this yet.")
        return gettext("Saved as a draft. Patients still read version %(number)d.") % {
            "number": live.number
        }

    def _publish(self, request, obj):
        if _is_live(obj):
            return gettext("Nothing to publish: patients read these words already.")
        version = consents.offer(obj, by=request.user)
        if isinstance(version, Proposal):
            return gettext(
                "Other words wait: a clinician who did not write them confirms them first. "
                "Until then patients read what is live."
            )
        number = {"number": version.number}
        self.log_change(request, obj, gettext("Published version %(number)d.") % number)
        return (
            gettext("Published. Patients are asked in the words of version %(number)d.")
            % number
        )

    # Versions

    def get_urls(self):
        view = self.admin_site.admin_view(require_safe(self.versions_view))
        name = "consultations_consenttext_versions"
        return [path("<int:pk>/versions/", view, name=name), *super().get_urls()]

    def versions_view(self, request, pk):
        """Show every version that was published, newest first."""
        text = get_object_or_404(ConsentText, pk=pk)
        if not self.has_view_permission(request, text):
            raise PermissionDenied
        context = self.admin_site.each_context(request) | {
            "title": _("Versions"),
            "subtitle": str(text),
            "opts": self.opts,
            "original": text,
            "versions": text.versions.select_related("published_by"),
        }
        template = "admin/consultations/consenttext/versions.html"
        return TemplateResponse(request, template, context)
