"""Message templates of clinicians."""

from django.contrib import admin

from consultations.models import MessageTemplate
from scarclinic.staff.edit_conflicts import EditedAdmin


@admin.register(MessageTemplate)
class MessageTemplateAdmin(EditedAdmin):
    """Message templates by use. A plan copies the text, not the template."""

    list_display = ["title", "use", "red_flag", "position"]
    list_filter = ["use"]
    fields = ["use", "red_flag", "title", "text", "position"]
