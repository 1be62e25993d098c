"""The second access: patient and guardian of 16 and 17 each have a link of their own."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from consultations.models.consents import (
    OF_BOTH,
    ConsentDecision,
    ConsentPurpose,
    DecidedBy,
)
from consultations.models.intake import Intake
from consultations.models.private_links import PrivateLink, hashed
from scarclinic.staff.private_fields import PrivateTextField, RowKeyField


class SecondAccessQuerySet(models.QuerySet):
    def with_token(self, token):
        """Return what a private link opens, as a queryset of one or none."""
        return self.filter(token_hash=hashed(token))

    def awaited(self):
        """Return those whose consent is needed and was not given."""
        latest = ConsentDecision.objects.filter(
            second=models.OuterRef("pk"),
            version__text__purpose=ConsentPurpose.ASSESSMENT,
        ).order_by("-pk")
        agreed = models.Subquery(latest.values("is_given")[:1])
        return self.alias(agreed=agreed).filter(
            models.Q(agreed=None) | models.Q(agreed=False), must_agree=True
        )


class SecondAccess(PrivateLink):
    """The link of the one who did not write the intake: `who` it is, a `DecidedBy`.

    It reads the same plan, and no answers. It has a token, a count of wrong dates, an
    address and consents of its own: neither link opens the other's pages, and neither
    ends with the other. A guardian's ends when the patient is of age.
    """

    SEALED_BY = ("row_key",)
    sent_with_hash = None
    """No browser has sent anything with it: see `devices.holds`."""

    row_key = RowKeyField()
    intake = models.OneToOneField(
        Intake, models.CASCADE, related_name="second_access", editable=False
    )
    who = models.CharField(
        max_length=10,
        choices=[each for each in DecidedBy.choices if each[0] != DecidedBy.CLINIC],
        editable=False,
    )
    # A patient of that age always; a guardian where the clinic's country asks for it.
    must_agree = models.BooleanField(editable=False)
    email = PrivateTextField(_("e-mail"), max_length=254, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SecondAccessQuerySet.as_manager()

    class Meta:
        verbose_name = _("second access")
        verbose_name_plural = _("second accesses")

    def __str__(self):
        return f"{self.intake}: {self.get_who_display()}"

    @property
    def case_number(self):
        """Return the number of the intake, for the ledger."""
        return self.intake_id

    @property
    def date_of_birth(self):
        """Return what a new browser has to know: the patient's, counted by itself."""
        return self.intake.date_of_birth

    @property
    def name(self):
        return self.intake.guardian_name if self.is_guardian else self.intake.name

    @property
    def is_guardian(self):
        return self.who == DecidedBy.GUARDIAN

    @property
    def is_link_over(self):
        return super().is_link_over or (self.is_guardian and self.intake.is_of_age)

    # Consent

    @property
    def has_agreed(self):
        """Return whether it has agreed to the assessment. One query."""
        return self.intake.consents.is_agreed(ConsentPurpose.ASSESSMENT, self)

    @property
    def is_needed(self):
        """Return whether this one must agree, today: no guardian of an adult."""
        return self.must_agree and not (self.is_guardian and self.intake.is_of_age)

    @property
    def is_awaited(self):
        """Return whether no plan is signed before this one agrees."""
        return self.is_needed and not self.has_agreed

    def allows(self, purpose):
        """Return whether this one agrees to a purpose of both, or need not. One query.

        Who was never asked has not agreed.
        """
        if purpose not in OF_BOTH or not self.is_needed:
            return True
        return self.intake.consents.is_agreed(purpose, self)
