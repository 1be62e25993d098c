"""What a patient asks of each planned treatment: how often, days off, price, by whom."""

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consultations.models import Decision
from consultations.review.pathways import USED_AT_HOME
from consultations.review.scopes import is_prescription
from methods.models import KEY_FACTS
from methods.protocol import entries
from methods.protocol.vocabulary import Level
from methods.publishing.public_site import Site
from methods.templatetags.money import priced

Facts = list[tuple[str, str]]


def of(
    decision: Decision, steps: Mapping[str, int], site: Site, currency: str
) -> Facts:
    """Return [(label, words)] of an included treatment, in the words published then.

    `steps` are the numbers of the steps before it, by slug. Prices are in the currency
    of the day on which it was signed. Who gives a treatment is as
    the clinic says today. Nothing for what is no treatment.
    """
    card = decision.card
    if not card.is_treatment:
        return []
    content = card.revision.content
    facts = [(str(KEY_FACTS[name]), words) for name, words in _often(decision)]
    price = priced(entries.price(content["price"]), currency)
    facts.append((_("Price each"), price or _("Ask us.")))
    facts.append((_("Who does it"), _who(decision, site)))
    if when := _when(decision, steps):
        facts.append((_("When"), when))
    return [(label, words) for label, words in facts if words]


def _often(decision: Decision) -> Iterator[tuple[str, str]]:
    """Yield (name of a key fact, words): as decided, else as usual."""
    card, usual = decision.card, decision.card.revision.content["key_facts"]
    yield "sessions", str(decision.sessions or usual["sessions"])
    if decision.weeks_apart and decision.sessions != 1:
        weeks = ngettext("%(count)d week", "%(count)d weeks", decision.weeks_apart)
        yield "apart", weeks % {"count": decision.weeks_apart}
    elif card.group not in USED_AT_HOME and decision.sessions != 1:
        yield "apart", usual["apart"]
    days = [usual["days_off"], usual["days_off_note"]]
    yield "days_off", ": ".join(filter(None, days))


def _who(decision: Decision, site: Site) -> str:
    card = decision.card
    if card.group in USED_AT_HOME and not is_prescription(card):
        return _("You, at home")
    if people := site.people_for(card.revision.content["slug"]):
        return "; ".join(f"{each.name}, {each.profession}" for each in people)
    if card.level == Level.DOCTOR or is_prescription(card):
        return _("A doctor")
    return _("A cosmetologist or a doctor")


def _when(decision: Decision, steps: Mapping[str, int]) -> str:
    """Return after which step it comes, "" where nothing says so."""
    said = []
    for each in decision.card.after:
        if each["method"] not in steps:
            continue
        values = {"step": steps[each["method"]]}
        if each["sessions"]:
            words = ngettext(
                "after %(count)d session of step %(step)d",
                "after %(count)d sessions of step %(step)d",
                each["sessions"],
            )
            said.append(words % (values | {"count": each["sessions"]}))
        elif each["weeks"]:
            values |= {"weeks": f"{each['weeks']:g}"}
            said.append(_("%(weeks)s weeks after step %(step)d") % values)
        else:
            said.append(_("after step %(step)d") % values)
    return "; ".join(said)
