"""Headers that keep other sites out, on every answer. Django sets the others itself."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

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


def isolate(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Refuse a browser's powers, and other sites that embed what we send."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in ISOLATION.items():
            response.headers.setdefault(name, value)
        return response

    return answer
