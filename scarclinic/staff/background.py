"""Background tasks (`django-tasks`) whose failures quote nobody."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from django_tasks import task
from django_tasks.base import Task

P = ParamSpec("P")


class TaskFailed(Exception):
    """An error in a background task. It says only the error's class."""


def background_task(function: Callable[P, None]) -> Task[P, None]:
    """Declare a task that a worker runs (`manage.py db_worker`).

    The database keeps the traceback of one that fails, where a database's error would
    quote a row, and a mail server's an address.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except Exception as error:
            failed = TaskFailed(type(error).__name__)
            raise failed.with_traceback(error.__traceback__) from None

    return task(run)
