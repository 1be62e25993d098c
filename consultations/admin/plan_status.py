"""Status of a plan in words, without health data."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def in_words(time):
    """Return a duration in words, such as "5 hours"."""
    hours, minutes = divmod(int(time.total_seconds()) // 60, 60)
    if hours:
        words = ngettext("%(count)d hour", "%(count)d hours", hours)
        return words % {"count": hours}
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {
        "count": minutes
    }


def due_on(plan):
    """Return the day by which the clinic owes an answer, None if it owes none now."""
    if plan.intake.is_withdrawn:
        return None
    is_open = not (plan.is_signed or plan.is_asking)
    days = [plan.due_on, plan.intake.promised_on if is_open else None]
    return min(filter(None, days), default=None)


def due_in_words(plan, today):
    """Return when an answer is due, in words; "" if the clinic owes none now."""
    day = due_on(plan)
    if day is None:
        return ""
    days = (day - today).days
    if days < 0:
        words = ngettext("%(count)d day late", "%(count)d days late", -days)
        return words % {"count": -days}
    if days < 2:
        return [_("due today"), _("due tomorrow")][days]
    return _("due in %(count)d days") % {"count": days}


def _awaits_consent(plan):
    """Return whether patient or guardian has still to agree; the queue knows it of all."""
    if hasattr(plan, "is_awaiting_consent"):
        return plan.is_awaiting_consent
    return bool(plan.intake.second and plan.intake.second.is_awaited)


def _is_recalled(plan):
    """Return whether a recall is due; queue and desk know the first one of each plan."""
    at = getattr(plan, "recall_at", None)
    return at is not None and at <= timezone.now()


def state_in_words(plan):
    """Return the state of a plan in words."""
    if plan.is_to_call:
        day = {"date": date_format(plan.call_by, "j F Y")}
        if plan.is_signed and plan.has_photos:
            return _("The patient has added photos: to be called by %(date)s") % day
        return _("To be called by %(date)s") % day
    if plan.has_message and not plan.intake.is_withdrawn:
        return _("The patient has written")
    if plan.has_response and not plan.intake.is_withdrawn:
        return _("The patient has answered the plan")
    if plan.is_signed and _is_recalled(plan):
        return _("To be asked back since %(date)s") % {
            "date": date_format(timezone.localdate(plan.recall_at), "j F Y")
        }
    if plan.is_signed:
        return _("Signed by %(name)s") % {"name": plan.signed_name}
    if plan.intake.is_withdrawn:
        return _("Withdrawn by the patient")
    if plan.is_asking:
        return _("Waiting for the patient")
    if plan.awaits_countersignature:
        return _("Signed by %(name)s, to be countersigned") % {
            "name": plan.first_signed_name
        }
    if _awaits_consent(plan):
        return _("Waiting for the other one’s consent")
    if plan.has_correction:
        return _("The patient has corrected answers")
    if plan.has_photos:
        return _("The patient has added photos")
    if plan.has_answer:
        return _("The patient has answered")
    return _("To be amended") if plan.version > 1 else _("To be reviewed")


def flag_codes(plan):
    """Return the codes of the red flags of all scars, of an intake with its rounds."""
    codes = dict.fromkeys(
        code
        for assessment in plan.intake.assessments.all()
        if assessment.round == plan.round
        for code in assessment.red_flags
    )
    return list(codes)
