"""Save for later: show the private link of a draft, or e-mail it."""

from django.db import transaction
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from consultations.intake import devices, drafts, people_search
from consultations.intake.forms.start import SendLinkForm
from consultations.intake.questions.about_person import YOU
from consultations.intake.questions.pages import CONTACT
from consultations.intake.views.pages import with_draft
from consultations.letters import outbox
from scarclinic.staff import throttle
from scarclinic.staff.text import emails


def _is_right(form, intake):
    """Return whether the link may go where the form says; else the form says why not."""
    if not form.is_valid():
        return False
    is_told = CONTACT.slug in intake.done
    if is_told and form.cleaned_data["email"].casefold() != intake.email.casefold():
        # All letters would go there from now on, unasked.
        form.add_error("email", _("Change your e-mail address on the contact page."))
        return False
    return True


@transaction.atomic
def _send(intake, email):
    """Write the private link to an address, which stays with the draft."""
    drafts.hold(intake)
    intake.email = email
    people_search.index(intake)
    drafts.save(intake, "email")
    outbox.write_link(intake)


@require_POST
@with_draft
def own_device(request, route):
    """Remember whose device it is: one's own is not asked for the date of birth."""
    response = redirect("consultations:saved")
    token = devices.token_of(request, route.intake)
    is_own = request.POST.get("is_own") == "yes"
    return devices.remember(response, token, is_own=is_own)


@require_http_methods(["GET", "HEAD", "POST"])
@with_draft
def saved(request, route):
    """Show the private link of a draft; e-mail it on POST."""
    intake = route.intake
    data = request.POST if request.method == "POST" else None
    form = SendLinkForm(data, initial={"email": intake.email})
    link = devices.link_of(request, intake)
    context = {"intake": intake, "route": route, "form": form, "link": link}
    context["you"] = reverse("consultations:step", args=[YOU.slug])
    context["is_own"] = devices.held(request).is_own
    if CONTACT.slug in intake.done:
        context["contact"] = reverse("consultations:step", args=[CONTACT.slug])
    if form.is_bound and not intake.is_suspected and _is_right(form, intake):
        email = form.cleaned_data["email"]
        wait = throttle.spend_all(
            ("link by address", throttle.client_address(request)),
            ("link to anybody by contact", emails.mailbox(email)),
        )
        if wait:
            again = {"again": throttle.after(wait)}
            template = "consultations/too_many_links.html"
            return render(request, template, again, status=429)
        _send(intake, email)
        context |= {"sent_to": email, "most": outbox.LETTERS_A_DAY}
    return render(request, "consultations/saved.html", context)
