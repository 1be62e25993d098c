"""Optimistic editing: a save merges field by field with what others saved meanwhile.

A form carries a keyed digest of what each field said when it was opened. A field that
only others have changed keeps their value. One that both have changed comes back with
both values and a choice, which holds as long as theirs is still what was shown.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.forms.formsets import DELETION_FIELD_NAME
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils.crypto import salted_hmac
from django.utils.formats import localize
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from scarclinic.staff.text.forms import ADMIN_FIELDS

UNREAD = _(
    "Saved as a draft, not published: it holds what somebody else saved meanwhile. "
    "Read it, then publish."
)
GONE = "gone"
"""What stands for the digest of a row that somebody has deleted."""


def _plain(field, value):
    """Return a value as a browser posts it unchanged, whatever made it."""
    value = field.prepare_value(value)
    if isinstance(value, datetime):
        value = field.widget.format_value(value)
    if isinstance(value, Decimal):
        value = format(value.normalize(), "f")
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ",".join(sorted(map(str, value)))
    return "" if value is None else "\n".join(str(value).splitlines()).strip()


def _digest(*words):
    key = "scarclinic.staff.edit_conflicts"
    digest = salted_hmac(key, "\n".join(words), algorithm="sha256").digest()[:6]
    return urlsafe_b64encode(digest).decode()


def _read(text):
    """Return the JSON object of a hidden field, {} of one that is missing or broken."""
    try:
        read = json.loads(text)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


class ClashWidget(forms.Widget):
    """A field's widget together with another editor's value and a choice between the two."""

    template_name = "admin/staff/clash.html"

    def __init__(self, widget, **context):
        super().__init__(widget.attrs)
        self.widget, self.context = widget, context
        self.needs_multipart_form = widget.needs_multipart_form

    @property
    def media(self):
        return self.widget.media

    def id_for_label(self, id_):
        return self.widget.id_for_label(id_)

    def value_from_datadict(self, data, files, name):
        return self.widget.value_from_datadict(data, files, name)

    def value_omitted_from_data(self, data, files, name):
        return self.widget.value_omitted_from_data(data, files, name)

    def use_required_attribute(self, initial):
        return self.widget.use_required_attribute(initial)

    def render(self, name, value, attrs=None, renderer=None):
        field = self.widget.render(name, value, attrs, renderer)
        context = {"field": field, "name": f"{name}-clash", "id": (attrs or {})["id"]}
        return render_to_string(self.template_name, context | self.context)


class MergedForm(forms.ModelForm):
    """A row that merges with what is stored; `opened` is {field: digest} of its base."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.opened, self.edited_with = {}, self.instance
        self.merged = []
        """The fields that keep what somebody else has saved meanwhile."""
        self.is_gone = self.is_restored = self.is_dropped = self.is_kept = False

    def digests(self) -> dict[str, str]:
        """Return {field: digest} of what is stored in the fields that are shown."""
        return {
            name: self._digest_of(name, self.initial.get(name))
            for name in self._names()
        }

    @property
    def changed_data(self):
        if self.is_kept:
            return []
        return [name for name in super().changed_data if name not in self.merged]

    def clean(self):
        cleaned = super().clean()
        if self.is_gone:
            self._merge_gone()
        elif self.instance.pk and self.cleaned_data.get(DELETION_FIELD_NAME):
            self._merge_deletion()
        elif self.instance.pk:
            self._merge()
        return cleaned

    def _names(self):
        """Return the names of the record's editable fields in this form."""
        options = self.instance._meta
        known = {each.name for each in (*options.fields, *options.many_to_many)}
        return [
            name
            for name, field in self.fields.items()
            if name in known and not (field.disabled or field.widget.is_hidden)
        ]

    def _digest_of(self, name, value):
        return _digest(name, _plain(self.fields[name], value))

    def _stored(self, name):
        value = getattr(self.instance, name)
        return value.all() if isinstance(value, models.Manager) else value

    def _merge(self):
        for name, stored in self.digests().items():
            if name not in self.cleaned_data or stored == self.opened.get(name):
                continue
            mine = self._digest_of(name, self.cleaned_data[name])
            if mine == stored:
                continue
            if mine == self.opened.get(name):
                self.merged.append(name)
                self.cleaned_data[name] = self._stored(name)
            elif self._choice(name, stored, self._words(name)) == "theirs":
                self.cleaned_data[name] = self._stored(name)

    def _merge_deletion(self):
        """Report a clash if a row to delete was changed meanwhile."""
        stored = self.digests()
        changed = [name for name in stored if stored[name] != self.opened.get(name)]
        if changed:
            theirs = "\n".join(
                f"{self.fields[name].label}: {self._words(name)}" for name in changed
            )
            choice = self._choice(changed[0], _digest(*stored.values()), theirs)
            self.is_kept = choice != "mine"

    def _merge_gone(self):
        """Ask whether a row comes back that was changed here and deleted elsewhere."""
        if self.cleaned_data.get(DELETION_FIELD_NAME):
            self.is_dropped = True
            return
        changed = [
            name
            for name in self._names()
            if name not in self.cleaned_data
            or self._digest_of(name, self.cleaned_data[name]) != self.opened.get(name)
        ]
        if not changed:
            self.is_dropped = True
            return
        choice = self._choice(changed[0], GONE, gettext("Deleted"))
        self.is_restored, self.is_dropped = choice == "mine", choice == "theirs"

    def _choice(self, name, digest, theirs):
        """Return "mine" or "theirs" if that was chosen of just this value; else ask."""
        posted = self.data.get(f"{self.add_prefix(name)}-clash", "")
        for choice in ("mine", "theirs"):
            if posted == f"{choice} {digest}":
                return choice
        editor = last_editor(self.edited_with)
        field = self.fields[name]
        field.widget = ClashWidget(
            field.widget, digest=digest, editor=editor, theirs=theirs
        )
        message = _(
            "%(editor)s changed this while you were editing. Choose below which to keep."
        )
        self.add_error(name, ValidationError(message, params={"editor": editor}))
        return ""

    def _words(self, name):
        """Return the stored value of a field as text for people."""
        value = self._stored(name)
        if isinstance(value, models.QuerySet):
            return ", ".join(map(str, value))
        if isinstance(value, bool):
            return gettext("Yes") if value else gettext("No")
        if display := getattr(self.instance, f"get_{name}_display", None):
            return str(display())
        return "" if value is None else str(localize(value))


class EditedForm(MergedForm):
    """The form of a record that two may edit at once."""

    opened = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["opened"].initial = json.dumps(self.digests())
        self.opened = _read(self.data.get(self.add_prefix("opened"), ""))


class MergedFormSet(forms.BaseInlineFormSet):
    """Rows inside a record's form, merged by their numbers; its forms are `MergedForm`."""

    @cached_property
    def management_form(self):
        form = super().management_form
        form.fields["opened"] = forms.CharField(
            required=False, widget=forms.HiddenInput
        )
        if not self.is_bound:
            rows = {row.instance.pk: row.digests() for row in self.initial_forms}
            form.initial["opened"] = json.dumps(rows)
        return form

    @cached_property
    def opened(self):
        return _read(self.data.get(f"{self.prefix}-opened", ""))

    def get_queryset(self):
        """Return the rows, of a bound formset those that were posted, in their order.

        None stands for one that is deleted meanwhile: its form stays on the page.
        """
        if not self.is_bound:
            return super().get_queryset()
        if not hasattr(self, "_posted"):
            stored = {str(row.pk): row for row in super().get_queryset()}
            pk = self.model._meta.pk.name
            posted = [
                self.data.get(f"{self.add_prefix(index)}-{pk}")
                for index in range(self.initial_form_count())
            ]
            self._posted = [stored.get(each) for each in posted]
        return self._posted

    def _existing_object(self, pk):
        rows = [row for row in self.get_queryset() if row]
        return next((row for row in rows if row.pk == pk), None)

    @property
    def others(self) -> list[models.Model]:
        """Return the stored rows that are not on the posted page."""
        posted = {row.pk for row in self.get_queryset() if row}
        return [row for row in super().get_queryset() if row.pk not in posted]

    @property
    def is_merged(self) -> bool:
        """Return whether rows are saved otherwise than the editor has seen them."""
        return any(str(row.pk) not in self.opened for row in self.others) or any(
            form.merged or form.is_dropped for form in self.initial_forms
        )

    def add_fields(self, form, index):
        super().add_fields(form, index)
        if not self.is_bound or index is None or index >= self.initial_form_count():
            return
        pk = self.model._meta.pk.name
        form.edited_with = self.instance
        form.opened = _read_row(self.opened, self.data.get(form.add_prefix(pk)))
        if form.instance.pk is None:
            form.is_gone = True
            form.fields[pk] = forms.CharField(required=False, widget=forms.HiddenInput)

    def _should_delete_form(self, form):
        if form.is_dropped:
            return True
        return super()._should_delete_form(form) and not form.is_kept

    def save_new_objects(self, commit=True):
        super().save_new_objects(commit)
        for form in self.initial_forms:
            if form.is_restored:
                self.new_objects.append(self.save_new(form, commit=commit))
        return self.new_objects


def _read_row(opened, pk):
    row = opened.get(str(pk), {})
    return row if isinstance(row, dict) else {}


def last_editor(record: models.Model) -> str:
    """Return the name of who saved a record last, by the admin's log."""
    entry = LogEntry.objects.filter(
        content_type__app_label=record._meta.app_label,
        content_type__model=record._meta.model_name,
        object_id=record.pk,
    ).first()
    return entry.user.display_name if entry else gettext("Somebody")


class EditedAdmin(admin.ModelAdmin):
    """Records that two may edit at once; inlines have a `MergedFormSet`."""

    formfield_overrides = ADMIN_FIELDS
    form = EditedForm
    change_form_template = "admin/staff/edited_change_form.html"

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
        return TemplateResponse(request, "admin/staff/gone.html", context, status=404)

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

    def save_related(self, request, form, formsets, change):
        merged = self._merged(form, formsets) if change else []
        form.instance.is_merged = bool(merged)
        if merged:
            message = gettext("Kept what %(editor)s saved meanwhile: %(fields)s.")
            params = {"editor": last_editor(form.instance), "fields": ", ".join(merged)}
            messages.info(request, message % params)
        super().save_related(request, form, formsets, change)

    def _merged(self, form, formsets):
        """Return the labels of what is saved otherwise than this editor has seen it."""
        labels = [str(form.fields[name].label) for name in form.merged]
        return labels + [
            str(capfirst(formset.model._meta.verbose_name_plural))
            for formset in formsets
            if formset.is_merged
        ]
