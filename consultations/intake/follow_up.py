"""Where a finding comes from: the pages of the intake whose answers establish it."""

from consultations.intake.forms import person
from consultations.intake.forms import scar as about
from methods.protocol import entries
from methods.protocol import findings as find
from methods.protocol.facts import read
from methods.protocol.vocabulary import DerivedFinding as Derived
from methods.protocol.vocabulary import RedFlagCode as Flag
from methods.protocol.vocabulary import ScarTypeCode as Type

# Each form, and what its answers have a part in.
_PART_IN = {
    person.YouForm: [Flag.CHILD, Flag.MINOR, Derived.UNDER_18, Derived.UNDER_22],
    about.CauseForm: [
        *(Flag.NO_INJURY, Flag.SELFHARM_RECENT),
        *(Type.HYPERTROPHIC_WIDESPREAD, Type.ATROPHIC_OTHER, Type.WIDENED, Type.PIE),
        *(Derived.FROM_A_WOUND, Derived.SURGICAL_SCAR, Derived.ACNE_SCAR),
        *(Derived.BURN_SCAR, Derived.CHICKENPOX_SCAR, Derived.SELF_HARM_SCAR),
    ],
    about.SelfHarmForm: [Flag.SELFHARM_RECENT],
    about.AgeForm: [
        *(Type.KELOID_SUSPECTED, Type.MATURE_LINEAR, Type.IMMATURE),
        *(Derived.WOUND_OPEN, Derived.SCAR_UNDER_3_MONTHS),
        *(Derived.SCAR_UNDER_6_MONTHS, Derived.SCAR_UNDER_12_MONTHS),
        Derived.SCAR_OVER_24_MONTHS,
    ],
    about.PlaceForm: [
        Type.KELOID_SUSPECTED,
        *(Derived.ON_FACE, Derived.ON_EYELID, Derived.ON_EAR, Derived.ON_SCALP),
        *(Derived.PERIORAL, Derived.HIGH_KELOID_RISK_SITE),
        *(Derived.KELOID_PRONE_SITE, Derived.HIGH_TENSION_SITE),
    ],
    about.LookForm: [
        *(Type.KELOID_SUSPECTED, Type.HYPERTROPHIC, Type.HYPERTROPHIC_WIDESPREAD),
        *(Type.ICE_PICK, Type.BOXCAR_SHALLOW, Type.BOXCAR_DEEP, Type.ROLLING),
        *(Type.ATROPHIC_OTHER, Type.MATURE_LINEAR, Type.WIDENED),
        *(Type.STRIAE_RUBRA, Type.STRIAE_ALBA, Type.PIH, Type.PIE),
        *(Type.HYPOPIGMENTED, Type.IMMATURE),
        *(Derived.RAISED_EDGES_UNSURE, Derived.GRADE_3_OR_4, Flag.TREATED_GREW),
    ],
    about.ColourForm: [
        *(Type.MATURE_LINEAR, Type.WIDENED, Type.PIH, Type.PIE, Type.HYPOPIGMENTED),
        *(Type.IMMATURE, Derived.RED_SCAR),
    ],
    about.RaisedForm: [
        *(Type.KELOID_SUSPECTED, Type.HYPERTROPHIC, Type.HYPERTROPHIC_WIDESPREAD),
        *(Derived.RAISED_EDGES_UNSURE, Derived.LARGE_AREA, Derived.STILL_GROWING),
    ],
    about.SunkenForm: [
        *(Type.ICE_PICK, Type.BOXCAR_SHALLOW, Type.BOXCAR_DEEP, Type.ROLLING),
        *(Derived.NARROW_PITS, Derived.PITS_UP_TO_3_MM, Derived.PITS_OVER_3_MM),
        Derived.FLATTENS_WHEN_STRETCHED,
    ],
    about.VisibleForm: [Derived.GRADE_3_OR_4],
    about.EffectForm: [
        *(Type.CONTRACTURE, Flag.CONTRACTURE, Flag.FEATURE),
        *(Derived.ITCHY_OR_PAINFUL, Derived.VERY_ITCHY),
    ],
    about.TreatedForm: [
        *(Derived.SILICONE_FAILED, Derived.STEROID_FAILED),
        *(Derived.CONSERVATIVE_CARE_FAILED, Derived.PIGMENT_CREAM_TRIED),
        *(Derived.PIGMENT_CREAM_FAILED, Derived.EXCISED_BEFORE, Flag.TREATED_GREW),
    ],
    person.SkinForm: [
        *(Derived.PHOTOTYPE_1_3, Derived.PHOTOTYPE_3, Derived.PHOTOTYPE_4_6),
        *(Derived.PHOTOTYPE_5_6, Derived.RECENT_TAN),
        *(Derived.ACTIVE_ACNE, Derived.ACTIVE_ACNE_SEVERE),
    ],
    person.MedicineForm: [
        Derived.ISOTRETINOIN_UNDER_6_MONTHS,
        Derived.ISOTRETINOIN_6_TO_12_MONTHS,
    ],
    person.ConditionForm: [Derived.DIABETES, Derived.DIABETES_POOR, Derived.CTD],
    person.RecentForm: [
        *(Derived.RECENT_FILLER, Derived.RECENT_RESURFACING),
        Derived.RESURFACING_UNDER_6_MONTHS,
    ],
    person.FeelingsForm: [Flag.BDD],
    person.WishesForm: [Derived.ASKED_FOR],
}
# What rests on health questions too, or on nothing else.
_RESTS_ON = {
    Derived.KELOID_PRONE_SITE: {"keloid_history_self", "keloid_history_family"}
}


def forms_of(code):
    """Return the pages' forms that establish a coded finding, in the intake's order."""
    return [form for form, codes in _PART_IN.items() if code in codes]


def questions(route, codes):
    """Return the health questions that these findings rest on, in the intake's order."""
    wanted = set(codes).union(*(_RESTS_ON.get(code, ()) for code in codes))
    return [each for each in route.findings if each.question and each.code in wanted]


def pages(route, codes, day):
    """Return the pages to ask again for these findings, in the intake's order.

    Of several scars, those of which a finding is not known; if it is of all, each.
    """
    asked = {each.code for each in questions(route, codes)}
    coded = [code for code in codes if code not in asked]
    unknown = {scar.pk: _unknown(route, scar, day) for scar in route.scars}
    found = []
    for page in route.applicable:
        its = [code for code in coded if page.form in forms_of(code)]
        open_in = {pk for pk, each in unknown.items() if each.intersection(its)}
        if its and (page.number is None or not open_in or page.subject.pk in open_in):
            found.append(page)
    return found


def _unknown(route, scar, day):
    """Return the codes of what is not known of one scar."""
    protocol = entries.Protocol(
        methods=tuple(
            entries.Method(slug=slug, title="") for slug in route.treatment_slugs()
        ),
        questions=frozenset(each.code for each in route.findings if not each.is_coded),
    )
    facts = read(route.facts_of(scar, day), protocol)
    states = find.establish(facts, protocol.questions)
    return {code for code, state in states.items() if state is None}
