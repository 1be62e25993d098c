import secrets

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from consultations.models import Clinician

CONSONANTS = "bdfghjklmnprstvz"
VOWELS = "aeiou"


def readable_password():
    """Return four pairs of syllables, 50 bits: "kuvo-mira-tepo-salu"."""
    syllables = [
        secrets.choice(CONSONANTS) + secrets.choice(VOWELS) for _number in range(8)
    ]
    return "-".join(map("".join, zip(syllables[::2], syllables[1::2], strict=True)))


class Command(BaseCommand):
    """Make an account for each role, to try the site with. Only where DEBUG is on."""

    help = __doc__

    @transaction.atomic
    def handle(self, **options):
        if not settings.DEBUG:
            raise CommandError(_("Demo accounts are made only where DEBUG is on."))
        for role in ("Editor", "Cosmetologist", "Administrator"):
            self.ensure_account(role)

    def ensure_account(self, role):
        name = role.lower()
        if User.objects.filter(username=name).exists():
            message = _(
                "%(name)s exists. New password: manage.py changepassword %(name)s"
            )
            self.stdout.write(message % {"name": name})
            return
        password = readable_password()
        user = User.objects.create_user(
            name,
            password=password,
            first_name="Demo",
            last_name=role,
            is_staff=True,
            is_superuser=role == "Administrator",
        )
        user.groups.add(Group.objects.get(name=role))
        if role == "Cosmetologist":
            Clinician.objects.create(user=user, registration_number="DEMO-0001")
        message = _("New account at /admin/: %(name)s, password %(password)s")
        self.stdout.write(message % {"name": name, "password": password})
