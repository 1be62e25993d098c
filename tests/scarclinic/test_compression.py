import gzip

import pytest

from tests.consultations.factories import begin, page

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", [page("you"), "/search/?q=acid"])
def test_a_page_for_one_reader_is_compressed_and_padded(address):
    client = begin()
    plain = client.get(address)
    answers = [
        client.get(address, headers={"Accept-Encoding": "gzip"}) for _again in range(9)
    ]
    assert {each["Content-Encoding"] for each in answers} == {"gzip"}
    assert "Accept-Encoding" in plain["Vary"]
    # Of one length, they would tell what on them is guessed right.
    assert len({len(each.content) for each in answers}) > 1
    assert b"<h1>" in gzip.decompress(answers[0].content)


def test_what_the_store_keeps_is_left_to_the_store(client):
    response = client.get("/treatments/", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in response
