import secrets
from datetime import time, timedelta

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from consultations import demo
from consultations.models import Intake
from methods.models import (
    Clinic,
    Method,
    Notice,
    OpeningHours,
    Person,
)
from methods.protocol.vocabulary import NoticeLevel, Weekday
from methods.publishing import editions
from scarclinic.staff.models import Profession, User

CONSONANTS = "bdfghjklmnprstvz"
VOWELS = "aeiou"

# Nobody has this number or this address: they are kept free for examples.
CLINIC = {
    "name": "Scar clinic",
    "street": "1 Example Street",
    "postal_code": "EX1 1EX",
    "town": "Sampletown",
    "country": "United Kingdom",
    "country_code": "GB",
    "telephone": "+44 20 7946 0123",
    "email": "desk@clinic.example",
    "currency": "GBP",
    "emergency_number": "999",
    "support_line": "Samaritans: 116 123, free, day and night\nShout: text SHOUT to 85258",
    "map_url": "https://www.openstreetmap.org/#map=17/51.5074/-0.1278",
    "how_to_come": (
        "Bus 12 stops at the door (demonstration).\n"
        "Step-free from the street; a lift to the first floor."
    ),
}
HOURS = [
    *((day, time(9), time(17)) for day in (Weekday.MONDAY, Weekday.WEDNESDAY)),
    *((day, time(9), time(12, 30)) for day in (Weekday.TUESDAY, Weekday.THURSDAY)),
    *((day, time(14), time(19)) for day in (Weekday.TUESDAY, Weekday.THURSDAY)),
    (Weekday.FRIDAY, time(9), time(14)),
]
PEOPLE = [
    {
        "name": "Dr Ada Example",
        "profession": "Dermatologist",
        "registration": "DEMO-0002",
        "about": "Sees every scar before a laser, a needle or a knife comes near it.",
        "gives": (
            "vascular-laser non-ablative-fractional-laser fractional-ablative-laser "
            "full-field-ablative-laser subcision punch-excision surgical-excision "
            "dermabrasion tca-cross rf-microneedling microneedling-prp mesotherapy "
            "steroid-injection steroid-5fu-injection dermal-filler cryotherapy "
            "prescription-pigment-cream"
        ),
    },
    {
        "name": "Demo Cosmetologist",
        "profession": "Cosmetologist",
        "registration": "DEMO-0001",
        "about": "Reads your answers, decides about each treatment, and signs your plan.",
        "gives": (
            "microneedling fruit-acid-peel mandelic-peel salicylic-peel scar-massage "
            "silicone pressure-therapy"
        ),
    },
]
REGISTERED = {
    "Cosmetologist": (Profession.COSMETOLOGIST, "DEMO-0001"),
    "Doctor": (Profession.DOCTOR, "DEMO-0002"),
}
HOLIDAYS = "Closed for holidays"
NOTICE = "This is a demonstration. No clinic reads what you send."


def readable_password():
    """Return four pairs of syllables, 50 bits: "kuvo-mira-tepo-salu"."""
    syllables = [
        secrets.choice(CONSONANTS) + secrets.choice(VOWELS) for _number in range(8)
    ]
    return "-".join(map("".join, zip(syllables[::2], syllables[1::2], strict=True)))


class Command(BaseCommand):
    """Make an account for each role, and a clinic at work to try the site with.

    Only where DEBUG is on. What is there already stays as it is.
    """

    help = __doc__

    @transaction.atomic
    def handle(self, **options):
        if not settings.DEBUG:
            raise CommandError(_("Demo accounts are made only where DEBUG is on."))
        users = {
            role: self.ensure_account(role)
            for role in ("Front desk", "Editor", "Cosmetologist", "Administrator")
        }
        # Countersigns; a doctor has a cosmetologist's rights, and a doctor's profession.
        doctor = self.ensure_account("Doctor", group="Cosmetologist")
        doctor.groups.add(Group.objects.get(name="Lead doctor"))
        self.ensure_clinic(editor=users["Editor"])
        self.ensure_patients(
            clinician=users["Cosmetologist"], front_desk=users["Front desk"]
        )

    def ensure_clinic(self, *, editor):
        clinic, _made = Clinic.objects.get_or_create(pk=Clinic.ONLY)
        if clinic.street or clinic.telephone or clinic.email:
            return
        for name, value in CLINIC.items():
            setattr(clinic, name, value)
        clinic.full_clean()
        clinic.save()
        for day, opens, closes in HOURS:
            OpeningHours.objects.create(
                clinic=clinic, weekday=day, opens=opens, closes=closes
            )
        holidays = timezone.localdate() + timedelta(days=30)
        clinic.closed_days.create(
            starts_on=holidays, ends_on=holidays + timedelta(days=6), words=HOLIDAYS
        )
        for position, person in enumerate(PEOPLE, start=1):
            details = {key: text for key, text in person.items() if key != "gives"}
            made = Person.objects.create(position=position, **details)
            made.methods.set(Method.objects.filter(slug__in=person["gives"].split()))
        Notice.objects.create(text=NOTICE, level=NoticeLevel.IMPORTANT)
        editions.renew()
        demo.publish_prices(by=editor)
        demo.show_results(by=editor)

    def ensure_patients(self, *, clinician, front_desk):
        if Intake.objects.exists():
            return
        patients = demo.make_patients(clinician=clinician, front_desk=front_desk)
        signed = patients["Sofia Rossi"]
        message = _("%(name)s has a signed plan: %(link)s (born %(born)s)")
        self.stdout.write(
            message
            % {
                "name": signed.name,
                "link": f"{settings.SITE_URL}{demo.link_of(signed)}",
                "born": date_format(signed.date_of_birth),
            }
        )

    def ensure_account(self, role, *, group=""):
        name = role.lower().replace(" ", "-")
        if user := User.objects.filter(username=name).first():
            message = _(
                "%(name)s exists. New password: manage.py changepassword %(name)s"
            )
            self.stdout.write(message % {"name": name})
            return user
        password = readable_password()
        user = User.objects.create_user(
            name,
            password=password,
            first_name="Demo",
            last_name=role,
            is_staff=True,
            is_superuser=role == "Administrator",
        )
        if role in REGISTERED:
            user.profession, user.registration_number = REGISTERED[role]
            user.save()
        user.groups.add(Group.objects.get(name=group or role))
        message = _("New account at /admin/: %(name)s, password %(password)s")
        self.stdout.write(message % {"name": name, "password": password})
        return user
