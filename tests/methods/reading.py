"""What a reader finds on a page, and copies of treatments to find there."""

import re
from html import unescape

from methods.models import Condition, ConditionRevision, Method
from methods.publishing import drafts, verbs


def html(client, url):
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def text_of(markup):
    """Return what a person reads of HTML: no tags, single spaces."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def page(client, url):
    return text_of(html(client, url))


def links_in(markup):
    return re.findall(r'href="([^"]+)"', markup)


def headings(markup, level):
    return [
        text_of(each)
        for each in re.findall(rf"<h{level}\b[^>]*>(.*?)</h{level}>", markup)
    ]


def part(markup, heading):
    """Return the HTML between one second-level heading and the next."""
    found = re.search(rf"<h2[^>]*>{heading}</h2>(.*?)(<h2|</main>)", markup, re.S)
    return found[1]


def listed(markup):
    """Return the titles in a list of treatments, in its order."""
    rows = re.findall(r'<th scope="row" role="rowheader"><a.*?</a>', markup, re.S)
    return [text_of(each) for each in rows]


def fold(markup, name):
    """Return the HTML of a folded part of a page, by its id."""
    return re.search(rf'<div id="{name}">(.*?)</div>\s*</details>', markup, re.S)[1]


def need_no_rows(slug):
    """Have every live condition say that a made-up treatment needs no row of it."""
    live = [each.live_revision for each in Condition.objects.published()]
    for revision in live:
        row = {"methods": [slug], "why": "Made up."}
        not_needed = [*revision.content["not_needed"], row]
        revision.content = revision.content | {"not_needed": not_needed}
    ConditionRevision.objects.bulk_update(live, ["content"])


def publish_copy(slug, *, of, **changes):
    """Publish a method with the content of another."""
    content = drafts.draft(Method.objects.for_draft().get(slug=of))
    method = Method()
    drafts.write_draft(method, content | {"slug": slug, "title": slug} | changes)
    need_no_rows(slug)
    return verbs.publish(method, by=None, note="copy")
