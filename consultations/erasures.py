"""What the clinic answers a patient who wants everything erased.

To erase is `workflow.erase`: of that nothing stays, the request included.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations.models import ErasureRequest
from consultations.workflow.refusing import NotAllowed, locked_intake


@transaction.atomic
def keep(asked, told, *, by):
    """Keep what a patient wants erased, and tell them why and until when.

    Returns the fresh `ErasureRequest`. Raises `NotAllowed` without words, or if somebody
    has settled it.
    """
    locked_intake(asked.intake)
    asked = ErasureRequest.objects.select_for_update().get(pk=asked.pk)
    if asked.settled_at:
        raise NotAllowed(_("This request is settled already."))
    if not told.strip():
        raise NotAllowed(_("Write why it is kept, and until when."))
    asked.told, asked.settled_by, asked.settled_at = told, by, timezone.now()
    asked.save()
    return asked
