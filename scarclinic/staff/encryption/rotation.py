"""Seal anew what a former key has sealed, in small transactions, while the site runs.

Each step finds by itself what is left, so that one that was cut short is simply run
again. Meanwhile the ring opens both.
"""

import logging
from collections.abc import Iterator
from functools import reduce
from operator import or_

from django.apps import apps
from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Left

from scarclinic.staff.encryption import factors, keys
from scarclinic.staff.models import DataKey
from scarclinic.staff.private_fields import PrivateTextField

logger = logging.getLogger("django.scarclinic")

AT_ONCE = 100


def private_fields() -> dict[type[models.Model], list[str]]:
    """Return the names of the private fields of each model that has some."""
    found = {
        model: [
            field.name
            for field in model._meta.concrete_fields
            if isinstance(field, PrivateTextField)
        ]
        for model in apps.get_models()
    }
    return {model: names for model, names in found.items() if names}


def behind(model: type[models.Model], names: list[str]) -> QuerySet[models.Model]:
    """Return the rows that have something sealed with a former key."""
    head = keys.head_of(keys.newest())
    beginnings = {f"{name}_begins": Left(name, len(head)) for name in names}
    is_behind = (
        Q(**{f"{name}_begins__gt": ""}) & ~Q(**{f"{name}_begins": head})
        for name in names
    )
    rows = model._default_manager.annotate(**beginnings)
    return rows.filter(reduce(or_, is_behind)).order_by("pk")


def _seal_some(model: type[models.Model], names: list[str], after: int) -> list[int]:
    """Seal anew the next rows after a key; return their keys."""
    with transaction.atomic():
        left = behind(model, names).filter(pk__gt=after).select_for_update()
        rows = list(left[:AT_ONCE])
        for row in rows:
            try:
                row.save(update_fields=names)
            except keys.Unreadable as error:
                # It stays as it is, and `is_done` false; the others need not wait.
                logger.error("Not sealed anew: %s", error)
    return [row.pk for row in rows]


def seal_anew() -> Iterator[tuple[type[models.Model], int]]:
    """Seal all rows with the newest key; yield each model and how many of it."""
    for model, names in private_fields().items():
        count, after = 0, 0
        while done := _seal_some(model, names, after):
            count, after = count + len(done), done[-1]
        yield model, count


def is_done() -> bool:
    """Return whether no row has anything under a former key, a factor's secret neither."""
    is_behind = any(behind(*each).exists() for each in private_fields().items())
    return not is_behind and not factors.behind()


def retire() -> int:
    """Forget the former keys, which may leave DATA_KEYS then; return how many."""
    former = DataKey.objects.exclude(key_id=keys.newest().id)
    return former.delete()[0]
