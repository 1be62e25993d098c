"""Messages between patient and clinic, and what a patient says to each treatment."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consultations.models.decisions import Decision
from consultations.models.intake import Intake
from consultations.models.photos import Photo
from consultations.models.second_access import SecondAccess
from scarclinic.staff.private_fields import (
    PrivateQuerySet,
    PrivateTextField,
    RowKeyField,
)


class MessageQuerySet(PrivateQuerySet):
    def of(self, second=None):
        """Return what one of the two links shows: that of who wrote the intake, or the
        second one. Neither reads what the other wrote, or was written."""
        return self.filter(second=second, is_of_former=False)

    def from_patient(self):
        return self.filter(by=None)

    def from_clinic(self):
        return self.filter(by__isnull=False)

    def waiting(self):
        """Return what a patient wrote and nobody has answered, nor said that none need."""
        return self.from_patient().filter(settled_at=None)

    def unread(self):
        """Return what the clinic wrote and the patient has not said to have read."""
        return self.from_clinic().filter(read_at=None)


class Message(models.Model):
    """What a patient wrote to the clinic, or, with `by`, somebody of the clinic to them."""

    SEALED_BY = ("row_key",)
    MOST_LETTERS = 2000

    row_key = RowKeyField()
    # The form's own number: posted twice, it is one message.
    key = models.CharField(max_length=32, editable=False)
    intake = models.ForeignKey(Intake, models.PROTECT, related_name="messages")
    second = models.ForeignKey(
        SecondAccess, models.PROTECT, null=True, related_name="messages"
    )
    # By a second access that was somebody else's, or at another address.
    is_of_former = models.BooleanField(default=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    text = PrivateTextField(_("message"), max_length=MOST_LETTERS, blank=True)
    # The treatment that is asked about, in the words of its plan.
    about = PrivateTextField(_("about"), max_length=200, blank=True)
    photo = models.OneToOneField(
        Photo, models.SET_NULL, null=True, related_name="message"
    )
    sent_at = models.DateTimeField(_("sent"), auto_now_add=True)
    # Of a patient's: by when an answer was promised, and what came of it.
    due_on = models.DateField(_("answer promised for"), null=True)
    settled_at = models.DateTimeField(_("settled"), null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    # Of the clinic's: when the patient said to have read it.
    read_at = models.DateTimeField(_("read"), null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["sent_at", "pk"]
        default_permissions = ()
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        permissions = [("answer_message", _("Can write messages to patients"))]
        constraints = [
            models.UniqueConstraint(
                fields=["intake", "key"], name="consultations_message_once"
            ),
            models.CheckConstraint(
                condition=Q(by__isnull=True, due_on__isnull=False, read_at__isnull=True)
                | Q(
                    by__isnull=False,
                    due_on__isnull=True,
                    settled_at__isnull=True,
                    photo__isnull=True,
                ),
                name="consultations_message_is_of_one_side",
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, settled_by__isnull=True)
                | Q(settled_at__isnull=False, settled_by__isnull=False),
                name="consultations_message_is_settled_whole",
            ),
        ]

    def __str__(self):
        return str(self.intake)

    @property
    def case_number(self):
        """Return the number of the intake, for the ledger."""
        return self.intake_id

    @property
    def is_waiting(self):
        """Return whether it is a patient's that nobody has settled."""
        return self.by_id is None and self.settled_at is None

    @property
    def is_unread(self):
        """Return whether it is the clinic's, and its patient has not read it."""
        return self.by_id is not None and self.read_at is None


class Response(models.Model):
    """What a patient says to one treatment of a signed plan; they may change it.

    The next version of a plan has decisions of its own, and so it asks anew.
    """

    class Answer(models.TextChoices):
        YES = "yes", _("Yes")
        NOT_NOW = "not_now", _("Not now")
        QUESTION = "question", _("I have a question")

    decision = models.OneToOneField(
        Decision, models.CASCADE, related_name="response", editable=False
    )
    answer = models.CharField(_("answer"), max_length=10, choices=Answer)
    said_at = models.DateTimeField(_("said"))

    class Meta:
        default_permissions = ()
        verbose_name = _("answer to a treatment")
        verbose_name_plural = _("answers to treatments")

    def __str__(self):
        return self.get_answer_display()
