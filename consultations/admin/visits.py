"""The page on which staff say what else one person has sent, and what somebody else has."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Subquery
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from consultations.admin.finding_people import people_found
from consultations.admin.numbers import row_number
from consultations.intake import history
from consultations.locking import NotAllowed
from consultations.models import Intake, Plan, SamePerson
from scarclinic.staff import ledger

RIGHTS = ["consultations.view_plan", "consultations.add_sameperson"]
MOST_FOUND = 20


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=lazy("How you know"),
        max_length=SamePerson._meta.get_field("reason").max_length,
        required=False,
        widget=forms.TextInput(attrs={"size": 60}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
def visits_view(request, pk):
    """Show a person's visits; search for others, link them, or part what is not theirs."""
    if not request.user.has_perms(RIGHTS):
        raise PermissionDenied
    plan = Plan.objects.select_related("intake").filter(pk=pk).first()
    if plan is None:
        raise Http404
    verb = next((each for each in VERBS if each in request.POST), None)
    if verb is None:
        return _page(request, plan)
    try:
        VERBS[verb](request, plan.intake)
    except NotAllowed as refused:
        messages.error(request, str(refused))
        # What was typed stays, and what was found.
        return _page(request, plan)
    messages.success(request, _("Noted."))
    return redirect(request.path)


def _chosen(request):
    pks = filter(None, map(row_number, request.POST.getlist("intake")))
    return list(Intake.objects.sent().filter(pk__in=pks))


def _link(request, intake):
    chosen = _chosen(request)
    if not chosen:
        raise NotAllowed(_("Choose what the same person has sent."))
    history.link(intake, chosen[0], request.POST.get("reason", ""), by=request.user)


def _part(request, intake):
    reason = request.POST.get("reason", "")
    history.part(intake, _chosen(request), reason, by=request.user)


VERBS = {"_same": _link, "_other": _part}


def _found(request, intake, known):
    """Return who matches the posted text; a line in the ledger, as for any search."""
    text = request.POST.get("q", "").strip()
    if not text:
        return []
    latest = Plan.objects.filter(intake=OuterRef("pk")).order_by("-version")
    found = people_found(request, text).sent().order_by("-submitted_at", "-pk")
    found = found.exclude(pk__in=[intake.pk, *(each.pk for each in known)])
    found = found.annotate(latest_plan=Subquery(latest.values("pk")[:1]))
    return list(found[:MOST_FOUND])


def _page(request, plan):
    intake = plan.intake
    ledger.record(ledger.Action.CONTACT_READ, plan, by=request.user)
    known = history.history_of(intake)
    chosen = {str(each) for each in request.POST.getlist("intake")}
    said = SamePerson.objects.touching([intake]).select_related(
        "one", "other", "said_by"
    )
    context = {
        **admin.site.each_context(request),
        "opts": Plan._meta,
        "title": _("Visits of %(name)s") % {"name": intake.name or plan},
        "plan": plan,
        "history": known,
        "found": _found(request, intake, known),
        "typed": request.POST.get("q", ""),
        "chosen": chosen,
        "pressed": next((each for each in VERBS if each in request.POST), ""),
        "same": ReasonForm(request.POST or None, auto_id="same-%s"),
        "other": ReasonForm(request.POST or None, auto_id="other-%s"),
        "said": [
            (each, each.other if each.one_id == intake.pk else each.one)
            for each in said
        ],
    }
    return render(request, "admin/consultations/plan/visits.html", context)
