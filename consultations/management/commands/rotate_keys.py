from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from consultations.intake import people_search
from consultations.intake.photos import keeping
from consultations.models import Intake
from scarclinic.staff.encryption import checking, factors, keys, rotation


class Command(BaseCommand):
    """Seal everything anew with the first of DATA_KEYS, while the site runs.

    First restart the site and its workers with the new key in front of the former ones.
    What was cut short is run again. Once it says so, the former keys can leave DATA_KEYS.
    """

    help = __doc__

    def handle(self, **options):
        if faults := checking.faults():
            raise CommandError("\n".join(faults))
        checking.enter()
        for model, count in rotation.seal_anew():
            self._say(model._meta.verbose_name_plural, count)
        self._say(_("second factors"), factors.seal_anew())
        self._say(_("photos"), self._each(keeping.seal_anew, keeping.behind()))
        self._say(_("intakes indexed"), self._each(_index, people_search.behind()))
        is_left = people_search.behind().exists() or keeping.behind().exists()
        if is_left or not rotation.is_done():
            self.stderr.write(
                _(
                    "Something is sealed with a former key still. Restart whatever runs "
                    "with the former DATA_KEYS, then run this again. What cannot be read "
                    "is named above."
                )
            )
            return
        rotation.retire()
        self.stdout.write(
            _("Nothing is sealed with a former key. Backups of before still are.")
        )

    def _say(self, what, count):
        self.stdout.write(f"{what}: {count}")

    def _each(self, act, rows):
        """Call `act` with each row; return how often it said True."""
        count = 0
        for row in list(rows):
            try:
                count += act(row)
            except keys.Unreadable as error:
                self.stderr.write(str(error))
        return count


@transaction.atomic
def _index(intake):
    row = Intake.objects.select_for_update().filter(pk=intake.pk).first()
    if row:
        people_search.index(row)
    return row is not None
