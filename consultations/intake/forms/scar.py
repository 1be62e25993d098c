"""The pages about one scar: cause, age, place, look, and what has been tried."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations.intake.forms.base import CompactRadios, PictureRadios, StepForm
from consultations.models import MONTHS_IN, Scar
from methods.protocol.vocabulary import (
    BeyondEdges,
    BodySite,
    Colour,
    Elevation,
    PitDepth,
    PitShape,
    PulledFeature,
    ScarCause,
    ScarTypeCode,
    SelfHarmStatus,
    Stripes,
    Width,
)

OLDEST_MONTHS = 12 * 120


class CauseForm(StepForm):
    slug = "scar-cause"
    title = lazy("What caused the scar")
    intro = lazy("We ask because some causes need other care than others.")

    class Meta:
        model = Scar
        fields = ["scar_cause"]
        labels = {"scar_cause": lazy("What caused the scar?")}
        help_texts = {"scar_cause": lazy("Choose what fits. There is no wrong answer.")}


# A page that is asked of some only has an address that does not tell why: addresses are
# kept in logs and histories.


class SelfHarmForm(StepForm):
    slug = "scar-since"
    title = lazy("Thank you for telling us")
    intro = lazy(
        "Many people carry such scars, and we treat them like any other. One question "
        "helps us to look after you well. If you might hurt yourself now, please call "
        "your local emergency number or a crisis line: someone is there to listen."
    )

    class Meta:
        model = Scar
        fields = ["self_harm_status"]
        labels = {"self_harm_status": lazy("When did you last hurt yourself?")}

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        self.fields["self_harm_status"].choices = [
            (SelfHarmStatus.ONGOING, _("It still happens")),
            (SelfHarmStatus.RECENT_12M, _("In the last 12 months")),
            (SelfHarmStatus.PAST_STABLE, _("More than 12 months ago")),
            ("unknown", _("I am not sure, or would rather not say")),
        ]

    @classmethod
    def applies(cls, scar):
        return scar.scar_cause == ScarCause.SELF_HARM


class AgeForm(StepForm):
    slug = "scar-age"
    title = lazy("How old the scar is")

    class Meta:
        model = Scar
        fields = ["age_amount", "age_unit", "wound_closed"]
        labels = {
            "age_amount": lazy("How long ago did the wound close?"),
            "age_unit": lazy("Weeks, months or years?"),
            "wound_closed": lazy("Is the skin fully closed now?"),
        }
        help_texts = {
            "age_amount": lazy("A number; your closest guess is good enough."),
            "wound_closed": lazy("No scab, no stitches, nothing that weeps."),
        }
        widgets = {
            "age_amount": forms.NumberInput(attrs={"min": 0}),
            "wound_closed": CompactRadios,
        }

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        # It may stay empty only with "Not sure", which is not "optional".
        self.helper.mark_optional = False

    def clean(self):
        unit = self.cleaned_data.get("age_unit")
        amount = self.cleaned_data.get("age_amount")
        if unit in MONTHS_IN and amount is None and "age_amount" not in self.errors:
            self.add_error(
                "age_amount", _("Type a number, or choose “Not sure” below it.")
            )
        elif unit in MONTHS_IN and amount and amount * MONTHS_IN[unit] > OLDEST_MONTHS:
            self.add_error("age_amount", _("Check the number: this is too long ago."))
        return self.cleaned_data

    def facts(self, on):
        facts = {"wound_closed": self.instance.wound_closed or "unknown"}
        if self.instance.age_months is not None:
            facts["scar_age_months"] = self.instance.age_months
        return facts


class PlaceForm(StepForm):
    slug = "scar-place"
    title = lazy("Where the scar is")
    groups = [
        (lazy("Head and neck"), "face eyelid lip ear jawline neck scalp"),
        (lazy("Front of the body"), "chest breast abdomen"),
        (lazy("Back of the body"), "upper_back lower_back"),
        (lazy("Shoulder, arm and hand"), "shoulder upper_arm arm elbow hand"),
        (lazy("Leg and foot"), "thigh knee leg foot"),
    ]

    class Meta:
        model = Scar
        fields = ["body_site", "side"]
        labels = {
            "body_site": lazy("Where is the scar?"),
            "side": lazy("On which side?"),
        }
        help_texts = {
            "body_site": lazy("If it is in two places, add a second scar later."),
            "side": lazy("Your own left and right, not those in a mirror."),
        }
        # A place and its drawing have the same name.
        widgets = {
            "body_site": PictureRadios({site: site for site in BodySite.values}),
            "side": CompactRadios,
        }

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        self.fields["side"].required = False
        labels = dict(self.fields["body_site"].choices)
        self.fields["body_site"].choices = [
            *(
                (heading, [(site, labels.pop(site)) for site in sites.split()])
                for heading, sites in self.groups
            ),
            *labels.items(),
        ]

    def facts(self, on):
        facts = super().facts(on)
        facts.pop("side", None)
        return facts


class LookForm(StepForm):
    slug = "scar-look"
    title = lazy("How the scar feels under a finger")

    class Meta:
        model = Scar
        fields = ["elevation", "stripes"]
        labels = {
            "elevation": lazy("Run a finger over the scar. How is it?"),
            "stripes": lazy("Is it a group of parallel stripes (stretch marks)?"),
        }
        help_texts = {"stripes": lazy("Often on the belly, thighs, breasts or hips.")}
        widgets = {
            "elevation": PictureRadios(
                {
                    Elevation.RAISED: "raised",
                    Elevation.FLAT: "flat",
                    Elevation.DEPRESSED: ScarTypeCode.ATROPHIC_OTHER,
                    Elevation.MIXED: "raised_and_sunken",
                }
            ),
            "stripes": PictureRadios(
                {
                    Stripes.NONE: "skin",
                    Stripes.RED_PURPLE: ScarTypeCode.STRIAE_RUBRA,
                    Stripes.WHITE_SILVER: ScarTypeCode.STRIAE_ALBA,
                },
                tone=5,
            ),
        }


class ColourForm(StepForm):
    slug = "scar-colour"
    title = lazy("Its colour and width")

    class Meta:
        model = Scar
        fields = ["colour", "width"]
        labels = {
            "colour": lazy("What colour is the scar, next to the skin around it?"),
            "width": lazy("Is it a thin line, or spread out?"),
        }
        widgets = {
            "colour": PictureRadios(
                {
                    Colour.RED: ScarTypeCode.PIE,
                    Colour.BROWN: ScarTypeCode.PIH,
                    Colour.WHITE: ScarTypeCode.HYPOPIGMENTED,
                    Colour.SKIN: "same_colour",
                    Colour.MIXED: "mixed_colours",
                },
                tone=3,
            ),
            "width": PictureRadios(
                {
                    Width.FINE_LINE: ScarTypeCode.MATURE_LINEAR,
                    Width.WIDE: ScarTypeCode.WIDENED,
                },
                tone=5,
            ),
        }


class RaisedForm(StepForm):
    slug = "scar-edges"
    title = lazy("How far it has grown")

    class Meta:
        model = Scar
        fields = ["beyond_edges", "still_growing", "large_area"]
        labels = {
            "beyond_edges": lazy("Has it grown past the edges of the original wound?"),
            "still_growing": lazy("Has it become bigger in the last 3 months?"),
            "large_area": lazy(
                "Is the scarred area larger than the palm of your hand?"
            ),
        }
        widgets = dict.fromkeys(fields, CompactRadios) | {
            "beyond_edges": PictureRadios(
                {
                    BeyondEdges.YES: ScarTypeCode.KELOID_SUSPECTED,
                    BeyondEdges.NO: ScarTypeCode.HYPERTROPHIC,
                },
                tone=5,
            )
        }

    @classmethod
    def applies(cls, scar):
        return scar.elevation in (Elevation.RAISED, Elevation.MIXED)


class SunkenForm(StepForm):
    slug = "scar-surface"
    title = lazy("The shape of the dents")

    class Meta:
        model = Scar
        fields = ["pit_shape", "pit_width_mm", "pit_depth", "flattens_on_stretch"]
        labels = {
            "pit_shape": lazy("What does one dent look like?"),
            "pit_width_mm": lazy("How wide is one dent, roughly?"),
            "pit_depth": lazy("How deep is it?"),
            "flattens_on_stretch": lazy(
                "Stretch the skin between two fingers. Does the dent vanish?"
            ),
        }
        widgets = {
            "pit_shape": PictureRadios(
                {
                    PitShape.PINHOLE: ScarTypeCode.ICE_PICK,
                    PitShape.SHARP_EDGE_ROUND: ScarTypeCode.BOXCAR_DEEP,
                    PitShape.WAVY: ScarTypeCode.ROLLING,
                    PitShape.MIXED: "mixed_pits",
                },
                tone=3,
            ),
            "pit_depth": PictureRadios(
                {
                    PitDepth.SHALLOW: ScarTypeCode.BOXCAR_SHALLOW,
                    PitDepth.DEEP: ScarTypeCode.BOXCAR_DEEP,
                },
                tone=3,
            ),
            "flattens_on_stretch": CompactRadios,
        }

    @classmethod
    def applies(cls, scar):
        return scar.elevation in (Elevation.DEPRESSED, Elevation.MIXED)

    def facts(self, on):
        facts = super().facts(on)
        if facts.get("pit_width_mm", "unknown") != "unknown":
            facts["pit_width_mm"] = int(facts["pit_width_mm"])
        return facts


class VisibleForm(StepForm):
    slug = "scar-distance"
    title = lazy("How much it shows")

    class Meta:
        model = Scar
        fields = ["visible_at_50cm", "makeup_covers"]
        labels = {
            "visible_at_50cm": lazy("Is it easy to see at arm’s length?"),
            "makeup_covers": lazy("Does make-up, or a beard, hide it?"),
        }
        help_texts = {
            "makeup_covers": lazy("If you have not tried, choose “Not sure”.")
        }
        widgets = dict.fromkeys(fields, CompactRadios)

    @classmethod
    def applies(cls, scar):
        return SunkenForm.applies(scar)


class ScaleField(forms.IntegerField):
    """From 1, not at all, to 10."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs | {"min_value": 1, "max_value": 10})


class EffectForm(StepForm):
    slug = "scar-effect"
    title = lazy("What the scar does to you")

    class Meta:
        model = Scar
        fields = ["tight_limits_movement", "pulls_feature", "itch", "pain"]
        labels = {
            "tight_limits_movement": lazy(
                "Is it so tight that a joint does not move fully?"
            ),
            "pulls_feature": lazy("Does it pull an eyelid, a lip or a nostril?"),
            "itch": lazy("How much did it itch in the last weeks?"),
            "pain": lazy("How much did it hurt in the last weeks?"),
        }
        help_texts = {
            "itch": lazy("1 is not at all, 10 is as bad as you can imagine."),
            "pain": lazy("1 is not at all, 10 is as bad as you can imagine."),
        }
        widgets = {
            "tight_limits_movement": CompactRadios,
            "pulls_feature": PictureRadios(
                {
                    each: each
                    for each in PulledFeature.values
                    if each != PulledFeature.NONE
                }
            ),
        }
        field_classes = {"itch": ScaleField, "pain": ScaleField}


class TreatedForm(StepForm):
    slug = "scar-treated"
    title = lazy("What has been tried")
    NONE = "none"

    prior_treatments = forms.MultipleChoiceField(
        label=lazy("Which of these has this scar had already?"),
        help_text=lazy("Choose all that apply."),
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Scar
        fields = ["prior_treatments", "prior_response"]
        labels = {"prior_response": lazy("If it had any: did it help?")}

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        self.fields["prior_treatments"].choices = [
            (self.NONE, _("None of these")),
            ("unknown", _("Not sure")),
            *self.route.treatment_choices(),
        ]
        self.fields["prior_response"].required = False

    def clean_prior_treatments(self):
        chosen = self.cleaned_data["prior_treatments"]
        if len(chosen) > 1 and {self.NONE, "unknown"} & set(chosen):
            raise ValidationError(
                _("Choose treatments, or “None of these”, or “Not sure”: not both.")
            )
        return chosen

    def clean(self):
        chosen = self.cleaned_data.get("prior_treatments", [])
        named = set(chosen) - {self.NONE, "unknown"}
        if named and not self.cleaned_data.get("prior_response"):
            self.add_error("prior_response", _("Say whether the treatment helped."))
        if not named:
            self.cleaned_data["prior_response"] = ""
        return self.cleaned_data

    def facts(self, on):
        chosen = self.instance.prior_treatments
        if not chosen or "unknown" in chosen:
            return {}
        # A method that is no longer offered was still tried, but no rule knows it.
        known = self.route.treatment_slugs()
        facts = {"prior_treatments": [slug for slug in chosen if slug in known]}
        if self.instance.prior_response:
            facts["prior_response"] = self.instance.prior_response
        return facts

    def _shown(self, name, field):
        if name == "prior_treatments":
            return self.route.shown_choices(self.instance.prior_treatments, field)
        return super()._shown(name, field)


FORMS = [
    CauseForm,
    SelfHarmForm,
    AgeForm,
    PlaceForm,
    LookForm,
    ColourForm,
    RaisedForm,
    SunkenForm,
    VisibleForm,
    EffectForm,
    TreatedForm,
]
