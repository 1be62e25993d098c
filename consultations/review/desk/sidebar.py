"""Beside a plan: who else reads it, its versions, its patient's other intakes, templates."""

from collections.abc import Collection
from contextlib import suppress

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError
from django.utils import timezone

from consultations.intake.history import history_of
from consultations.models import MessageTemplate, Plan, Reading


class Sidebar:
    """The sidebar of the desk, for a plan of `for_desk` and a user. Three or four queries.

    `flags` are the codes of the red flags that stand: each has templates of its own.
    """

    def __init__(self, plan: Plan, user: AbstractBaseUser, flags: Collection[str]):
        self.plan, self.user = plan, user
        readings = list(plan.readings.select_related("user"))
        since = timezone.now() - Reading.COUNTS_FOR
        self.own_readings = [each for each in readings if each.user_id == user.pk]
        self.readers = [
            each
            for each in readings
            if each.user_id != user.pk and each.seen_at > since
        ]
        versions = Plan.objects.filter(intake=plan.intake).exclude(pk=plan.pk)
        self.versions = list(versions.order_by("version")) if plan.has_versions else []
        self.other_intakes = history_of(plan.intake)
        self.templates: dict[str, list[MessageTemplate]] = {}
        fitting = [
            each
            for each in MessageTemplate.objects.all()
            if not each.red_flag or each.red_flag in flags
        ]
        for template in sorted(fitting, key=lambda each: not each.red_flag):
            self.templates.setdefault(template.use, []).append(template)

    def note_reading(self) -> None:
        """Let colleagues see that the user has the plan open, with one statement."""
        now = timezone.now()
        if self.own_readings:
            Reading.objects.filter(pk=self.own_readings[0].pk).update(seen_at=now)
            return
        # Two windows of one user that open at once: one note is enough.
        with suppress(IntegrityError):
            Reading.objects.create(plan=self.plan, user=self.user, seen_at=now)
