"""Messages that clinicians begin with."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from methods.protocol.coded_findings import RedFlagCode


class MessageTemplate(models.Model):
    """A message that clinicians begin with when they write to a patient."""

    class Use(models.TextChoices):
        NOTE = "note", _("Message to the patient")
        HOME_CARE = "home_care", _("Care at home")
        SUN = "sun", _("Sun protection")
        QUESTION = "question", _("Question to the patient")

    use = models.CharField(_("for"), max_length=10, choices=Use)
    # It is offered first, and only, where this flag stands.
    red_flag = models.CharField(
        _("for the red flag"), max_length=40, choices=RedFlagCode, blank=True
    )
    title = models.CharField(_("title"), max_length=80)
    text = models.TextField(_("text"), max_length=2000)
    position = models.PositiveSmallIntegerField(_("order"), default=1000)

    class Meta:
        ordering = ["use", "position", "title"]
        verbose_name = _("message template")
        verbose_name_plural = _("message templates")

    def __str__(self):
        return self.title
