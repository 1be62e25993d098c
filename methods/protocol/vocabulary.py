"""The closed lists that code and content share. Adding to one takes a developer.

Labels are for staff. What a patient reads is in forms, content files and templates.
"""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class CriterionKind(TextChoices):
    """What a finding means for a treatment (FHIR ClinicalUseDefinition).

    A contraindication rules it out, a deferral puts it off, a precaution makes it
    "with caution"; an indication speaks for it.
    """

    INDICATION = "indication", _("Indication")
    NOT_RECOMMENDED = "not_recommended", _("Not recommended")
    PRECAUTION = "precaution", _("Precaution")
    DEFERRAL = "deferral", _("Deferral")
    CONTRAINDICATION = "contraindication", _("Contraindication")
    CHECK = "check", _("Check at the examination")


# The kinds that protect: unknown findings in one of these cap the verdict.
SAFETY_KINDS = frozenset(
    {
        CriterionKind.PRECAUTION,
        CriterionKind.DEFERRAL,
        CriterionKind.CONTRAINDICATION,
    }
)


class Level(TextChoices):
    """How much a precaution asks for. Heaviest last; without a level it is a doctor's."""

    TECHNIQUE = "technique", _("Done another way")
    TEST = "test", _("Test spot first")
    DOCTOR = "doctor", _("A doctor decides first")


class RelationKind(TextChoices):
    """How methods relate (FHIR PlanDefinition.action.relatedAction)."""

    NEEDS = "needs", _("Only together with")
    AFTER = "after", _("Only after")
    NOT_WITH = "not_with", _("Weeks between")
    THEN = "then", _("Next, if it does not respond")


class Line(TextChoices):
    """How early an indication puts a treatment."""

    FIRST = "first", _("First line")
    SECOND = "second", _("Second line")
    ADJUNCT = "adjunct", _("Adjunct")


class Verdict(TextChoices):
    """The engine's answer for one treatment, best first."""

    SUGGESTED = "suggested", _("To consider")
    CAUTION = "caution", _("With caution")
    DEFERRED = "deferred", _("Not yet")
    UNDETERMINED = "undetermined", _("Not known yet")
    NOT_INDICATED = "not-indicated", _("Not indicated")
    CONTRAINDICATED = "contraindicated", _("Not suitable")


# What a clinician may choose from. Everything else is a reason not to.
OPTIONS = (Verdict.SUGGESTED, Verdict.CAUTION)


class Grade(TextChoices):
    """The quality of what was seen of a source."""

    G = "G", _("Guideline or consensus panel")
    B = "B", _("Systematic or evidence review")
    C = "C", _("Trial, case series or narrative review")
    D = "D", _("Public body, hospital or regulator")
    E = "E", _("Clinic, vendor or blog page")
    GK = "GK", _("General knowledge, no source seen")


WEAK_GRADES = frozenset({Grade.E, Grade.GK})


class SourceKind(TextChoices):
    """What sort of publication a source is, beside its grade."""

    GUIDELINE = "guideline", _("Guideline or consensus")
    REVIEW = "review", _("Review")
    STUDY = "study", _("Study")
    LABEL = "label", _("Label, leaflet or manual of a product")
    PUBLIC_BODY = "public_body", _("Public body or regulator")
    HOSPITAL = "hospital", _("Hospital page or leaflet")
    BOOK = "book", _("Book")
    WEB_PAGE = "web_page", _("Web page")


class Meaning(TextChoices):
    """What a safety rule means for the reader of a page, gravest first."""

    NO = "no", _("No")
    WAIT = "wait", _("Wait")
    DOCTOR = "doctor", _("Doctor")
    CARE = "care", _("Care")


class ReasonGroup(TextChoices):
    """Under which heading a page says for whom a treatment is not, or not yet."""

    YOU = "you", _("You")
    SKIN = "skin", _("Your skin")
    MEDICINES = "medicines", _("Your medicines")
    NOW = "now", _("Just now")
    SCAR = "scar", _("Your scar")
    PLACE = "place", _("Where it is")


class MethodGroup(TextChoices):
    """Under which heading visitors find a treatment."""

    LASER = "laser", _("Laser")
    SURGERY = "surgery", _("Surgery")
    MECHANICAL = "mechanical", _("Mechanical resurfacing")
    CHEMICAL = "chemical", _("Peels and acids")
    NEEDLING = "needling", _("Needling")
    INJECTION = "injection", _("Injections")
    PHYSICAL = "physical", _("Cold")
    CONSERVATIVE = "conservative", _("Everyday care")
    TOPICAL = "topical", _("Creams on prescription")
    HOME = "home", _("Home remedies")
    ADVICE = "advice", _("Advice for everyone")
    REFERRAL = "referral", _("Referrals")


# What a plan may hold besides treatments; never counted as an option.
BESIDE_TREATMENTS = frozenset({MethodGroup.ADVICE, MethodGroup.REFERRAL})


class PainLevel(TextChoices):
    """How much a treatment hurts, for visitors who choose by it. Least first."""

    NONE = "none", _("None")
    LOW = "low", _("Low")
    MODERATE = "moderate", _("Moderate")
    HIGH = "high", _("High")


class NoticeLevel(TextChoices):
    NEWS = "news", _("News")
    IMPORTANT = "important", _("Important")


class ConsentUse(TextChoices):
    """Purposes of a consent to show photos."""

    RESULTS = "results", _("Before and after")
    PEOPLE = "people", _("The page about us")


class Weekday(IntegerChoices):
    """Days as Python counts them."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class QuestionGroup(TextChoices):
    """The pages of health questions, in the order in which they are asked."""

    CHANGES = "changes", _("Changes in a scar")
    INFECTION = "infection", _("Infections")
    SKIN = "skin", _("Your skin")
    PREGNANCY = "pregnancy", _("Pregnancy")
    MEDICINES = "medicines", _("Medicines")
    HEALTH = "health", _("Your health")
    IMPLANTS = "implants", _("Implants and tattoos")
    ALLERGIES = "allergies", _("Allergies")


# Values of facts


class ScarCause(TextChoices):
    ACNE = "acne", _("Acne")
    SURGERY = "surgery", _("An operation")
    TRAUMA = "trauma", _("An injury")
    BURN = "burn", _("A burn or scald")
    PIERCING = "piercing", _("A piercing")
    CHICKENPOX = "chickenpox", _("Chickenpox")
    VACCINATION = "vaccination", _("A vaccination")
    STRETCH = "stretch", _("Stretching, as in growth or pregnancy")
    SELF_HARM = "self_harm", _("Self-harm")
    OTHER_INFLAMMATION = "other_inflammation", _("Another inflammation of the skin")
    NONE_REMEMBERED = "none_remembered", _("Nothing that I remember")


class BodySite(TextChoices):
    FACE = "face", _("Face")
    EYELID = "eyelid", _("Eyelid")
    LIP = "lip", _("Lip or around the mouth")
    BEARD = "beard", _("Beard area")
    BROW = "brow", _("Eyebrow")
    EAR = "ear", _("Ear")
    JAWLINE = "jawline", _("Jawline")
    NECK = "neck", _("Neck")
    SCALP = "scalp", _("Scalp")
    CHEST = "chest", _("Chest")
    BREAST = "breast", _("Breast")
    NIPPLE = "nipple", _("Nipple")
    SHOULDER = "shoulder", _("Shoulder")
    UPPER_ARM = "upper_arm", _("Upper arm")
    UPPER_BACK = "upper_back", _("Upper back")
    LOWER_BACK = "lower_back", _("Lower back")
    ABDOMEN = "abdomen", _("Belly")
    HIP = "hip", _("Hip")
    BUTTOCK = "buttock", _("Buttock")
    GROIN = "groin", _("Groin")
    GENITAL = "genital", _("Genital area")
    ARMPIT = "armpit", _("Armpit")
    ARM = "arm", _("Forearm")
    ELBOW = "elbow", _("Elbow")
    HAND = "hand", _("Hand")
    FINGER = "finger", _("Finger")
    THIGH = "thigh", _("Thigh")
    KNEE = "knee", _("Knee")
    LEG = "leg", _("Lower leg")
    FOOT = "foot", _("Foot")
    OTHER = "other", _("Somewhere else")


class Elevation(TextChoices):
    RAISED = "raised", _("Higher than the skin around it")
    FLAT = "flat", _("Level with the skin around it")
    DEPRESSED = "depressed", _("Lower than the skin around it")
    MIXED = "mixed", _("Some parts higher, some lower")


class PitShape(TextChoices):
    PINHOLE = "pinhole", _("Like a needle hole")
    SHARP_EDGE_ROUND = "sharp_edge_round", _("Like a round crater with sharp walls")
    WAVY = "wavy", _("Like a soft wave")
    NONE = "none", _("None of these")
    MIXED = "mixed", _("A mix of these")


class PitDepth(TextChoices):
    SHALLOW = "shallow", _("Shallow")
    DEEP = "deep", _("Deep")
    UNSURE = "unsure", _("Not sure")


class BeyondEdges(TextChoices):
    YES = "yes", _("Yes")
    NO = "no", _("No")
    UNSURE = "unsure", _("Not sure")


class Colour(TextChoices):
    RED = "red", _("Red or pink")
    PURPLE = "purple", _("Purple or violet")
    BROWN = "brown", _("Brown")
    DARKER = "darker", _("Darker or greyer than the skin around it")
    WHITE = "white", _("White or paler")
    SKIN = "skin", _("About the same")
    MIXED = "mixed", _("A mix of colours")


class Width(TextChoices):
    FINE_LINE = "fine_line", _("A thin line")
    WIDE = "wide", _("Spread out")


class Stripes(TextChoices):
    NONE = "none", _("No stripes")
    RED_PURPLE = "red_purple", _("Red or purple stripes")
    WHITE_SILVER = "white_silver", _("White or silver stripes")


class Lump(TextChoices):
    """Whether a lump is the scar itself, or one apart from it."""

    NONE = "none", _("No lump")
    WHOLE_SCAR = "whole_scar", _("The scar itself or its edge")
    SEPARATE = "separate", _("One lump apart, or a knot on one side")


class PulledFeature(TextChoices):
    NONE = "none", _("None of these")
    EYELID = "eyelid", _("An eyelid")
    LIP = "lip", _("A lip")
    NOSTRIL = "nostril", _("A nostril")


class ActiveAcne(TextChoices):
    NONE = "none", _("No acne now")
    MILD = "mild", _("A few spots now and then")
    MODERATE_SEVERE = "moderate_severe", _("Many or inflamed spots")


class PriorResponse(TextChoices):
    GOOD = "good", _("It helped")
    INSUFFICIENT = "insufficient", _("It did not help enough")
    WORSE = "worse", _("It made the scar worse")


class Isotretinoin(TextChoices):
    NEVER = "never", _("Never")
    CURRENT = "current", _("Now")
    STOPPED = "stopped", _("Before, but no longer")


class Diabetes(TextChoices):
    NONE = "none", _("No diabetes")
    CONTROLLED = "controlled", _("Well controlled")
    POOR = "poor", _("Not well controlled")


class SelfHarmStatus(TextChoices):
    NONE = "none", _("Not at all")
    ONGOING = "ongoing", _("At present")
    RECENT_12M = "recent_12m", _("In the last 12 months")
    PAST_STABLE = "past_stable", _("More than 12 months ago")


class BddScreen(TextChoices):
    NEGATIVE = "negative", _("Negative")
    POSITIVE = "positive", _("Positive")


class Phototype(IntegerChoices):
    """Fitzpatrick phototype: how skin reacts to sun. Not the colour of the skin [C51]."""

    I = 1, _("I: always burns, never tans")  # noqa: E741
    II = 2, _("II: usually burns, tans a little")
    III = 3, _("III: sometimes burns mildly, tans evenly")
    IV = 4, _("IV: rarely burns, always tans well")
    V = 5, _("V: very rarely burns, tans very easily")
    VI = 6, _("VI: never burns, deeply pigmented")
