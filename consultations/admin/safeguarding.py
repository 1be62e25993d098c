"""The page on which clinicians note a worry about somebody's safety."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from consultations.locking import NotAllowed
from consultations.models import Plan, SafeguardingNote
from consultations.review import safeguarding

VIEW, ADD = (f"consultations.{verb}_safeguardingnote" for verb in ("view", "add"))


class WorryForm(forms.Form):
    text = forms.CharField(
        label=lazy("What worries you"),
        help_text=lazy(
            "What you saw, read or heard, in whose words, and what you did or arranged. "
            "Facts first; say what you only suppose."
        ),
        max_length=SafeguardingNote._meta.get_field("text").max_length,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": lazy("Write what worries you.")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
def safeguarding_view(request, pk):
    """Show what worries colleagues about a patient, and take another note."""
    if not request.user.has_perms([VIEW, ADD, "consultations.read_answers"]):
        raise PermissionDenied
    plan = Plan.objects.select_related("intake").filter(pk=pk).first()
    if plan is None:
        raise Http404
    form = WorryForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            safeguarding.note(plan.intake, form.cleaned_data["text"], by=request.user)
        except NotAllowed as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("Noted. Only clinicians see it."))
        return redirect(request.path)
    context = {
        **admin.site.each_context(request),
        "opts": Plan._meta,
        "title": _("Safeguarding: %(reference)s") % {"reference": plan},
        "plan": plan,
        "notes": safeguarding.read(plan.intake, by=request.user),
        "form": form,
    }
    return render(request, "admin/consultations/plan/safeguarding.html", context)
