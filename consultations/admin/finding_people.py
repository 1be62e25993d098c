"""Find patients by what staff type: each search leaves a line, and guesses no birthday."""

from django.contrib import messages
from django.utils.translation import gettext as _

from consultations.intake import people_search
from consultations.models import Intake
from scarclinic.staff import ledger, throttle

LIMIT = "people by date of birth"


def people_found(request, text):
    """Return the intakes that match a text.

    Whoever may not read answers is told of a caller's date of birth only whether it is
    right, a few times: a search for one day after the other would tell it all the same.
    """
    user = request.user
    ledger.record(ledger.Action.PEOPLE_SEARCHED, None, by=user)
    is_guess = people_search.names_birthday(text) and not user.has_perm(
        "consultations.read_answers"
    )
    if is_guess and (wait := throttle.spend(LIMIT, str(user.pk))):
        messages.error(
            request,
            _(
                "Too many searches by date of birth: try again in %(count)d minutes, or "
                "search by name."
            )
            % {"count": -(-wait // throttle.MINUTE)},
        )
        return Intake.objects.none()
    return people_search.matching(text)
