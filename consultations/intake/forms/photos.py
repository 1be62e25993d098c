"""Photos of a scar: a form for each, so that each is kept at once."""

from typing import ClassVar

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultations.intake.forms.page import PageForm
from consultations.intake.questions.pages import why_no_photos
from consultations.models import ConsentPurpose, PhotoSlot
from scarclinic.staff import throttle
from scarclinic.staff.decoding import cleaning

HOW = {
    PhotoSlot.DISTANCE: gettext_lazy("An arm’s length away."),
    PhotoSlot.CLOSE_UP: gettext_lazy("Wait until it is sharp."),
    PhotoSlot.SIDE: gettext_lazy("Level with the skin, with light from one side."),
}
"""The slots of the intake, in order, and how to take a photo for each."""
DRAWN_TONE = 4
DRAWN = {
    PhotoSlot.DISTANCE: "photo_away",
    PhotoSlot.CLOSE_UP: "photo_close",
    PhotoSlot.SIDE: "photo_side",
}


class PhotoForm(forms.Form):
    """One photo for one slot. Valid, it holds a clean picture: that takes a second."""

    photo = forms.FileField(
        label=gettext_lazy("Choose a photo"),
        # Without `capture`: that would take away the photos that are there already.
        widget=forms.FileInput(attrs={"accept": "image/*"}),
        error_messages={
            "required": gettext_lazy("Choose a photo first, then send it."),
            "empty": gettext_lazy(
                "This file is empty. Take a screenshot of the photo and send that."
            ),
        },
    )

    def __init__(self, data=None, files=None, *, slot, kept=None, intake=None, **how):
        # All slots are one form of the page: the name says which.
        super().__init__(data, files, **how or {"prefix": slot, "auto_id": "%s"})
        self.intake = intake
        self.slot = PhotoSlot(slot)
        self.kept = kept
        self.how, self.drawing = HOW.get(self.slot), DRAWN.get(self.slot, "")
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.include_media = False
        # A page has several of these, in one form, and its summary above them.
        self.helper.error_summary = False
        self.helper.disable_csrf = self.prefix is not None
        if self.how:
            self.fields["photo"].label = _("Choose a photo: %(slot)s") % {
                "slot": self.slot.label
            }

    def clean_photo(self):
        """Return the picture of what was sent, and nothing else of it."""
        who = str(self.intake.pk)
        if seconds := throttle.spend("photo by intake", who):
            again = date_format(timezone.localtime(throttle.after(seconds)), "H:i")
            raise ValidationError(
                _(
                    "Many photos have come from you. Please send the next after %(again)s."
                )
                % {"again": again}
            )
        try:
            return cleaning.clean(self.cleaned_data["photo"], who=who)
        except cleaning.Unsuitable as found:
            raise ValidationError(found.args[0]) from None


class LaterPhotoForm(PhotoForm):
    """A photo that a patient adds after sending, of one of the scars."""

    scar = forms.ModelChoiceField(
        None,
        label=gettext_lazy("Which scar does it show?"),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": gettext_lazy("Choose the scar that it shows.")},
    )
    field_order = ["scar", "photo"]

    def __init__(self, data=None, files=None, *, intake, scars):
        slot = PhotoSlot.LATER
        super().__init__(data, files, slot=slot, intake=intake, auto_id=f"{slot}-%s")
        reasons = {each: why_no_photos(each) for each in scars}
        self.scars = [each for each, reason in reasons.items() if not reason]
        self.refusals = [each for each in dict.fromkeys(reasons.values()) if each]
        self.fields["scar"].queryset = scars.filter(pk__in=[s.pk for s in self.scars])
        if len(self.scars) == 1 and not self.refusals:
            del self.fields["scar"]

    @property
    def shown_scar(self):
        """Return the scar that the photo shows."""
        return self.cleaned_data.get("scar") or self.scars[0]


class PhotosForm(PageForm):
    """Photos of one scar, for who likes to add some. `PhotoForm`s keep them."""

    template = "consultations/photos.html"
    failed: ClassVar = {}
    """{slot: the `PhotoForm` whose photo cannot be kept}."""

    @property
    def is_agreed(self):
        """Return whether photos may be kept, and are asked for."""
        return self.route.is_agreed(ConsentPurpose.PHOTOS)

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        if not self.is_agreed:
            # Two buttons say it: with photos, or without. Boxes are for a change of mind.
            for purpose in self.boxes.names:
                self.fields[purpose].widget = forms.HiddenInput()

    @property
    def tone(self):
        """Return the phototype in which to draw skin: the patient's, if it is known."""
        phototype = self.route.intake.fitzpatrick
        return phototype if phototype.isdigit() else DRAWN_TONE

    @property
    def asks(self):
        """Return the words that are agreed to by pressing a button, None if agreed."""
        return (
            None if self.is_agreed else self.boxes.versions.get(ConsentPurpose.PHOTOS)
        )

    def save(self):
        """Keep the consent; who has just agreed finds the photos on the same page.

        Who leaves for now has not said whether they agree.
        """
        if self.asks and "later" in self.data:
            self.stays = self.step.key not in self.route.intake.done
            return []
        was_agreed = self.is_agreed
        changed = super().save()
        self.stays = self.is_agreed and not was_agreed
        return changed

    @property
    def added(self):
        """Return the slots of which we have a photo, in order."""
        kept = self.route.photos(self.row)
        return [slot.label for slot in HOW if slot in kept]

    def photo_forms(self):
        """Return a `PhotoForm` for each slot, in order."""
        kept = self.route.photos(self.row)
        forms = {slot: PhotoForm(slot=slot, kept=kept.get(slot)) for slot in HOW}
        for slot, form in self.failed.items():
            form.kept = kept.get(slot)
        return list((forms | self.failed).values())
