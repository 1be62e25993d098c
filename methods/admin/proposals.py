"""What loosens protection and waits: the list, and the page that shows the difference."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from methods.models import Outcome, Proposal
from methods.publishing import proposals, reach, verbs
from methods.publishing.difference_words import say_all
from scarclinic.staff import proof
from scarclinic.staff.admin.account_changes import WaitingFilter
from scarclinic.staff.admin.read_only import ReadOnlyAdmin


class AnswerForm(forms.Form):
    """A clinician's answer to what waits: the digest of what was read, and a note."""

    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)
    answer = forms.CharField(
        label=_("Note"),
        max_length=200,
        required=False,
        widget=AdminTextInputWidget,
        help_text=_("Why, for whoever wrote it. A refusal needs it."),
    )


@admin.register(Proposal)
class ProposalAdmin(ReadOnlyAdmin):
    """Changes that wait for a clinician who did not write them."""

    list_display = ["title", "note", "asked_by", "asked_at"]
    list_display += ["outcome", "settled_by", "settled_at"]
    list_filter = [WaitingFilter]
    list_select_related = ["asked_by", "settled_by"]
    search_fields = ["title", "note"]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    empty_value_display = ""

    def get_urls(self):
        view = self.admin_site.admin_view(require_POST(self.settle_view))
        name = "methods_proposal_settle"
        return [path("<int:pk>/settle/", view, name=name), *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Show what waits in words, with the buttons of whoever may settle it."""
        if request.method == "POST":
            raise PermissionDenied
        proposal = self.get_object(request, object_id)
        if not self.has_view_permission(request, proposal):
            raise PermissionDenied
        if proposal is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return self._page(request, proposal)

    def settle_view(self, request, pk):
        """Confirm or refuse, on exactly what the page has shown."""
        proposal = get_object_or_404(Proposal, pk=pk)
        if not self.has_view_permission(request, proposal):
            raise PermissionDenied
        if page := proof.ask(request):
            return page
        form = AnswerForm(request.POST)
        is_refusal = "_confirm" not in request.POST
        if form.is_valid() and is_refusal and not form.cleaned_data["answer"]:
            form.add_error("answer", _("Say why, then refuse."))
        if not form.is_valid():
            return self._page(request, proposal, form)
        act = self._refuse if is_refusal else self._confirm
        try:
            act(request, proposal, **form.cleaned_data)
        except proposals.NotAllowed as refused:
            messages.error(request, str(refused))
            return redirect("admin:methods_proposal_change", pk)
        except verbs.Incomplete as incomplete:
            for fault in incomplete.missing:
                messages.error(request, fault)
            return redirect("admin:methods_proposal_change", pk)
        except verbs.InUse as in_use:
            message = gettext("It stays live. Unpublish first: %s.")
            messages.error(request, message % ", ".join(in_use.users))
            return redirect("admin:methods_proposal_change", pk)
        return redirect("admin:methods_proposal_changelist")

    def _confirm(self, request, proposal, digest, answer):
        settled = proposals.confirm(
            proposal, digest=digest, by=request.user, answer=answer
        )
        if settled.outcome == Outcome.CONFIRMED:
            message = gettext("Confirmed: “%s” is live.")
            messages.success(request, message % settled)
        else:
            message = gettext(
                "“%s” was changed since it was asked for: nothing is confirmed. Whoever "
                "wrote it publishes it again."
            )
            messages.warning(request, message % settled)

    def _refuse(self, request, proposal, digest, answer):
        settled = proposals.refuse(proposal, by=request.user, answer=answer)
        message = gettext("%(outcome)s: “%(name)s”. What is live stays.")
        told = {"outcome": settled.get_outcome_display(), "name": settled}
        messages.success(request, message % told)

    def _page(self, request, proposal, form=None):
        changes, digest, subject = [], "", proposal.subject
        is_waiting = proposal.settled_at is None
        if is_waiting and subject:
            changes, digest = proposals.acts[proposal.act].look(proposal)
        reason = proposals.why_not(proposal, request.user) if is_waiting else ""
        context = self.admin_site.each_context(request) | {
            "title": proposal.title,
            "opts": self.opts,
            "proposal": proposal,
            "subject_url": _form_of(subject),
            "kind": proposal.subject_type.name,
            "writers": proposal.writers.all(),
            "is_waiting": is_waiting,
            "is_changed": digest != proposal.digest,
            "differences": say_all(changes),
            "reaches": reach.of(subject) if is_waiting and subject else [],
            "why_not": reason,
            "is_own": proposal.writers.contains(request.user),
            "form": form or AnswerForm(initial={"digest": digest}),
        }
        return TemplateResponse(request, "admin/methods/proposal.html", context)


def _form_of(subject):
    """Return the address of a record's form in the admin, "" where there is none."""
    if subject is None:
        return ""
    options = subject._meta
    try:
        name = f"admin:{options.app_label}_{options.model_name}_change"
        return reverse(name, args=[subject.pk])
    except NoReverseMatch:
        return ""
