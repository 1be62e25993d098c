"""The questions about the person: who, skin, medicines, feelings, wishes, contact."""

from django.utils.translation import gettext_lazy as lazy

from consultations.intake.questions.kinds import (
    Choice,
    Date,
    Email,
    Methods,
    Number,
    Page,
    PersonName,
    Recency,
    Telephone,
    Text,
    YesNo,
)
from consultations.models.answers import (
    FillerRecency,
    ResurfacingRecency,
    TanRecency,
    TissueDisease,
)
from consultations.models.intake import GuardianRelation
from methods.protocol.vocabulary import ActiveAcne, Diabetes, Isotretinoin


def age_in_years(intake, day):
    return intake.age_on(day)


def bdd_screen(intake, day):
    return intake.bdd_screen


# Who

NAME = PersonName(
    "name",
    ask=lazy("What is your name?"),
    hint=lazy("As we should call you on the telephone."),
    fact=None,
    autocomplete="name",
)
DATE_OF_BIRTH = Date(
    "date_of_birth",
    ask=lazy("When were you born?"),
    hint=lazy(
        "In numbers, for example 27 3 1986. We ask because some treatments have an age, "
        "and because the date opens your answers on another device."
    ),
    fact="age_years",
    from_row=age_in_years,
)
GUARDIAN_NAME = PersonName(
    "guardian_name",
    ask=lazy("What is your parent’s or guardian’s name?"),
    fact=None,
    autocomplete="off",
)
GUARDIAN_RELATION = Choice(
    "guardian_relation",
    ask=lazy("Who is this person to you?"),
    fact=None,
    answers=GuardianRelation,
    not_sure=None,
)
GUARDIAN_TELEPHONE = Telephone(
    "guardian_telephone",
    ask=lazy("What is their telephone number?"),
    hint=lazy("With the country code if it is not from here."),
    fact=None,
    autocomplete="off",
    is_required=False,
)

# Skin

FITZPATRICK = Choice(
    "fitzpatrick",
    ask=lazy("What happens when your skin meets the midday sun?"),
    hint=lazy("Early in summer, after about an hour, with no cream."),
    answers={
        "1": lazy("It always burns and never tans"),
        "2": lazy("It usually burns, then tans a little"),
        "3": lazy("It sometimes burns mildly, then tans evenly"),
        "4": lazy("It rarely burns and always tans well"),
        "5": lazy("It very rarely burns and tans very easily; it is dark brown"),
        "6": lazy("It never burns; it is deep brown or black"),
    },
    is_number=True,
)
TAN = Recency(
    "tan",
    ask=lazy("When was the scar last in the sun, on a sunbed or self-tanned?"),
    fact="tan_weeks",
    answers=TanRecency,
)
ACTIVE_ACNE = Choice(
    "active_acne", ask=lazy("Do you have acne now?"), answers=ActiveAcne
)

# Medicines, conditions and treatments

ISOTRETINOIN = Choice(
    "isotretinoin",
    ask=lazy("Do you take isotretinoin (Roaccutane, Accutane), or did you once?"),
    hint=lazy("Tablets for severe acne. Keep taking what you take."),
    answers=Isotretinoin,
)
ISOTRETINOIN_STOPPED = Number(
    "isotretinoin_stopped_months",
    ask=lazy("If you stopped: how many whole months ago?"),
    hint=lazy("Leave it empty if you are not sure."),
    high=1200,
    unit=lazy("months"),
    is_required=False,
)
DIABETES = Choice("diabetes", ask=lazy("Do you have diabetes?"), answers=Diabetes)
CTD = Choice(
    "ctd",
    ask=lazy("Do you have a disease of the connective tissue?"),
    answers=TissueDisease,
)
RECENT_FILLER = Recency(
    "recent_filler",
    ask=lazy("When did you last have a filler at or near the scar?"),
    fact="recent_filler_weeks",
    answers=FillerRecency,
)
RECENT_RESURFACING = Recency(
    "recent_resurfacing",
    ask=lazy("When did you last have a peel, needling or laser at or near the scar?"),
    fact="recent_resurfacing_weeks",
    answers=ResurfacingRecency,
)

# Feelings and wishes

PREOCCUPIED = YesNo(
    "preoccupied",
    ask=lazy(
        "Do you think about it a lot, although others say that they hardly see it?"
    ),
    fact="bdd_screen",
    from_row=bdd_screen,
)
CHECKS_OFTEN = YesNo(
    "checks_often",
    ask=lazy(
        "Do you check, compare or hide it again and again, for an hour a day or more?"
    ),
    fact="bdd_screen",
    from_row=bdd_screen,
)
DISTRESSED = YesNo(
    "distressed",
    ask=lazy(
        "Does this make you very unhappy, or keep you from work, school or people?"
    ),
    fact="bdd_screen",
    from_row=bdd_screen,
)
WANTS = Methods(
    "wants",
    ask=lazy("Is there a treatment that you would like to ask about?"),
    hint=lazy("Leave it empty if you have none in mind."),
    is_required=False,
)
WISH = Text(
    "wish",
    ask=lazy("What would you like to be different?"),
    fact=None,
    is_long=True,
    is_required=False,
)

# Contact

EMAIL = Email(
    "email",
    ask=lazy("E-mail address"),
    hint=lazy("Give one of the two, or both."),
    fact=None,
    autocomplete="email",
    is_required=False,
)
TELEPHONE = Telephone(
    "telephone",
    ask=lazy("Telephone number"),
    hint=lazy("With the country code if it is not from here."),
    fact=None,
    autocomplete="tel",
    is_required=False,
)


# Pages


YOU = Page(
    "you",
    lazy("About you"),
    (NAME, DATE_OF_BIRTH),
    intro=lazy(
        "We begin with who you are. If the scar is your child’s, answer for your child."
    ),
)
GUARDIAN = Page(
    "guardian",
    lazy("Your parent or guardian"),
    (GUARDIAN_NAME, GUARDIAN_RELATION, GUARDIAN_TELEPHONE),
)
SKIN = Page(
    "skin",
    lazy("Your skin and the sun"),
    (FITZPATRICK, TAN, ACTIVE_ACNE),
    intro=lazy(
        "We ask because light and peels act otherwise on darker or tanned skin, and on "
        "skin with acne."
    ),
)
MEDICINE = Page(
    "isotretinoin",
    lazy("Acne tablets"),
    (ISOTRETINOIN, ISOTRETINOIN_STOPPED),
    intro=lazy("We ask because two treatments wait until these tablets are long over."),
)
CONDITIONS = Page(
    "conditions",
    lazy("Diabetes and connective tissue"),
    (DIABETES, CTD),
    intro=lazy("We ask because both can change how a wound heals."),
)
RECENT = Page(
    "recent",
    lazy("Recent treatments of the skin"),
    (RECENT_FILLER, RECENT_RESURFACING),
    intro=lazy("We ask because skin needs time between two treatments."),
)
FEELINGS = Page(
    "feelings",
    lazy("How it affects you"),
    (PREOCCUPIED, CHECKS_OFTEN, DISTRESSED),
    intro=lazy(
        "We ask everyone. A scar can weigh more than others see, and then we want to talk "
        "before anything is done."
    ),
)
WISHES = Page("wishes", lazy("What you wish for"), (WANTS, WISH))
CONTACT = Page(
    "contact",
    lazy("How we reach you"),
    (EMAIL, TELEPHONE),
    intro=lazy(
        "We use this for your answers only: to ask you something, or to tell you that we "
        "have written to you."
    ),
    # One of the two must be given, which is not "optional".
    marks_optional=False,
)
