"""Accounts of the people who work here."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class Profession(models.TextChoices):
    """What somebody may decide depends on it; without one, as little as possible."""

    DOCTOR = "doctor", _("Doctor")
    NURSE = "nurse", _("Nurse")
    COSMETOLOGIST = "cosmetologist", _("Cosmetologist")
    OTHER = "other", _("Another profession")


class User(AbstractUser):
    """A staff account. To sign plans it needs a registration number."""

    profession = models.CharField(
        _("profession"), max_length=20, choices=Profession, blank=True
    )
    registration_number = models.CharField(
        _("registration number"),
        max_length=40,
        blank=True,
        help_text=_("Needed to sign plans: patients can check it."),
    )
    has_keys = models.BooleanField(
        _("keys of one letter"), default=True, editable=False
    )

    class Meta(AbstractUser.Meta):
        verbose_name = _("user")
        verbose_name_plural = _("users")

    @property
    def display_name(self):
        """Return the full name, else the user name."""
        return self.get_full_name() or self.get_username()


class AccountChange(models.Model):
    """A change of an account that gives power, and so waits for a second administrator.

    `changes` is {field: new value}: rights as lists of primary keys to add; "factors" to
    take the second factors away; "old_email" is the address of before, to be told.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        verbose_name=_("account"),
        related_name="changes",
        editable=False,
    )
    changes = models.JSONField(editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("asked for by"),
        related_name="+",
        editable=False,
    )
    asked_at = models.DateTimeField(_("asked for on"), auto_now_add=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("settled by"),
        related_name="+",
        null=True,
        editable=False,
    )
    settled_at = models.DateTimeField(_("settled on"), null=True, editable=False)
    is_confirmed = models.BooleanField(_("confirmed"), null=True, editable=False)

    class Meta:
        verbose_name = _("change of an account")
        verbose_name_plural = _("changes of accounts")
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(settled_at=None),
                name="staff_accountchange_one_waits",
            ),
            models.CheckConstraint(
                condition=models.Q(settled_at=None, settled_by=None, is_confirmed=None)
                | models.Q(
                    settled_at__isnull=False,
                    settled_by__isnull=False,
                    is_confirmed__isnull=False,
                ),
                name="staff_accountchange_settled_is_whole",
            ),
            models.CheckConstraint(
                condition=~models.Q(is_confirmed=True)
                | ~models.Q(settled_by=models.F("asked_by")),
                name="staff_accountchange_by_two",
            ),
        ]

    def __str__(self):
        return str(self.user)


class TokenBucket(models.Model):
    """A rate limit's state for one of those it counts, who stays unnamed: a keyed hash.

    `full_at` is Unix time, seconds: when the bucket is full again if nobody spends.
    """

    key = models.CharField(max_length=64, primary_key=True)
    full_at = models.FloatField(db_index=True)

    def __str__(self):
        return self.key


class DataKey(models.Model):
    """A key that seals data of this database: its id, and a known text sealed with it.

    `scarclinic.staff.encryption.checking` writes and reads it. The key itself stands in no database.
    """

    key_id = models.CharField(max_length=8, unique=True)
    check_value = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self):
        return self.key_id


class Heartbeat(models.Model):
    """When something that has to run again and again ran last: worker, prune, backup.

    `scarclinic.staff.heartbeats` writes and reads it.
    """

    name = models.CharField(max_length=20, unique=True)
    at = models.DateTimeField()

    def __str__(self):
        return self.name


class Action(models.TextChoices):
    """What an `Event` can record: a closed list. CONTRIBUTING.md says how to add one."""

    INTAKE_SUBMITTED = "intake_submitted", _("Intake sent")
    INTAKE_WITHDRAWN = "intake_withdrawn", _("Intake withdrawn")
    INTAKE_ERASED = "intake_erased", _("Intake erased")
    INTAKE_EXPIRED = "intake_expired", _("Intake deleted, its time being over")
    ERASED_AGAIN = "erased_again", _("Erased again, a backup being restored")
    PERSON_CONFIRMED = "person_confirmed", _("Found to be from a person")
    SPAM_DELETED = "spam_deleted", _("Deleted, as not from a person")
    ERASURE_ASKED = "erasure_asked", _("Erasure asked for")
    ERASURE_REFUSED = "erasure_refused", _("Erasure refused")
    CONSENT_DECIDED = "consent_decided", _("Consent decided")
    CONSENT_WITHDRAWN = "consent_withdrawn", _("Consent withdrawn")
    LINK_RENEWED = "link_renewed", _("Private link renewed")
    LINK_ENDED = "link_ended", _("Private link ended")
    LINK_OPENED = "link_opened", _("Private link opened in a new browser")
    DATE_GUESSED = "date_guessed", _("Wrong date of birth at a private link")
    CONTACT_READ = "contact_read", _("Name and contact read")
    LIST_READ = "list_read", _("List of patients read")
    PEOPLE_SEARCHED = "people_searched", _("People searched")
    DATA_EXPORTED = "data_exported", _("Data downloaded by the patient")
    PLAN_READ = "plan_read", _("Plan read")
    PLAN_CLAIMED = "plan_claimed", _("Plan claimed")
    PLAN_RELEASED = "plan_released", _("Plan released")
    PLAN_ASSIGNED = "plan_assigned", _("Plan assigned")
    PLAN_TAKEN_OVER = "plan_taken_over", _("Plan taken over from a colleague")
    PLAN_HANDED_OVER = "plan_handed_over", _("Plan handed over to a colleague")
    FIRST_LOOK_NOTED = "first_look_noted", _("First impression noted")
    PLAN_DECIDED = "plan_decided", _("Plan decided")
    PLAN_SIGNED = "plan_signed", _("Plan signed")
    PLAN_PROPOSED = "plan_proposed", _("Plan signed, to be countersigned")
    PLAN_RECALLED = "plan_recalled", _("Patient called about a plan")
    RECALL_SET = "recall_set", _("Recall of a patient set")
    RECALL_MOVED = "recall_moved", _("Recall of a patient moved")
    RECALL_DONE = "recall_done", _("Patient asked back")
    RECALL_WITHDRAWN = "recall_withdrawn", _("Recall of a patient withdrawn")
    EXAMINED = "examined", _("Finding of an examination noted")
    CARDS_REDEALT = "cards_redealt", _("Cards dealt anew by a new protocol")
    PLAN_AMENDED = "plan_amended", _("Plan amended")
    PLAN_PRINTED = "plan_printed", _("Plan printed")
    ANSWERS_PRINTED = "answers_printed", _("Answers printed")
    PHOTO_VIEWED = "photo_viewed", _("Photo viewed")
    WORRY_NOTED = "worry_noted", _("Safeguarding note written")
    WORRY_READ = "worry_read", _("Safeguarding notes read")
    QUESTION_ASKED = "question_asked", _("Question asked")
    QUESTION_ANSWERED = "question_answered", _("Question answered")
    MESSAGE_SENT = "message_sent", _("Message sent by the patient")
    MESSAGE_ANSWERED = "message_answered", _("Message sent to the patient")
    MESSAGES_NOTED = "messages_noted", _("Messages settled without an answer")
    MESSAGES_READ = "messages_read", _("Messages read by the patient")
    PLAN_RESPONDED = "plan_responded", _("Plan answered by the patient")
    NUMBERS_EXPORTED = "numbers_exported", _("Statistics downloaded")
    CONTACT_CORRECTED = "contact_corrected", _("Contact corrected by the patient")
    CONTACT_MENDED = "contact_mended", _("Contact corrected by the clinic")
    CALLER_CHECKED = "caller_checked", _("Caller named the right date of birth")
    CALLER_REFUSED = "caller_refused", _("Caller named a wrong date of birth")
    CALL_NOTED = "call_noted", _("Call noted")
    ANSWERS_CORRECTED = "answers_corrected", _("Answers corrected by the patient")
    HISTORY_LINKED = "history_linked", _("Intakes found to be of one person")
    HISTORY_PARTED = "history_parted", _("Intakes found to be of two persons")
    PHOTO_ADDED = "photo_added", _("Photo added by the patient")
    PHOTO_REMOVED = "photo_removed", _("Photo removed by the patient")
    PHOTO_REFUSED = "photo_refused", _("Photo removed, as none may be kept")
    LETTER_SENT = "letter_sent", _("E-mail or text message handed over for sending")
    LETTER_PRINTED = "letter_printed", _("Letter printed")
    LETTERS_RETRIED = "letters_retried", _("E-mails sent again")
    PICTURES_WITHDRAWN = "pictures_withdrawn", _("Pictures withdrawn")
    PUBLISHED = "published", _("Published")
    UNPUBLISHED = "unpublished", _("Unpublished")
    LOOSENING_ASKED = "loosening_asked", _("Loosening asked for")
    LOOSENING_CONFIRMED = "loosening_confirmed", _("Loosening confirmed")
    LOOSENING_REFUSED = "loosening_refused", _("Loosening refused")
    LOOSENING_VOID = "loosening_void", _("Loosening void")
    REVERTED = "reverted", _("Reverted")
    PROTOCOL_APPROVED = "protocol_approved", _("Protocol approved")
    MOVED = "moved", _("Address changed")
    LOGIN = "login", _("Logged in")
    LOGIN_FAILED = "login_failed", _("Log-in failed")
    PASSWORD_CHANGED = "password_changed", _("Password changed")
    FACTOR_ADDED = "factor_added", _("Second factor added")
    FACTOR_REMOVED = "factor_removed", _("Second factor removed")
    FACTORS_RESET = "factors_reset", _("Second factors taken away")
    CODES_RENEWED = "codes_renewed", _("Recovery codes made anew")
    CODE_USED = "recovery_code_used", _("Recovery code used")
    SESSIONS_ENDED = "sessions_ended", _("Sessions ended")
    RESET_LINK_SENT = "reset_link_sent", _("Link for a new password sent")
    CHANGE_ASKED = "change_asked", _("Change of an account asked for")
    CHANGE_CONFIRMED = "change_confirmed", _("Change of an account confirmed")
    CHANGE_REFUSED = "change_refused", _("Change of an account refused")
    ACCOUNT_ADDED = "account_added", _("Account added")
    ACCOUNT_CHANGED = "account_changed", _("Account changed")
    ACCOUNT_DELETED = "account_deleted", _("Account deleted")
    LEDGER_SHORTENED = "ledger_shortened", _("Old events removed")


class Event(models.Model):
    """A row of the audit log (the ledger): who read or did what, when; never its text.

    The subject is named by model and number alone, so that the row outlives it. Only
    `ledger.record` makes one: it gives the number and the MAC.
    """

    at = models.DateTimeField(_("when"), editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("who"),
        null=True,
        editable=False,
        related_name="events",
    )
    action = models.CharField(
        _("action"), max_length=20, choices=Action, editable=False
    )
    subject_model = models.CharField(_("kind"), max_length=100, editable=False)
    subject_id = models.PositiveBigIntegerField(_("number"), null=True, editable=False)
    # The patient's intake, whichever of its rows the event is about.
    case_id = models.PositiveBigIntegerField(_("case"), null=True, editable=False)
    # Of a list that was read: how many rows it showed.
    row_count = models.PositiveIntegerField(_("rows"), null=True, editable=False)
    mac = models.CharField(max_length=64, editable=False)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index("at", name="staff_event_at"),
            models.Index("subject_model", "subject_id", name="staff_event_subject"),
            models.Index("case_id", name="staff_event_case"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(action__in=Action),
                name="staff_event_action_is_known",
            )
        ]

    def __str__(self):
        return f"{self.get_action_display()} {self.subject}"

    @property
    def subject(self):
        """Return the kind and number of what the event is about, "" of nothing known."""
        known = [self.subject_model, self.subject_id]
        return " ".join(str(each) for each in known if each not in ("", None))

    @property
    def sealed(self):
        """Return every column but the MAC, which is over them."""
        about = (self.subject_model, self.subject_id, self.case_id, self.row_count)
        return (self.pk, self.at, self.by_id, str(self.action), *about)


class ChainLink(models.Model):
    """A link of the ledger's chain: binds an event to the link before. Append-only."""

    sequence = models.PositiveBigIntegerField(primary_key=True)
    # The row outlives its event, if somebody deletes that: so it is found out.
    event = models.OneToOneField(
        Event, models.DO_NOTHING, db_constraint=False, related_name="link"
    )
    at = models.DateTimeField()
    hash = models.CharField(max_length=64)

    def __str__(self):
        return str(self.sequence)

    @property
    def sealed(self):
        """Return what its hash is over, before the event's MAC and the hash before."""
        return (self.sequence, self.event_id, self.at)


class ChainHead(models.Model):
    """The end of the chain, and when somebody last looked for more: one row, the lock."""

    ONLY = 1

    sequence = models.PositiveBigIntegerField()
    hash = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    mac = models.CharField(max_length=64)

    def __str__(self):
        return str(self.sequence)

    @property
    def sealed(self):
        """Return every column but the MAC, which is over them."""
        return (self.pk, self.sequence, self.hash, self.at)


class Checkpoint(models.Model):
    """Where the chain begins since old events were removed in time. Append-only."""

    sequence = models.PositiveBigIntegerField(primary_key=True)
    hash = models.CharField(max_length=64)
    at = models.DateTimeField()
    mac = models.CharField(max_length=64)

    def __str__(self):
        return str(self.sequence)

    @property
    def sealed(self):
        """Return every column but the MAC, which is over them."""
        return (self.sequence, self.hash, self.at)
