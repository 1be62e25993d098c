"""Headers that keep other sites out, on every answer. Django sets the others itself."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

# We use none of a browser's powers; a page that was tampered with should have none either.
REFUSED = (
    "accelerometer",
    "autoplay",
    "browsing-topics",
    "camera",
    "display-capture",
    "encrypted-media",
    "geolocation",
    "gyroscope",
    "hid",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "screen-wake-lock",
    "serial",
    "usb",
    "xr-spatial-tracking",
)
ISOLATION = {
    "Permissions-Policy": ", ".join(f"{power}=()" for power in REFUSED),
    "Cross-Origin-Resource-Policy": "same-origin",
}
METHODS = ("GET", "HEAD", "OPTIONS", "POST")
TEXT = re.compile(r"(?:text/|[\w/.+-]+[/+]xml\b)[^;]*$")
"""A content type of text that does not say how it is encoded: all of ours is UTF-8."""


def isolate(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Refuse a browser's powers, other sites that embed what we send, and odd methods."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.method in METHODS:
            response = get_response(request)
        else:
            # The stock admin takes any method for a GET.
            response = HttpResponseNotAllowed(METHODS)
        for name, value in ISOLATION.items():
            response.headers.setdefault(name, value)
        kind = response.headers.get("Content-Type", "")
        if TEXT.match(kind):
            response.headers["Content-Type"] = f"{kind}; charset=utf-8"
        return response

    return answer
