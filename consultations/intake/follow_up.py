"""Questions and pages to ask again for a finding, found by tracing its rule."""

from dataclasses import replace

from consultations.intake.questions import pages as declared
from consultations.intake.steps import Step
from methods.protocol import findings as find
from methods.protocol.facts import read
from methods.protocol.tracing import facts_of_rule


def pages_of(code):
    """Return the pages that establish a coded finding, in the intake's order."""
    return [page for page in declared.PAGES if _behind(page, [code])]


def _behind(page, codes):
    """Return the questions of a page that give a fact which these findings rest on.

    What was ticked stands on the page with the list, not on that which asks for more.
    """
    facts = set().union(*map(facts_of_rule, codes))
    own = () if page.is_of_ticks else (*page.questions, *page.ticks)
    return [each for each in own if facts.intersection(each.gives)]


def questions(route, codes):
    """Return the health questions that these findings rest on, in the intake's order."""
    wanted = set(codes).union(*map(facts_of_rule, codes))
    return [each for each in route.findings if each.question and each.code in wanted]


def pages(route, codes, day):
    """Return the steps to ask again for these findings, in the intake's order.

    Each has only the questions that they rest on. Of several scars, those of which a
    finding is not known; if it is of all, each.
    """
    asked = {each.code for each in questions(route, codes)}
    coded = [code for code in codes if code not in asked]
    unknown = {scar.pk: _unknown(route, scar, day) for scar in route.scars}
    found = []
    for step in route.every_step():
        its = [code for code in coded if step.page in pages_of(code)]
        open_in = {pk for pk, each in unknown.items() if each.intersection(its)}
        if its and (step.number is None or not open_in or step.subject.pk in open_in):
            found.append(_asking_again(step, its))
    return [step for step in found if step.page.is_asked(step.subject)]


def _asking_again(step, codes):
    """Return a step with the questions alone that these findings rest on."""
    behind = [
        replace(each, where_it_matters=False) for each in _behind(step.page, codes)
    ]
    page = replace(
        step.page, questions=tuple(behind), groups=(), ticks=(), consents=(), intro=""
    )
    return Step(page, step.subject)


def _unknown(route, scar, day):
    """Return the codes of what is not known of one scar."""
    facts = read(route.facts_of(scar, day), route.offer.protocol)
    states = find.establish(facts, route.offer.protocol.questions)
    return {code for code, state in states.items() if state is None}
