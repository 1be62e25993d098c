"""Answers that take as long whatever is found, so that their time tells nobody anything."""

from collections.abc import Callable
from functools import wraps
from time import monotonic, sleep

from django.http import HttpRequest, HttpResponse

SECONDS = 0.25
"""Several times what the longest of these answers takes: a letter and its task."""
View = Callable[..., HttpResponse]


def steady(view: View) -> View:
    """Decorate a view whose forms ask whether we know somebody (timing oracle).

    Decorate no view that runs in a transaction: it sleeps.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        begun = monotonic()
        response = view(request, *args, **kwargs)
        if request.method == "POST":
            sleep(max(0, begun + SECONDS - monotonic()))
        return response

    return answer
