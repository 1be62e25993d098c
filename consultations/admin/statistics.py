"""Statistics of the intake's pages: a table and a funnel chart."""

from datetime import timedelta

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations.intake import statistics
from consultations.intake.questions import pages
from consultations.models import StepTally
from scarclinic.staff.admin.read_only import ReadOnlyAdmin

DAYS = 30
WIDTH, HEIGHT = 200, 40
"""Of one page's piece of the funnel, in the units of the drawing."""


def _piece(its, most):
    """Return the corners of a page's piece: as many at the top as reached the page, as
    many at the bottom as answered it."""
    top, bottom = (
        WIDTH / 2 * min(count / most, 1) for count in (its.reached, its.completed)
    )
    middle = WIDTH / 2
    corners = [
        (middle - top, 0),
        (middle + top, 0),
        (middle + bottom, HEIGHT),
        (middle - bottom, HEIGHT),
    ]
    return " ".join(f"{x:.1f},{y}" for x, y in corners)


def _rows(day):
    """Return [(title, `Sum`, corners)] of every page, in the order of the intake."""
    sums = statistics.since(day)
    titles = {page.slug: page.title for page in pages.PAGES}
    titles[statistics.CHECK] = _("Check your answers")
    # Pages that newer code has no more stay at the end, by their old names.
    titles |= {slug: slug for slug in sorted(sums.keys() - titles.keys())}
    most = max((each.reached for each in sums.values()), default=0) or 1
    return [
        (title, its, _piece(its, most))
        for title, its in (
            (title, sums.get(slug, statistics.Sum())) for slug, title in titles.items()
        )
    ]


@admin.register(StepTally)
class StepTallyAdmin(ReadOnlyAdmin):
    """One page to read. Nobody edits what was counted."""

    def changelist_view(self, request, extra_context=None):
        """Show what happened in the last days, page by page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        today = timezone.localdate()
        first = today - timedelta(days=DAYS - 1)
        context = self.admin_site.each_context(request) | {
            "title": _("How patients fare with the intake"),
            "opts": self.opts,
            "rows": _rows(first),
            "first": first,
            "today": today,
            "draft_days": settings.DRAFT_DAYS,
        }
        template = "admin/consultations/steptally/change_list.html"
        return TemplateResponse(request, template, context)
