"""Input posted to a desk that is read-only by now, shown for copying."""

from django.utils.translation import gettext as _

from consultations.review.desk.cards import in_words
from consultations.review.desk.form import (
    AskForm,
    DecisionForm,
    DeskForm,
    FirstLookForm,
    meant,
)
from consultations.review.workflow.deciding import FIELDS, WORDS

_OTHER = {
    "question": AskForm.base_fields["question"].label,
    "first_look": FirstLookForm.base_fields["first_look"].label,
}


def unsaved(plan, data):
    """Return [(label, text)] of posted values that differ from the saved plan."""
    words = [
        (DeskForm.base_fields[name].label, data.get(name, ""), getattr(plan, name))
        for name in WORDS
    ]
    words += [(label, data.get(name, ""), "") for name, label in _OTHER.items()]
    typed = [(label, text) for label, text, saved in words if _differs(text, saved)]
    return typed + _of_cards(plan, data)


def _differs(text, saved):
    return bool(text.strip()) and text.split() != saved.split()


def _of_cards(plan, data):
    saved, typed = DeskForm(plan=plan, may_change=False), []
    names = [name for name in FIELDS if name != "seconds"]
    for decision in plan.current_decisions:
        proposed = saved.proposed(decision.card)
        form = DecisionForm(data, decision=decision, proposed=proposed)
        posted = {name: data.get(form.add_prefix(name), "").strip() for name in FIELDS}
        texts = [meant(posted, proposed)[name] for name in names]
        before = meant(saved.typed(decision), proposed)
        if any(texts) and texts != [before[name] for name in names]:
            said = (
                in_words(form.decided())
                if form.is_valid()
                else ", ".join(filter(None, texts))
            )
            title = _("%(method)s (%(scar)s)") % {
                "method": decision.card.title,
                "scar": decision.card.assessment.scar,
            }
            typed.append((title, said))
    return typed
