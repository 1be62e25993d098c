"""Letters that wait to be printed, and the sheet itself.

The sheet shows the private link, so it is for whoever may read the answers; the front desk
can have a link sent and never sees one.
"""

from datetime import timedelta

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from consultations.letters import printing
from consultations.locking import NotAllowed
from consultations.models import Letter, Way
from scarclinic.staff import ledger

AGAIN_FOR = timedelta(days=7)
"""For so long a printed letter is listed, to be printed again."""


def _permit(request):
    if not request.user.has_perms(
        ["consultations.print_letter", "consultations.read_answers"]
    ):
        raise PermissionDenied


@never_cache
@require_safe
def to_print(request):
    """List what waits to be printed, and what was printed lately."""
    _permit(request)
    since = timezone.now() - AGAIN_FOR
    printed = Letter.objects.filter(channel=Way.LETTER, sent_at__gt=since)
    with transaction.atomic():
        waiting = list(Letter.objects.to_print().select_related("intake")[:100])
        printed = list(printed.select_related("intake").order_by("-sent_at")[:100])
        ledger.record_list(Letter, len(waiting) + len(printed), by=request.user)
    context = {
        **admin.site.each_context(request),
        "opts": Letter._meta,
        "title": _("Letters to print"),
        "waiting": waiting,
        "printed": printed,
    }
    return render(request, "admin/consultations/letter/to_print.html", context)


@never_cache
@require_POST
def print_one(request, pk):
    """Show one letter as it prints; from then on it counts as sent."""
    _permit(request)
    letter = get_object_or_404(Letter, pk=pk)
    try:
        printed = printing.print_letter(letter, by=request.user)
    except NotAllowed as refused:
        messages.error(request, str(refused))
        return redirect("admin:consultations_letter_to_print")
    response = render(
        request, "consultations/letters/on_paper.html", {"sheet": printed}
    )
    response["Referrer-Policy"] = "no-referrer"
    return response


def urls():
    """Return the addresses, for the admin of letters."""
    return [
        path(
            "to-print/",
            admin.site.admin_view(to_print),
            name="consultations_letter_to_print",
        ),
        path(
            "<int:pk>/print/",
            admin.site.admin_view(print_one),
            name="consultations_letter_print",
        ),
    ]
