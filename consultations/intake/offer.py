"""The health questions and the treatments on offer, cached in each process."""

from functools import cache, cached_property, lru_cache

from django.db import connection

from methods.models import Finding, Method
from methods.protocol import entries
from methods.protocol.vocabulary import (
    BESIDE_TREATMENTS,
    MethodGroup,
    QuestionGroup,
)
from methods.publishing import live

COLUMNS = [field.attname for field in Finding._meta.concrete_fields]


@cache
def _statement(model, *columns):
    """Return the SQL of all rows: to compile it takes longer than to run it."""
    return str(model.objects.values_list(*columns).query)


def _rows(model, *columns):
    with connection.cursor() as cursor:
        cursor.execute(_statement(model, *columns))
        return tuple(cursor.fetchall())


@lru_cache(maxsize=2)
def _findings(rows):
    """Return (findings, {group: those that are asked}) from the rows' values."""
    findings = [Finding.from_db(None, COLUMNS, row) for row in rows]
    questions = {group: [] for group in QuestionGroup.values}
    for finding in findings:
        if finding.question and finding.is_asked:
            questions[finding.group].append(finding)
    return findings, questions


@lru_cache(maxsize=2)
def _put_to_guardian(rows):
    """Return what `_findings` does, in the words for whoever answers for a child."""
    findings, questions = _findings(rows)
    of_child = {each.pk: each.of_child for each in findings}
    return list(of_child.values()), {
        group: [of_child[each.pk] for each in asked]
        for group, asked in questions.items()
    }


@lru_cache(maxsize=2)
def _treatments(revisions):
    """Return {slug: (group, title)} of the methods with these live revisions, in order.

    A revision never changes. They are [(number, when it was made)]: a restored backup may
    give a number to another one.
    """
    live = "live_revision__content__"
    rows = Method.objects.filter(
        live_revision__in=[pk for pk, _made in revisions],
        live_revision__content__is_ranked=True,
    ).values_list(f"{live}position", "slug", f"{live}group", f"{live}title")
    return {slug: (group, title) for _place, slug, group, title in sorted(rows)}


@lru_cache(maxsize=2)
def _protocol(titles, questions):
    methods = (entries.Method(slug=slug, title=title) for slug, title in titles)
    return entries.Protocol(methods=tuple(methods), questions=questions)


@lru_cache(maxsize=2)
def _live_protocol(_revisions, _findings):
    """Return the protocol with these live revisions and findings, parsed once.

    One and the same object: what rules work out of a protocol is kept for it.
    """
    return live.protocol()


class Offer:
    """What the clinic asks and offers now. Two queries that only look for changes.

    The findings are shared by all requests of a process: read them only.
    """

    def __init__(self, *, is_for_child=False):
        self._rows = _rows(Finding, *COLUMNS)
        words = _put_to_guardian if is_for_child else _findings
        self.findings, self.questions = words(self._rows)

    @cached_property
    def _revisions(self):
        columns = ("live_revision_id", "live_revision__created_at")
        return frozenset(row for row in _rows(Method, *columns) if row[0])

    @cached_property
    def treatments(self):
        """Return {slug: (group, title)} of the ranked methods on offer."""
        return _treatments(self._revisions)

    @cached_property
    def live_protocol(self):
        """Return the protocol in force, with all its rules. No query once it is read."""
        return _live_protocol(self._revisions, self._rows)

    @property
    def titles(self):
        """Return {slug: title}."""
        return {slug: title for slug, (_group, title) in self.treatments.items()}

    @property
    def choices(self):
        """Return the treatments on offer as choices, under the headings of their groups."""
        return [
            (label, options)
            for group, label in MethodGroup.choices
            if group not in BESIDE_TREATMENTS
            and (
                options := [
                    (slug, title)
                    for slug, (its_group, title) in self.treatments.items()
                    if its_group == group
                ]
            )
        ]

    @cached_property
    def protocol(self):
        """Return what facts are read by: names of methods and questions, no criteria."""
        questions = (each.code for each in self.findings if not each.is_coded)
        return _protocol(tuple(self.titles.items()), frozenset(questions))
