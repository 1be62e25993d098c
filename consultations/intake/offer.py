"""What the clinic asks and offers at one moment, read once."""

from functools import cached_property

from methods.models import Finding, Method
from methods.protocol import entries
from methods.protocol.vocabulary import MethodGroup, QuestionGroup


class Offer:
    """The health questions and the treatments on offer. Two queries, of fixed number."""

    def __init__(self):
        self.findings = list(Finding.objects.all())
        self.questions = {group: [] for group in QuestionGroup.values}
        for finding in self.findings:
            if finding.question and finding.is_asked:
                self.questions[finding.group].append(finding)

    @cached_property
    def treatments(self):
        """Return {slug: (group, title)} of the ranked methods on offer."""
        live = "live_revision__content__"
        rows = (
            Method.objects.published()
            .filter(live_revision__content__is_ranked=True)
            .values_list(f"{live}position", "slug", f"{live}group", f"{live}title")
        )
        return {slug: (group, title) for _place, slug, group, title in sorted(rows)}

    def treatment_slugs(self):
        return self.treatments.keys()

    def treatment_choices(self):
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
                for slug, (_group, title) in self.treatments.items()
            ),
            questions=frozenset(
                each.code for each in self.findings if not each.is_coded
            ),
        )
