"""Publications that statements rest on."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from methods.protocol.vocabulary import SourceKind


class Source(models.Model):
    """A publication that statements rest on. Its grade is the letter of its code."""

    code = models.CharField(
        _("code"),
        max_length=20,
        unique=True,
        validators=[
            RegexValidator(
                r"^(GK|[GBCDE][A-Za-z0-9-]*)$",
                _("Begin with the grade: G, B, C, D or E; for example C12."),
            )
        ],
        help_text=_("Begins with its grade: G, B, C, D or E. It cannot change later."),
    )
    title = models.CharField(_("title"), max_length=400)
    kind = models.CharField(
        _("kind"), max_length=20, choices=SourceKind, default=SourceKind.WEB_PAGE
    )
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    url = models.URLField(_("address"), max_length=400, blank=True)
    note = models.CharField(
        _("note"), max_length=400, blank=True, help_text=_("For staff.")
    )

    class Meta:
        ordering = ["code"]
        verbose_name = _("source")
        verbose_name_plural = _("sources")

    def __str__(self):
        return f"{self.code}: {self.title}"
