import sys

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
    Exit status 1 until then, and whenever the file of a photo is gone.
    """

    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument(
            "--without-lost-photos",
            action="store_true",
            help="Wait for no photo whose file is gone, and is in no backup either.",
        )

    def handle(self, *, without_lost_photos, **options):
        self.lost = []
        if faults := checking.faults():
            raise CommandError("\n".join(faults))
        checking.enter()
        for model, count in rotation.seal_anew():
            self._say(model._meta.verbose_name_plural, count)
        self._say(_("second factors"), factors.seal_anew())
        self._say(_("photos"), self._each(self._photo, keeping.behind()))
        self._say(_("intakes indexed"), self._each(_index, people_search.behind()))
        photos = keeping.behind()
        if without_lost_photos:
            photos = photos.exclude(pk__in=self.lost)
        is_left = people_search.behind().exists() or photos.exists()
        if is_left or not rotation.is_done():
            self.stderr.write(
                _(
                    "Something is sealed with a former key still. Restart whatever runs "
                    "with the former DATA_KEYS, then run this again. What cannot be read "
                    "is named above."
                )
            )
            # Whatever runs this has to tell somebody.
            sys.exit(1)
        rotation.retire()
        self.stdout.write(
            _("Nothing is sealed with a former key. Backups of before still are.")
        )
        if self.lost:
            sys.exit(1)

    def _say(self, what, count):
        self.stdout.write(f"{what}: {count}")

    def _photo(self, photo):
        try:
            return keeping.seal_anew(photo)
        except FileNotFoundError:
            self.lost.append(photo.pk)
            self.stderr.write(
                _(
                    "The file %(file)s is gone. Bring it back from a backup; if there is "
                    "none, run this with --without-lost-photos."
                )
                % {"file": photo.path}
            )
            return False

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
