"""The ledger (audit log), to be read and searched."""

import re
from datetime import date, datetime, time, timedelta

from django.contrib import admin
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as lazy

from scarclinic.staff import ledger
from scarclinic.staff.admin.read_only import ReadOnlyAdmin
from scarclinic.staff.models import Event, User

MOST_WORDS = 20


class DayFilter(admin.SimpleListFilter):
    """Filter by day; the search finds any single one."""

    title = lazy("day")
    parameter_name = "since"
    DAYS = {"0": lazy("Today"), "1": lazy("Since yesterday"), "6": lazy("Seven days")}
    DAYS |= {"29": lazy("Thirty days")}

    def lookups(self, request, model_admin):
        return list(self.DAYS.items())

    def queryset(self, request, queryset):
        if self.value() not in self.DAYS:
            return queryset
        first = timezone.localdate() - timedelta(days=int(self.value()))
        return queryset.filter(at__gte=_midnight(first))


class ByFilter(admin.RelatedFieldListFilter):
    """Who did it; what nobody with an account did has a name, too."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.empty_value_display = lazy("Patients and the site itself")


def _midnight(day):
    return timezone.make_aware(datetime.combine(day, time()))


def _events_named(word):
    """Return the condition for one word of a search: a day, a case, a number, a person."""
    try:
        day = date.fromisoformat(word) if "-" in word else None
    except ValueError:
        day = None
    if day and date.min < day < date.max - timedelta(days=1):
        return Q(at__gte=_midnight(day), at__lt=_midnight(day + timedelta(days=1)))
    for find in ledger.case_finders:
        if (case := find(word)) is not None:
            return Q(case_id=case)
    if re.fullmatch(r"[0-9]{1,18}", word):
        return Q(case_id=word) | Q(subject_id=word)
    people = User.objects.filter(
        Q(username__icontains=word)
        | Q(first_name__icontains=word)
        | Q(last_name__icontains=word)
    )
    return Q(by__in=people)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """The ledger, newest first: to be read, never changed."""

    list_display = ["at", "by", "action", "subject", "case_id", "row_count"]
    list_display_links = None
    list_filter = [DayFilter, "action", ("by", ByFilter)]
    list_select_related = ["by"]
    list_per_page = 50
    # What `get_search_results` asks for; without a field there is no search.
    search_fields = ["by__username"]
    search_help_text = lazy(
        "Who did it, a day (2026-11-30), a reference, the number of a case or of what it "
        "is about; several words narrow it"
    )
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None
    fields = ["at", "by", "action", "subject", "case_id", "row_count"]
    empty_value_display = ""

    def get_search_results(self, request, queryset, search_term):
        # Each is a condition within the others, and a search has a handful.
        for word in search_term.split()[:MOST_WORDS]:
            queryset = queryset.filter(_events_named(word))
        return queryset, False

    @admin.display(description=lazy("of what"))
    def subject(self, event):
        return event.subject
