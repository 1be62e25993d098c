"""Letters by e-mail, SMS and post: templates, which staff edit, and the outbox."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consultations.models.consents import languages
from consultations.models.contact import NEEDS, Way
from consultations.models.intake import Intake
from scarclinic.staff.private_fields import PrivateTextField


class LetterKind(models.TextChoices):
    LINK = "link", _("The private link, to come back to a draft")
    WARNING = "warning", _("A draft that will be deleted")
    RECEIVED = "received", _("Received")
    QUESTION = "question", _("A question for the patient")
    PLAN = "plan", _("Something to read")
    MESSAGE = "message", _("A message")
    MOVED = "moved", _("To an address that was replaced")
    SECOND = "second", _("A link for the guardian, or for the young patient")


BY_EMAIL_ONLY = (LetterKind.MOVED, LetterKind.SECOND)
"""What needs no text message: it goes to another address than the patient's."""


class LetterTemplate(models.Model):
    """The words of one kind of letter. No health word may be in them."""

    kind = models.CharField(_("kind"), max_length=10, choices=LetterKind)
    language = models.CharField(_("language"), max_length=12, choices=languages)
    subject = models.CharField(_("subject"), max_length=120)
    body = models.TextField(
        _("text"),
        max_length=3000,
        help_text=_(
            "Plain text. {link} becomes the private link; {reference}, {telephone} and "
            "{until} what they say. No name, nothing about the body or its treatment: "
            "somebody else may see it."
        ),
    )

    sms = models.CharField(
        _("text message"),
        max_length=120,
        blank=True,
        help_text=_(
            "Short, with {link}: the short address of the private page takes its place."
        ),
    )

    class Meta:
        ordering = ["language", "kind"]
        verbose_name = _("e-mail text")
        verbose_name_plural = _("e-mail texts")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "language"], name="consultations_letter_template_once"
            )
        ]

    def __str__(self):
        return f"{self.get_kind_display()} ({self.language})"


class LetterQuerySet(models.QuerySet):
    def due(self, now):
        """Return what is to be sent now, the oldest first: none where somebody must look.

        A letter on paper is sent by nobody but a person: see `to_print`.
        """
        due = self.waiting().filter(due_at__lte=now, intake__is_suspected=False)
        return due.exclude(channel=Way.LETTER).order_by("due_at", "pk")

    def to_print(self):
        """Return what waits to be printed, the oldest first."""
        return (
            self.waiting()
            .filter(channel=Way.LETTER, intake__is_suspected=False)
            .order_by("created_at", "pk")
        )

    def waiting(self):
        return self.filter(sent_at__isnull=True, given_up_at__isnull=True)

    def sent(self):
        return self.filter(sent_at__isnull=False)

    def given_up(self):
        return self.filter(given_up_at__isnull=False)


class Letter(models.Model):
    """An e-mail, SMS or letter on paper in the outbox. Its text is made when it is sent: no row holds a link."""

    SEALED_BY = ("key",)

    intake = models.ForeignKey(Intake, models.CASCADE, related_name="letters")
    # To whom, if not to who wrote the intake.
    second = models.ForeignKey(
        "SecondAccess", models.CASCADE, null=True, editable=False, related_name="+"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=LetterKind)
    channel = models.CharField(
        _("by"), max_length=10, choices=Way.choices, default=Way.EMAIL
    )
    # What the letter is about: the same letter is written once, however often asked for.
    key = models.CharField(max_length=80, unique=True, editable=False)
    # Where it goes if not to the address that the intake has when it is sent.
    former_email = PrivateTextField(max_length=254, blank=True, editable=False)
    created_at = models.DateTimeField(_("written"), auto_now_add=True)
    # When to send, or send again. While a worker sends it: when the worker's lease ends.
    due_at = models.DateTimeField(_("due"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.CharField(_("last error"), max_length=120, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True)
    given_up_at = models.DateTimeField(_("given up"), null=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("e-mail")
        verbose_name_plural = _("e-mails")
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(sent_at__isnull=True, given_up_at__isnull=True),
                name="consultations_letter_due",
            ),
            models.Index(
                fields=["sent_at"],
                condition=Q(sent_at__isnull=False),
                name="consultations_letter_sent",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(given_up_at__isnull=True),
                name="consultations_letter_is_sent_or_given_up",
            )
        ]
        permissions = [("print_letter", _("Can print letters to patients"))]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.intake}"

    @property
    def reader(self):
        """Return whose link and e-mail address it is: a `SecondAccess` or the intake."""
        return self.second or self.intake

    @property
    def to(self):
        """Return the address that it goes to."""
        if self.second:
            return self.second.email
        return self.former_email or getattr(self.intake, NEEDS[self.channel])

    @property
    def case_number(self):
        """Return the number of the intake, for the ledger."""
        return self.intake_id
