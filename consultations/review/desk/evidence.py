"""The patient's answers that a finding is based on."""

import re

from consultations.intake import answers
from consultations.intake.questions import pages
from consultations.models import YES_NO

# How to reach a patient stands at the top, and what they agreed to in its own record.
NO_ANSWERS = (pages.CONTACT,)
LAST_SENTENCE = re.compile(r"(?<=[.?!])\s+(?=\S)")


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

    def of_fact(self, name, number):
        """Return [(question, answer)] of one fact: the patient's, then what was seen."""
        own = self.given.get((number, name)) or self.given.get((None, name), [])
        seen = self.seen.get((number, name)) or self.seen.get((None, name))
        return [*own, seen] if seen else own

    def quoted(self, name, number):
        """Return a fact's answers in few words: a choice as it stands, a yes with its question.

        What staff have seen stands beside the patient's answer, with who and how.
        """
        seen = self.seen.get((number, name)) or self.seen.get((None, name))
        return [
            f"{answer} ({question})"
            if (question, answer) == seen
            else _in_few_words(str(question), answer)
            for question, answer in self.of_fact(name, number)
            if answer
        ]


def _in_few_words(question, answer):
    """Return an answer, after the last sentence of its question where it needs one."""
    text = str(answer)
    yes_no = {str(words) for _value, words in YES_NO}
    is_choice = not isinstance(answer, int) and text not in yes_no
    if is_choice and not text.isdigit():
        return text
    return f"{LAST_SENTENCE.split(question.strip())[-1]} {text}"
