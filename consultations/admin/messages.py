"""The messages that clinicians begin with, as staff edit them."""

from django.contrib import admin

from consultations.models import MessageTemplate
from scarclinic.staff.edit_conflicts import EditedAdmin, EditedForm


@admin.register(MessageTemplate)
class MessageTemplateAdmin(EditedAdmin):
    """Templates by what they are for; a plan keeps the words, not the template."""

    form = EditedForm
    list_display = ["title", "use", "position"]
    list_filter = ["use"]
    fields = ["use", "title", "text", "position"]
