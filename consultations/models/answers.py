"""Choices of the coded questions' answers."""

from django import forms
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

UNKNOWN = ("unknown", _("Not sure"))
YES_NO = [("yes", _("Yes")), ("no", _("No")), UNKNOWN]


class AnswerField(models.CharField):
    """The code of an answer to a declared question; empty while not answered."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"max_length": 20, "blank": True} | kwargs)


class ChoiceField(models.CharField):
    """One of a closed list, asked with radio buttons; empty while not answered."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_length", 20)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def formfield(self, **kwargs):
        asked = {
            "label": capfirst(self.verbose_name),
            "choices": self.choices,
            "widget": forms.RadioSelect,
        }
        return forms.ChoiceField(**asked | kwargs)


class Side(models.TextChoices):
    """As the patient feels it, not as a mirror shows it."""

    LEFT = "left", _("Left")
    RIGHT = "right", _("Right")
    BOTH = "both", _("Both sides")
    MIDDLE = "middle", _("In the middle")


class TanRecency(models.TextChoices):
    """The value is the fewest weeks that it can be."""

    UNDER_2 = "0", _("In the last 2 weeks")
    UNDER_4 = "2", _("2 to 4 weeks ago")
    UNDER_6 = "4", _("4 to 6 weeks ago")
    LONGER = "none", _("More than 6 weeks ago, or never")


class FillerRecency(models.TextChoices):
    UNDER_2 = "0", _("In the last 2 weeks")
    LONGER = "none", _("More than 2 weeks ago, or never")


class ResurfacingRecency(models.TextChoices):
    UNDER_4 = "0", _("In the last 4 weeks")
    UNDER_26 = "4", _("4 weeks to 6 months ago")
    LONGER = "none", _("More than 6 months ago, or never")


class TissueDisease(models.TextChoices):
    NONE = "none", _("None of these")
    LUPUS = "lupus", _("Lupus")
    SCLERODERMA = "scleroderma", _("Scleroderma")
    DERMATOMYOSITIS = "dermatomyositis", _("Dermatomyositis")
    EHLERS_DANLOS = "ehlers_danlos", _("Ehlers-Danlos syndrome")
    OTHER = "other", _("Another one")


class PitWidth(models.TextChoices):
    """The value is the width in millimetres that rules reckon with."""

    ONE = "1", _("About 1 mm, like the tip of a pencil")
    TWO = "2", _("About 2 mm")
    THREE = "3", _("About 3 mm, like a grain of rice")
    FOUR = "4", _("About 4 mm")
    MORE = "6", _("5 mm or more, like a pencil’s end")


class AgeUnit(models.TextChoices):
    WEEKS = "weeks", _("weeks")
    MONTHS = "months", _("months")
    YEARS = "years", _("years")


MONTHS_IN = {
    AgeUnit.WEEKS: 7 * 12 / 365.25,
    AgeUnit.MONTHS: 1.0,
    AgeUnit.YEARS: 12.0,
}
