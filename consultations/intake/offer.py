"""The health questions and the treatments on offer, cached in each process."""

from functools import cached_property, lru_cache

from methods.models import Finding, Method
from methods.protocol import entries
from methods.protocol.vocabulary import MethodGroup, QuestionGroup

COLUMNS = [field.attname for field in Finding._meta.concrete_fields]


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
def _treatments(revisions):
    """Return {slug: (group, title)} of the methods with these live revisions, in order.

    A revision never changes.
    """
    live = "live_revision__content__"
    rows = Method.objects.filter(
        live_revision__in=revisions, live_revision__content__is_ranked=True
    ).values_list(f"{live}position", "slug", f"{live}group", f"{live}title")
    return {slug: (group, title) for _place, slug, group, title in sorted(rows)}


class Offer:
    """What the clinic asks and offers now. Two queries that only look for changes.

    The findings are shared by all requests of a process: read them only.
    """

    def __init__(self):
        rows = Finding.objects.values_list(*COLUMNS)
        self.findings, self.questions = _findings(tuple(rows))

    @cached_property
    def treatments(self):
        """Return {slug: (group, title)} of the ranked methods on offer."""
        live = Method.objects.published().order_by("live_revision")
        return _treatments(tuple(live.values_list("live_revision", flat=True)))

    @property
    def titles(self):
        """Return {slug: title}."""
        return {slug: title for slug, (_group, title) in self.treatments.items()}

    @property
    def choices(self):
        """Return the methods on offer as choices, under the headings of their groups."""
        return [
            (label, options)
            for group, label in MethodGroup.choices
            if (
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
        return entries.Protocol(
            methods=tuple(
                entries.Method(slug=slug, title=title)
                for slug, title in self.titles.items()
            ),
            questions=frozenset(
                each.code for each in self.findings if not each.is_coded
            ),
        )
