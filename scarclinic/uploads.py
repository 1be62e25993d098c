"""A limit to what anybody may upload, checked before anything of it is read."""

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

LARGEST_REQUEST = 25 * 2**20
"""In bytes. A form that takes files has a lower limit, and explains it."""


class Limit(FileUploadHandler):
    """Refuse a request that is too large. `DATA_UPLOAD_MAX_MEMORY_SIZE` counts no files."""

    def handle_raw_input(self, input_data, META, content_length, *rest):  # noqa: N803
        if content_length > LARGEST_REQUEST:
            raise RequestDataTooBig

    def receive_data_chunk(self, raw_data, start):
        return raw_data

    def file_complete(self, file_size):
        return None
