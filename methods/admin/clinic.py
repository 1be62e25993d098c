"""The clinic itself: details, hours, notices, people, synonyms."""

from django.contrib import admin

from methods import editions
from methods.models import Clinic, Notice, OpeningHours, Person, Synonym


class PublicAdmin(admin.ModelAdmin):
    """Rows without a draft: what is saved, visitors see at once."""

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        editions.renew()

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        editions.renew()

    def delete_queryset(self, request, queryset):
        super().delete_queryset(request, queryset)
        editions.renew()


class OpeningHoursInline(admin.TabularInline):
    model = OpeningHours
    extra = 0


@admin.register(Clinic)
class ClinicAdmin(PublicAdmin):
    inlines = [OpeningHoursInline]


@admin.register(Notice)
class NoticeAdmin(PublicAdmin):
    list_display = ["text", "level", "starts_at", "ends_at"]


@admin.register(Person)
class PersonAdmin(PublicAdmin):
    list_display = ["name", "profession", "position", "is_public"]


@admin.register(Synonym)
class SynonymAdmin(PublicAdmin):
    list_display = ["phrase", "means"]
    search_fields = ["phrase", "means"]
