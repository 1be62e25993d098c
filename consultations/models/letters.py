"""E-mails: templates, which staff edit, and letters in the outbox."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consultations.models.consents import languages
from consultations.models.intake import Intake
from scarclinic.staff.private_fields import PrivateTextField


class LetterKind(models.TextChoices):
    LINK = "link", _("The private link, to come back to a draft")
    WARNING = "warning", _("A draft that will be deleted")
    RECEIVED = "received", _("Received")
    QUESTION = "question", _("A question for the patient")
    PLAN = "plan", _("Something to read")
    MOVED = "moved", _("To an address that was replaced")
    SECOND = "second", _("A link for the guardian, or for the young patient")


class LetterTemplate(models.Model):
    """The words of one kind of e-mail. No health word may be in them."""

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
        """Return what is to be sent now, the oldest first: none where somebody must look."""
        due = self.waiting().filter(due_at__lte=now, intake__is_suspected=False)
        return due.order_by("due_at", "pk")

    def waiting(self):
        return self.filter(sent_at__isnull=True, given_up_at__isnull=True)

    def sent(self):
        return self.filter(sent_at__isnull=False)

    def given_up(self):
        return self.filter(given_up_at__isnull=False)


class Letter(models.Model):
    """An e-mail in the outbox. Its text is made when it is sent: no row holds a link."""

    SEALED_BY = ("key",)

    intake = models.ForeignKey(Intake, models.CASCADE, related_name="letters")
    # To whom, if not to who wrote the intake.
    second = models.ForeignKey(
        "SecondAccess", models.CASCADE, null=True, editable=False, related_name="+"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=LetterKind)
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

    def __str__(self):
        return f"{self.get_kind_display()}: {self.intake}"

    @property
    def reader(self):
        """Return whose link and e-mail address it is: a `SecondAccess` or the intake."""
        return self.second or self.intake

    @property
    def to(self):
        """Return the address that it goes to."""
        return self.former_email or self.reader.email

    @property
    def case_number(self):
        """Return the number of the intake, for the ledger."""
        return self.intake_id
