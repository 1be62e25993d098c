"""What the server that we pin makes of messages whose end two readers could see apart."""

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import ParseException
from gunicorn.http.parser import RequestParser

from tests.tables import for_each

HEAD = b"POST / HTTP/1.1\r\nHost: clinic.example\r\n"
CHUNKS = b"0\r\n\r\nGET /admin/ HTTP/1.1\r\n\r\n"


def read(message):
    """Return the body of the first request of a connection."""
    request = next(RequestParser(Config(), iter([message]), ("127.0.0.1", 1)))
    return request.body.read()


@for_each(
    "fields",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: +5",
        b"Content-Length: 5, 5",
        b"Transfer-Encoding: chunked, identity",
        b"Transfer-Encoding: xchunked",
        b"Transfer-Encoding : chunked",
        b"Transfer_Encoding: chunked\r\n folded",
    ],
)
def test_a_message_whose_length_is_not_certain_is_refused(fields):
    with pytest.raises(ParseException):
        read(HEAD + fields + b"\r\n\r\n" + CHUNKS)


def test_a_plain_message_is_read():
    assert read(HEAD + b"Content-Length: 5\r\n\r\nabcde") == b"abcde"
