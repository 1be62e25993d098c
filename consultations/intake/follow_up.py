"""Questions and pages to ask again for a finding, found by tracing its rule."""

from consultations.intake.questions import pages as declared
from methods.protocol import findings as find
from methods.protocol.facts import read
from methods.protocol.tracing import facts_of_rule


def pages_of(code):
    """Return the pages that establish a coded finding, in the intake's order."""
    facts = facts_of_rule(code)
    return [
        page
        for page in declared.PAGES
        if any(facts.intersection(question.gives) for question in page.questions)
    ]


def questions(route, codes):
    """Return the health questions that these findings rest on, in the intake's order."""
    wanted = set(codes).union(*map(facts_of_rule, codes))
    return [each for each in route.findings if each.question and each.code in wanted]


def pages(route, codes, day):
    """Return the steps to ask again for these findings, in the intake's order.

    Of several scars, those of which a finding is not known; if it is of all, each.
    """
    asked = {each.code for each in questions(route, codes)}
    coded = [code for code in codes if code not in asked]
    unknown = {scar.pk: _unknown(route, scar, day) for scar in route.scars}
    found = []
    for step in route.applicable:
        its = [code for code in coded if step.page in pages_of(code)]
        open_in = {pk for pk, each in unknown.items() if each.intersection(its)}
        if its and (step.number is None or not open_in or step.subject.pk in open_in):
            found.append(step)
    return found


def _unknown(route, scar, day):
    """Return the codes of what is not known of one scar."""
    facts = read(route.facts_of(scar, day), route.offer.protocol)
    states = find.establish(facts, route.offer.protocol.questions)
    return {code for code, state in states.items() if state is None}
