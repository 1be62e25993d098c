"""What the private link of an intake opens."""

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from consultations import plans
from consultations.models import Intake


@never_cache
@require_safe
def status(request, token):
    """Show the private page of an intake: that it is being read, or the signed plan."""
    intake = Intake.objects.with_token(token).first()
    if intake is None or intake.is_draft:
        raise Http404
    signed = intake.plans.signed().last()
    if signed:
        told = {"plan": plans.for_patient(signed)}
        return render(request, "consultations/plan.html", told)
    plan = intake.plans.get()
    flags = plan.flags() if plan.is_flagged else []
    told = {"intake": intake, "red_flags": flags}
    return render(request, "consultations/sent.html", told)
