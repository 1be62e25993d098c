"""The patient's answers that a finding is based on."""

from consultations.intake import answers
from consultations.intake.questions import pages
from methods.protocol.tracing import facts_behind

# How to reach a patient stands at the top, and what they agreed to in its own record.
NO_ANSWERS = (pages.CONTACT,)


class Evidence:
    """All that a patient answered, by page for reading, and by finding for a card.

    `seen` is what staff have established: {(number, name): (who and how, answer)}.
    """

    def __init__(self, route, seen=None):
        self.pages = []
        self.seen = seen or {}
        self.given = {}
        titles = route.offer.titles
        for step in route.applicable:
            if step.key not in route.intake.done or step.page in NO_ANSWERS:
                continue
            if said := answers.said_on(route, step):
                self.pages.append((step, said))
            for question in answers.told_on(step):
                said = question.said(step.subject, titles)
                for fact in question.gives:
                    self.given.setdefault((step.number, fact), []).extend(said)
        for finding in route.findings:
            if answer := route.given.get(finding.pk):
                shown = (answer.question, answer.words)
                self.given[None, finding.code] = [shown]
        self.pages.sort(key=lambda each: each[0].page is not pages.WISHES)

    def read(self):
        """Return [(title, scar, [(question, answer)])], the patient's wish first."""
        return [
            (step.title, step.subject if step.number else "", said)
            for step, said in self.pages
        ]

    def of(self, code, facts, number):
        """Return [(question, answer)] behind a finding on the scar of this number.

        `facts` are what was known of that scar when the card was made.
        """
        found = [
            (question, answer)
            for name in facts_behind(code, facts)
            for question, answer in self.of_fact(name, number)
            if answer
        ]
        # One answer may give several facts.
        return list(dict.fromkeys(found))

    def of_fact(self, name, number):
        """Return [(question, answer)] of one fact: the patient's, then what was seen."""
        own = self.given.get((number, name)) or self.given.get((None, name), [])
        seen = self.seen.get((number, name)) or self.seen.get((None, name))
        return [*own, seen] if seen else own
