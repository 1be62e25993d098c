"""The next case: whoever has done with a plan goes on in the queue as it was filtered."""

from urllib.parse import parse_qs

from django.db.models import Q

from consultations.models import Plan

FILTERS = "_changelist_filters"
"""The admin's own name for what its list was filtered by."""
WAITING = {
    "waiting",
    "unclaimed",
    "in_crisis",
    "flagged",
    "late",
    "answered",
    "corrected",
    "with_new_photos",
    "awaiting_countersignature",
}
"""The states of the queue that list what a clinician decides on."""


def kept(request, address):
    """Return an address with the filter of the queue that somebody came from."""
    filters = request.GET.get(FILTERS)
    if not filters:
        return address
    query = request.GET.copy()
    for name in list(query):
        if name != FILTERS:
            del query[name]
    return f"{address}?{query.urlencode()}"


def next_case(request, plan):
    """Return the plan that the queue lists first, but for this one and colleagues'.

    By the filter that the request kept. One query.
    """
    state = parse_qs(request.GET.get(FILTERS, "")).get("state", [""])[-1]
    plans = (
        getattr(Plan.objects, state)() if state in WAITING else Plan.objects.waiting()
    )
    if state == "mine":
        plans = plans.claimed_by(request.user)
    if state != "awaiting_countersignature":
        plans = plans.filter(first_signed_at=None)
    free = Q(claimed_by=None) | Q(claimed_by=request.user)
    return (
        plans.filter(free, is_asking=False)
        .exclude(pk=plan.pk)
        .select_related("intake")
        .only("pk", "intake__reference")
        .first()
    )
