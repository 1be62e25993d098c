"""The questions about the person: who, skin, medicines, feelings, wishes, contact."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consultations.intake.questions.kinds import (
    NOT_SURE,
    Choice,
    Date,
    Email,
    Methods,
    Number,
    Page,
    Part,
    PersonName,
    Recency,
    Several,
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
from consultations.models.consents import ConsentPurpose
from consultations.models.contact import NEEDS, CallTime, Way
from consultations.models.intake import ForWhom, GuardianRelation, age_on, of_age_from
from methods.protocol.vocabulary import ActiveAcne, Diabetes, Isotretinoin


def age_in_years(intake, day):
    return intake.age_on(day)


def bdd_screen(intake, day):
    return intake.bdd_screen


# Who

NAME = PersonName(
    "name",
    ask=lazy("What is your name?"),
    hint=lazy("Or your child’s."),
    fact=None,
    autocomplete="name",
    for_child={
        "ask": lazy("What is your child’s name?"),
        "hint": "",
        "autocomplete": "off",
    },
)
DATE_OF_BIRTH = Date(
    "date_of_birth",
    ask=lazy("When were you born?"),
    hint=lazy("Or your child: for example 27 3 1986."),
    fact="age_years",
    from_row=age_in_years,
    for_child={
        "ask": lazy("When was your child born?"),
        "hint": lazy("For example 27 3 2016."),
    },
)
FOR_WHOM = Choice(
    "for_whom",
    ask=lazy("For whom do you answer?"),
    fact=None,
    answers=ForWhom,
    not_sure=None,
    is_compact=True,
)
GUARDIAN_NAME = PersonName(
    "guardian_name",
    ask=lazy("What is your parent’s or guardian’s name?"),
    fact=None,
    autocomplete="off",
    for_child={
        "ask": lazy("What is your own name?"),
        "autocomplete": "name",
    },
)
GUARDIAN_RELATION = Choice(
    "guardian_relation",
    ask=lazy("Who is this person to you?"),
    fact=None,
    answers=GuardianRelation,
    not_sure=None,
    for_child={
        "ask": lazy("Who are you to your child?"),
        "answers": {
            GuardianRelation.OTHER: lazy("Somebody else who may decide for the child")
        },
    },
)
GUARDIAN_TELEPHONE = Telephone(
    "guardian_telephone",
    ask=lazy("What is their telephone number?"),
    hint=lazy("With the country code if it is not from here."),
    fact=None,
    autocomplete="off",
    is_required=False,
    for_child={
        "ask": lazy("What is your telephone number?"),
        "autocomplete": "tel",
    },
)


def has_second_access(intake):
    """Return whether patient and guardian each get a link of their own."""
    today = timezone.localdate()
    return intake.is_minor_on(today) and not intake.is_child_on(today)


SECOND_EMAIL = Email(
    "second_email",
    ask=lazy("What is their e-mail address?"),
    hint=lazy("They get a private link of their own there."),
    fact=None,
    autocomplete="off",
    applies=has_second_access,
    is_required=False,
    for_child={
        "ask": lazy("What is your child’s own e-mail address?"),
        "hint": lazy("Your child gets a private link of their own there."),
    },
)

# Skin

FITZPATRICK = Choice(
    "fitzpatrick",
    ask=lazy("What does an hour of midday sun do to your skin?"),
    answers={
        "1": lazy("Burns, never tans"),
        "2": lazy("Usually burns, tans a little"),
        "3": lazy("Sometimes burns, tans evenly"),
        "4": lazy("Rarely burns, always tans well"),
        "5": lazy("Very rarely burns; dark brown"),
        "6": lazy("Never burns; deep brown or black"),
    },
    is_number=True,
    for_child={"ask": lazy("What does an hour of midday sun do to your child’s skin?")},
)
TAN = Recency(
    "tan",
    ask=lazy("When was the scar last in the sun, on a sunbed or self-tanned?"),
    fact="tan_weeks",
    answers=TanRecency,
    tick=lazy("Sun or self-tan on the scar, last 6 weeks"),
    where_it_matters=True,
)
ACTIVE_ACNE = Choice(
    "active_acne",
    ask=lazy("How much acne do you have now?"),
    answers=ActiveAcne,
    tick=lazy("Acne now"),
    where_it_matters=True,
    for_child={"ask": lazy("How much acne does your child have now?")},
)

# Medicines, conditions and treatments

ISOTRETINOIN = Choice(
    "isotretinoin",
    ask=lazy("Isotretinoin tablets (Roaccutane, Accutane): have you taken them?"),
    answers=Isotretinoin,
    is_compact=True,
    where_it_matters=True,
    for_child={
        "ask": lazy(
            "Isotretinoin tablets (Roaccutane, Accutane): has your child taken them?"
        ),
    },
)
ISOTRETINOIN_STOPPED = Number(
    "isotretinoin_stopped_months",
    ask=lazy("How many months ago did you stop?"),
    hint=lazy("Leave it empty if you are not sure."),
    high=1200,
    unit=lazy("months"),
    is_required=False,
    where_it_matters=True,
    for_child={"ask": lazy("How many months ago did your child stop?")},
)
DIABETES = Choice(
    "diabetes",
    ask=lazy("How is your diabetes?"),
    answers=Diabetes,
    tick=lazy("Diabetes"),
    where_it_matters=True,
    for_child={"ask": lazy("How is your child’s diabetes?")},
)
CTD = Choice(
    "ctd",
    ask=lazy("Which disease of the connective tissue do you have?"),
    answers=TissueDisease,
    tick=lazy("Lupus, scleroderma or similar (connective tissue)"),
    where_it_matters=True,
    for_child={
        "ask": lazy("Which disease of the connective tissue does your child have?")
    },
)
RECENT_FILLER = Recency(
    "recent_filler",
    ask=lazy("When did you last have a filler at or near the scar?"),
    fact="recent_filler_weeks",
    answers=FillerRecency,
    tick=lazy("Filler near the scar, last 2 weeks"),
    where_it_matters=True,
    for_child={
        "ask": lazy("When did your child last have a filler at or near the scar?")
    },
)
RECENT_RESURFACING = Recency(
    "recent_resurfacing",
    ask=lazy("When did you last have a peel, needling or laser at or near the scar?"),
    fact="recent_resurfacing_weeks",
    answers=ResurfacingRecency,
    tick=lazy("Peel, needling or laser near it, last 6 months"),
    where_it_matters=True,
    for_child={
        "ask": lazy(
            "When did your child last have a peel, needling or laser at or near the scar?"
        ),
    },
)

# Feelings and wishes


def may_be_preoccupied(intake):
    """Return whether the other two signs matter: without the first they do not."""
    return intake.preoccupied in ("yes", NOT_SURE)


PREOCCUPIED = YesNo(
    "preoccupied",
    ask=lazy("Do you think about it a lot, though others hardly see it?"),
    fact="bdd_screen",
    from_row=bdd_screen,
    for_child={
        "ask": lazy(
            "Does your child think about it a lot, though others hardly see it?"
        ),
    },
)
CHECKS_OFTEN = YesNo(
    "checks_often",
    ask=lazy("Do you check, compare or hide it for an hour a day or more?"),
    fact="bdd_screen",
    from_row=bdd_screen,
    applies=may_be_preoccupied,
    for_child={
        "ask": lazy(
            "Does your child check, compare or hide it for an hour a day or more?"
        ),
    },
)
DISTRESSED = YesNo(
    "distressed",
    ask=lazy("Does it make you very unhappy, or keep you from work, school or people?"),
    fact="bdd_screen",
    from_row=bdd_screen,
    applies=may_be_preoccupied,
    for_child={
        "ask": lazy(
            "Does it make your child very unhappy, or keep your child from school, play or "
            "friends?"
        ),
    },
)
WISH = Text(
    "wish",
    ask=lazy("What would you like to be different?"),
    fact=None,
    is_long=True,
    is_required=False,
    for_child={
        "ask": lazy("What would your child like to be different, and what would you?")
    },
)
WANTS = Methods(
    "wants",
    ask=lazy("Is there a treatment in your mind?"),
    is_required=False,
    for_child={"ask": lazy("Is there a treatment that your child or you think of?")},
)

# Contact

WAYS = Several(
    "ways",
    ask=lazy("How may we reach you?"),
    hint=lazy("One is enough. We use no other."),
    fact=None,
    answers=Way,
)
EMAIL = Email(
    "email",
    ask=lazy("E-mail address"),
    fact=None,
    autocomplete="email",
    is_required=False,
)
TELEPHONE = Telephone(
    "telephone",
    ask=lazy("Telephone number"),
    fact=None,
    autocomplete="tel",
    is_required=False,
)
LEAVE_MESSAGE = Choice(
    "leave_message",
    ask=lazy("May we leave a message?"),
    hint=lazy("It gives our number and no more."),
    fact=None,
    answers=(("yes", lazy("Yes")), ("no", lazy("No"))),
    not_sure=None,
    is_compact=True,
    is_required=False,
)
CALL_TIME = Choice(
    "call_time",
    ask=lazy("When is a good time to call?"),
    fact=None,
    answers=CallTime,
    not_sure=None,
    is_required=False,
)
ASK_FOR = PersonName(
    "ask_for",
    ask=lazy("Whom should we ask for?"),
    hint=lazy("If it is not you."),
    fact=None,
    autocomplete="off",
    is_required=False,
)
POSTAL_ADDRESS = Text(
    "postal_address",
    ask=lazy("Address for letters"),
    hint=lazy("The envelope does not say who we are."),
    fact=None,
    autocomplete="street-address",
    is_long=True,
    is_address=True,
    is_required=False,
)
TYPE_IT = {
    "email": lazy("Type your e-mail address, or untick “E-mail”."),
    "telephone": lazy("Type a telephone number, or untick what needs one."),
    "postal_address": lazy("Type the address, or untick “Letter”."),
}
TICK_IT = {
    "email": lazy("Tick “E-mail” if we may use this address, or empty it."),
    "telephone": lazy(
        "Tick “Telephone call” or “Text message” if we may use this number, or empty it."
    ),
    "postal_address": lazy("Tick “Letter” if we may use this address, or empty it."),
}


# Pages


def check_for_whom(answers):
    """Return what is wrong with who answers for whom, {name: message}."""
    born = answers.get("date_of_birth")
    if born is None or answers.get("for_whom") != ForWhom.CHILD:
        return {}
    if age_on(born, timezone.localdate()) < of_age_from():
        return {}
    message = _(
        "Whoever is %(age)d or older answers for themselves; you may help. Choose "
        "“Myself”, or check the date."
    )
    return {"for_whom": message % {"age": of_age_from()}}


def check_contact(answers):
    """Return which way lacks its address, and which address its way, {name: message}."""
    ways = answers.get("ways") or []
    needed = {NEEDS[way] for way in ways}
    if Way.CALL not in ways:
        # What was said of calls means nothing without them.
        answers |= dict.fromkeys(("leave_message", "call_time", "ask_for"), "")
    wrong = {
        name: TYPE_IT[name]
        for name in needed
        if name in answers and not answers[name].strip()
    }
    unticked = {
        name: TICK_IT[name]
        for name in TICK_IT
        if ways and name not in needed and answers.get(name, "").strip()
    }
    return wrong | unticked


YOU = Page(
    "you",
    lazy("About you"),
    (FOR_WHOM, NAME, DATE_OF_BIRTH),
    check=check_for_whom,
    consents=(ConsentPurpose.ASSESSMENT,),
    part=Part.YOU,
    for_child={"title": lazy("About your child")},
)
GUARDIAN = Page(
    "guardian",
    lazy("Your parent or guardian"),
    (GUARDIAN_NAME, GUARDIAN_RELATION, GUARDIAN_TELEPHONE, SECOND_EMAIL),
    consents=(ConsentPurpose.ASSESSMENT,),
    part=Part.YOU,
    for_child={"title": lazy("You, as parent or guardian")},
)
WISHES = Page(
    "wishes",
    lazy("What you hope for"),
    (WISH, PREOCCUPIED, WANTS),
    part=Part.HEALTH,
    for_child={"title": lazy("What your child and you hope for")},
)
FEELINGS = Page(
    "feelings",
    lazy("How it affects you"),
    (CHECKS_OFTEN, DISTRESSED),
    intro=lazy(
        "A scar can weigh more than others see. Then we want to talk before anything is "
        "done."
    ),
    part=Part.HEALTH,
    for_child={"title": lazy("How it affects your child")},
)
DETAILS = Page(
    "details",
    lazy("A little more about that"),
    (ACTIVE_ACNE, TAN, RECENT_FILLER, RECENT_RESURFACING, DIABETES, CTD),
    is_of_ticks=True,
    part=Part.HEALTH,
)
CONTACT = Page(
    "contact",
    lazy("How we reach you"),
    (
        WAYS,
        EMAIL,
        TELEPHONE,
        LEAVE_MESSAGE,
        CALL_TIME,
        ASK_FOR,
        POSTAL_ADDRESS,
    ),
    check=check_contact,
    # What is chosen must be given, which is not "optional".
    marks_optional=False,
    consents=(ConsentPurpose.REMINDERS,),
    part=Part.CONTACT,
)
