"""Input posted to a desk that is read-only by now, shown for copying."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations.review.desk.cards import in_words
from consultations.review.desk.form import (
    AskForm,
    DecisionForm,
    DeskForm,
    FirstLookForm,
    SeenForm,
    meant,
)
from consultations.review.workflow.deciding import FIELDS, WORDS

_OTHER = {
    "question": AskForm.base_fields["question"].label,
    "message": lazy("Your message to the patient"),
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


def still_typed(data):
    """Return what is typed for a button that was not pressed, and a sentence on it.

    Returns (data, ""), if there is none: then nothing is lost when the page is left.
    """
    left = data.copy()
    if "_ask" in data:
        left.pop("question", None)
        left.pop("findings", None)
    is_seen = [
        name
        for name, text in data.items()
        if name.startswith("seen-") and name != SeenForm.HOW and text.strip()
    ]
    if "_examine" in data:
        for name in is_seen:
            left.pop(name)
        is_seen = []
    if "_message" in data:
        left.pop("message", None)
    for name in ("_ask", "_examine", "_message", "_noted"):
        left.pop(name, None)
    warnings = []
    if data.get("hand_over-note", "").strip() and data.get("_hand_over") != "yes":
        warnings.append(_("Saved. The plan is not handed over yet."))
    if left.get("question", "").strip():
        warnings.append(_("Saved. Your question is not sent yet."))
    if left.get("message", "").strip():
        warnings.append(_("Saved. Your message is not sent yet."))
    if is_seen:
        warnings.append(_("Saved. What you see is not noted yet."))
    return left, " ".join(warnings)


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
