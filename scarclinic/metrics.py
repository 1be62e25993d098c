"""What Prometheus asks for: `/metrics`, behind `METRICS_TOKEN`. Counts only, of nobody."""

import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Min, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from consultations.models import Letter, Plan
from methods.publishing import edition_watch
from scarclinic import request_counts
from scarclinic.staff.models import Action, Event, Heartbeat
from scarclinic.staff.postgresql import patience

Samples = list[tuple[dict[str, str], float]]
Family = tuple[str, str, str, list[tuple[str, dict[str, str], float]]]
SECONDS = 5


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with the numbers, in Prometheus' text format; 404 without the token."""
    given = request.headers.get("Authorization", "")
    wanted = f"Bearer {settings.METRICS_TOKEN}"
    if not settings.METRICS_TOKEN or not hmac.compare_digest(
        given.encode(), wanted.encode()
    ):
        raise Http404
    with patience.within(SECONDS):
        body = "".join(_text(timezone.now()))
    return HttpResponse(body, content_type="text/plain; version=0.0.4")


def _text(now: datetime) -> Iterator[str]:
    for name, kind, told, samples in _families(now):
        yield f"# HELP {name} {told}\n# TYPE {name} {kind}\n"
        for sample, labels, value in samples:
            said = ",".join(f'{key}="{word}"' for key, word in labels.items())
            yield f"{sample}{{{said}}} {value:g}\n" if said else f"{sample} {value:g}\n"


def _families(now: datetime) -> Iterator[Family]:
    version = {"version": settings.VERSION}
    yield _gauge("info", "Which version runs.", [(version, 1)])
    yield from _requests()
    queues = {
        "waiting": Plan.objects.waiting(),
        "flagged": Plan.objects.flagged(),
        "in_crisis": Plan.objects.in_crisis(),
        "asking": Plan.objects.asking(),
        "late": Plan.objects.late(),
    }
    yield _gauge("queue", "Plans that wait, by state.", _by("state", _sizes(queues)))
    yield _gauge(
        "queue_oldest_seconds",
        "How long the one waits that waits the longest, by state.",
        _by("state", _ages(queues, "waiting_since", now)),
    )
    letters = {
        "due": Letter.objects.due(now),
        "given_up": Letter.objects.filter(given_up_at__isnull=False),
    }
    yield _gauge("letters", "Letters, by state.", _by("state", _sizes(letters)))
    due = {"due": letters["due"]}
    yield _gauge(
        "letters_oldest_seconds",
        "How long a letter is overdue.",
        _by("state", _ages(due, "due_at", now)),
    )
    yield _gauge("tasks", "Background tasks, by state.", _by("state", _tasks()))
    ready = {"ready": DBTaskResult.objects.ready()}
    yield _gauge(
        "tasks_oldest_seconds",
        "How long a task waits for a worker.",
        _by("state", _ages(ready, "enqueued_at", now)),
    )
    beats = Heartbeat.objects.values_list("name", "at")
    yield _gauge(
        "heartbeat_seconds",
        "How long ago worker, prune and backup ran.",
        _by("name", {name: (now - at).total_seconds() for name, at in beats}),
    )
    yield _gauge(
        "publish_delay_seconds",
        "How long the last publish took, or takes, to reach the process that answers.",
        [({}, _publish_delay(now))],
    )


def _gauge(name: str, told: str, samples: Samples) -> Family:
    full = f"scarclinic_{name}"
    rows = [(full, labels, float(value)) for labels, value in samples]
    return full, "gauge", told, rows


def _by(label: str, numbers: dict[str, float]) -> Samples:
    return [({label: name}, number) for name, number in numbers.items()]


def _sizes(rows: Mapping[str, QuerySet[Any]]) -> dict[str, float]:
    return {name: each.count() for name, each in rows.items()}


def _ages(
    rows: Mapping[str, QuerySet[Any]], at: str, now: datetime
) -> dict[str, float]:
    oldest = {name: each.aggregate(oldest=Min(at)) for name, each in rows.items()}
    return {
        name: max(0.0, (now - found["oldest"]).total_seconds())
        if found["oldest"]
        else 0
        for name, found in oldest.items()
    }


def _tasks() -> dict[str, float]:
    rows = DBTaskResult.objects.order_by().values_list("status")
    found = dict(rows.annotate(count=Count("pk")))
    return {name.lower(): found.get(name, 0) for name in TaskResultStatus.values}


def _publish_delay(now: datetime) -> float:
    """Return how late this process heard of the last publish; it grows until it has."""
    heard, at = edition_watch.heard()
    published = Event.objects.filter(action=Action.PUBLISHED).aggregate(at=Max("at"))
    if heard is None or published["at"] is None:
        return 0.0
    until = at if heard == edition_watch.current_digest() else now
    return max(0.0, (until - published["at"]).total_seconds()) if until else 0.0


def _requests() -> Iterator[Family]:
    """Yield what all processes of this server have counted since they began."""
    totals = dict(request_counts.counts().total())
    name = "scarclinic_requests_total"
    rows = [
        (name, {"kind": kind, "status": status}, columns[status])
        for kind, columns in totals.items()
        for status in request_counts.STATUSES
    ]
    yield name, "counter", "Requests answered.", rows
    name, rows = "scarclinic_request_seconds", []
    for kind, columns in totals.items():
        count = sum(columns[status] for status in request_counts.STATUSES)
        for bound in map(str, request_counts.BUCKETS):
            labels = {"kind": kind, "le": bound}
            rows.append((f"{name}_bucket", labels, columns[bound]))
        rows.append((f"{name}_bucket", {"kind": kind, "le": "+Inf"}, count))
        rows.append((f"{name}_count", {"kind": kind}, count))
        rows.append((f"{name}_sum", {"kind": kind}, columns["seconds"]))
    yield name, "histogram", "How long answers took.", rows
