"""What a clinician signs alone: which treatments, and up to which level of precaution."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from methods.models import Method
from methods.models.fields import protect
from methods.protocol.vocabulary import Level
from scarclinic.staff.models import Profession


class Scope(models.Model):
    """The scope of one clinician. What is beyond it waits for a doctor's signature.

    Who has none has the scope of their profession: see `scopes.reach_of`.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="scope",
        verbose_name=_("clinician"),
    )
    level = models.CharField(
        _("up to"),
        max_length=10,
        choices=Level,
        default=Level.TEST,
        help_text=_(
            "The heaviest precaution that they decide alone. “A doctor decides first” is "
            "for doctors: they sign prescription medicines, decisions against a card and "
            "cleared red flags, and countersign for others."
        ),
    )
    methods = models.ManyToManyField(
        Method,
        related_name="+",
        blank=True,
        verbose_name=_("treatments"),
        help_text=_("Without any: all."),
    )

    class Meta:
        verbose_name = _("scope of a clinician")
        verbose_name_plural = _("scopes of clinicians")

    def __str__(self):
        return f"{self.user}: {self.get_level_display()}"

    @property
    def is_beyond_profession(self):
        """Return whether a doctor's level was given to somebody who is none."""
        return self.level == Level.DOCTOR and self.user.profession != Profession.DOCTOR

    def clean(self):
        if self.user_id and self.is_beyond_profession:
            raise ValidationError(
                {
                    "level": _(
                        "%(name)s is no doctor: choose a lower level. If they are one, "
                        "enter the profession in their account first."
                    )
                    % {"name": self.user.display_name}
                }
            )


# Without its last treatment a scope would be of all.
protect(Scope.methods, "method")
