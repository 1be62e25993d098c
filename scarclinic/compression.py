"""What one reader is shown is compressed here; what all are shown, by the store."""

from django.middleware.gzip import GZipMiddleware


class Compression(GZipMiddleware):
    """Compress pages; Django pads them, against guessing a secret by a page's length.

    But not what the store keeps: it encodes a page once for all. Nor files, which are
    sent piece by piece: photos do not get smaller.
    """

    def process_response(self, request, response):
        if response.streaming or hasattr(response, "edition"):
            return response
        return super().process_response(request, response)
