"""Two who edit one row at once: the second is told, and nobody's text is lost."""

from django import forms
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import models, transaction
from django.template.response import TemplateResponse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class EditedForm(forms.ModelForm):
    """A row that counts its edits, and remembers how many it had when it was opened."""

    edits = forms.IntegerField(required=False, widget=forms.HiddenInput)
    save_over = forms.BooleanField(label=_("Save over it"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.standing = self.fields["edits"].initial = self.stands_at()

    def stands_at(self):
        """Return what differs once somebody else has saved the row."""
        return self.instance.edits

    def clean(self):
        super().clean()
        read = self.cleaned_data.get("edits")
        is_over = self.cleaned_data.get("save_over")
        if self.instance.pk and read != self.standing and not is_over:
            self.add_error("save_over", self._overtaken())

    def save(self, commit=True):
        self.instance.edits += 1
        return super().save(commit)

    def _overtaken(self):
        entry = LogEntry.objects.filter(
            content_type__app_label=self.instance._meta.app_label,
            content_type__model=self.instance._meta.model_name,
            object_id=self.instance.pk,
        ).first()
        return gettext(
            "%(name)s saved this while you were editing. Your text is still below. "
            "Open this page in a second tab to compare. To replace the other text "
            "with yours, tick “Save over it” and save again."
        ) % {"name": entry.user.display_name if entry else gettext("Somebody")}


class SeenForm(EditedForm):
    """A row that counts nothing: what its fields said when it was opened tells as well."""

    edits = forms.CharField(required=False, widget=forms.HiddenInput)

    def stands_at(self):
        """Return a digest of what the form shows. It is keyed, so that nobody guesses."""
        return salted_hmac(
            "scarclinic.staff.edit_conflicts", repr(self.shown())
        ).hexdigest()

    def shown(self):
        """Return [(name, value)] of what somebody may change here."""
        return [
            (name, _plain(self.initial.get(name)))
            for name, field in sorted(self.fields.items())
            if not field.disabled
        ]

    def save(self, commit=True):
        return forms.ModelForm.save(self, commit)


def _plain(value):
    if isinstance(value, list):
        return sorted(getattr(each, "pk", each) for each in value)
    return value


class EditedAdmin(admin.ModelAdmin):
    """Rows that two may edit at once. With an `EditedForm` the second is told."""

    change_form_template = "admin/methods/edited_change_form.html"

    def get_object(self, request, object_id, from_field=None):
        obj = super().get_object(request, object_id, from_field)
        if obj and request.method == "POST":
            # Two who save at once take turns, and the second meets the first's count.
            try:
                with transaction.atomic():
                    obj.refresh_from_db(
                        from_queryset=self.model.objects.select_for_update()
                    )
            except self.model.DoesNotExist:
                return None
        return obj

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        typed = self._typed(request)
        if not typed:
            return super()._get_obj_does_not_exist_redirect(request, opts, object_id)
        context = self.admin_site.each_context(request) | {
            "title": gettext("Deleted while you were editing"),
            "opts": opts,
            "typed": typed,
        }
        return TemplateResponse(request, "admin/methods/gone.html", context, status=404)

    def _typed(self, request):
        """Return [(label, text)] of what was typed, also into the rows of inlines."""
        names = {
            field.name: field.verbose_name
            for model in (self.model, *(inline.model for inline in self.inlines))
            for field in model._meta.fields
            if isinstance(field, models.CharField | models.TextField)
            and not field.choices
        }
        return [
            (names[name], text)
            for key, text in request.POST.items()
            if (name := key.rpartition("-")[2]) in names and text.strip()
        ]

    def get_formset_kwargs(self, request, obj, inline, prefix):
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        if "edits" in request.POST and obj.pk and hasattr(obj, "edits"):
            # Overtaken, the posted rows may be gone: all count as new, so that none
            # of them is lost from the page, and saving over replaces the others.
            kwargs["save_as_new"] = request.POST["edits"] != str(obj.edits)
        return kwargs

    def save_formset(self, request, form, formset, change):
        if formset.save_as_new:
            formset.get_queryset().delete()
        super().save_formset(request, form, formset, change)
