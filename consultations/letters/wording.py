"""Render an e-mail, an SMS or a letter on paper at the time it is sent."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.db.models import TextChoices
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consultations.models import LetterKind, LetterTemplate
from methods.models import Clinic
from methods.protocol import coded_findings as codes
from methods.protocol import vocabulary as v
from scarclinic.staff.text import emails

HERE = "http://127.0.0.1:8000"
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
ALONE = re.compile(r"(?<!\S)\{link\}(?!\S)")
IN_SUBJECT = ("reference",)
IN_BODY = ("link", "reference", "telephone", "until")
IN_MOVED = ("telephone",)
"""What a letter may say to an address that is the patient's no more: perhaps never was."""

# What else tells a stranger why somebody writes to a clinic. Not here: "clinic" itself,
# which the sender's address says anyway, and "plan", which may be any plan.
TELLING = """
    acid aesthetic beauty consultation cosmetic cosmetologist cosmetology cream
    dermatologist dermatology diagnosis diagnoses disease doctor drug filler hospital ill
    illness image implant injection medical medication medicine needle nurse pain
    painful patient peel photo photograph physician pigment procedure pregnant scar
    scarring silicone skin steroid surgeon surgical symptom therapies therapist therapy
    treat treatment wound
"""
# Words of our vocabulary that say nothing alone.
ORDINARY = """
    advice age and another area around back before but care changes changing child
    classified close closed cold comes controlled dark deep does edges else everyday
    everyone face flat foot for grew growing grown growth guardian hand has home ice
    immature its known limits line linear longer look lower mark marks mature
    mechanical months mouth movement never new not nothing now other pale past pick
    post pulls raised red remember remembered rolling self settled shallow signs
    somebody somewhere spite spot stayed still stretch stretched stretching
    suspected that the thin tight upper well whether white widened widespread with
    within work yet young your
"""
VOCABULARY = (
    *(codes.ScarTypeCode, codes.RedFlagCode, v.ScarCause, v.MethodGroup, v.BodySite),
    *(v.QuestionGroup, v.Diabetes, v.Isotretinoin),
)
ENDING = re.compile(r"(?<=\w{3})(?:red|ing|es|ed|s)$")


class Fault(TextChoices):
    """Why an e-mail cannot be sent, as shown to an administrator."""

    NO_ADDRESS = (
        "no-address",
        _("The patient is not to be reached in this way any more."),
    )
    BAD_ADDRESS = "bad-address", _("The e-mail address is not a whole one.")
    BAD_NUMBER = "bad-number", _("The telephone number is not a whole one.")
    REFUSED_NUMBER = "refused-number", _("No text message arrives at this number.")
    REFUSED = "refused", _("The mail server says that there is no such address.")
    NO_CONSENT = "no-consent", _("The patient does not wish these e-mails.")
    WITHDRAWN = "withdrawn", _("The patient has withdrawn the intake.")
    NOT_A_PERSON = "not-a-person", _("Perhaps no person has written the draft.")
    OVERTAKEN = "overtaken", _("No longer needed: the patient has gone on.")
    NO_LINK = (
        "no-link",
        _(
            "The private link was made with another SECRET_KEY. Put that key into "
            "SECRET_KEY_FALLBACKS and try again, or make a new private link."
        ),
    )
    NO_WORDS = (
        "no-words",
        _("There is no text for it. Write one under “E-mail texts”."),
    )
    NO_SITE = "no-site", _("SITE_URL is not set, so no link can be written.")


class Unsayable(Exception):
    """Raised where an e-mail cannot be rendered, or must not be sent. Holds a `Fault`."""

    def __init__(self, fault):
        super().__init__(fault.value)
        self.fault = fault


# What a template may say


def _words(text):
    return re.findall(r"[^\W\d_]+", text.casefold())


def _stem(word):
    return ENDING.sub("", word)


def _telling_stems():
    # The vocabulary is read in the language of the code: that of TELLING and ORDINARY.
    with translation.override("en"):
        labels = [str(label) for choices in VOCABULARY for label in choices.labels]
    listed = {word for label in labels for word in _words(label) if len(word) > 2}
    return {_stem(word) for word in listed - set(ORDINARY.split())} | {
        _stem(word) for word in TELLING.split()
    }


def health_words(text):
    """Return the words of a text that reveal something about health, in order.

    English words; a clinic that writes in another language looks with its own eyes.
    """
    telling = _telling_stems()
    return list(dict.fromkeys(w for w in _words(text) if _stem(w) in telling))


def _faults(text, placeholders):
    unknown = [each for each in PLACEHOLDER.findall(text) if each not in placeholders]
    if unknown:
        yield gettext(
            "Nothing takes the place of %(unknown)s. Here you can use %(known)s."
        ) % {
            "unknown": ", ".join(f"{{{each}}}" for each in dict.fromkeys(unknown)),
            "known": ", ".join(f"{{{each}}}" for each in placeholders),
        }
    if found := health_words(PLACEHOLDER.sub("", text)):
        yield gettext("Somebody else may see this. Say it without: %(words)s.") % {
            "words": ", ".join(found)
        }


def faults_of_subject(text, kind=""):
    """Return what is wrong with the subject of a `LetterKind`, a sentence each."""
    return list(_faults(text, () if kind == LetterKind.MOVED else IN_SUBJECT))


def faults_of_body(text, kind):
    """Return what is wrong with the text of a `LetterKind`, a sentence each."""
    if kind == LetterKind.MOVED:
        return list(_faults(text, IN_MOVED))
    faults = list(_faults(text, IN_BODY))
    if "{link}" not in text:
        faults.append(gettext("Write {link} where the private link is to stand."))
    elif not stands_alone(text):
        faults.append(gettext("Write a space or a new line before and after {link}."))
    return faults


def stands_alone(text):
    """Return whether the private link is part of no other address, which would get it."""
    return len(ALONE.findall(text)) == text.count("{link}")


# What a letter says


def message(letter):
    """Return the `EmailMessage` of a letter; raises `Unsayable`.

    Plain text, and the same text as HTML: no picture, and nothing that tells on its
    reader. However often it is sent, it has one Message-ID: mailboxes that know it show
    it once.
    """
    try:
        to = emails.for_sending(letter.to)
    except ValidationError as error:
        raise Unsayable(Fault.BAD_ADDRESS if letter.to else Fault.NO_ADDRESS) from error
    clinic = Clinic.objects.first()
    language = letter.intake.language
    template = _template(letter.kind, language)
    if not stands_alone(template.body):
        raise Unsayable(Fault.NO_WORDS)
    with translation.override(template.language):
        values = _values(letter, clinic, link=_private_link(letter))
    # Nothing that a patient has typed: a reference is all that a header says.
    said = {name: values[name] for name in IN_SUBJECT}
    subject = " ".join(_filled(template.subject, said).split())
    text = _filled(template.body, values)
    email = EmailMultiAlternatives(
        subject,
        f"{text}\n",
        to=[to],
        reply_to=[clinic.email] if clinic and clinic.email else None,
        headers={"Message-ID": _message_id(letter), "Auto-Submitted": "auto-generated"},
    )
    context = {"subject": subject, "text": text, "language": template.language}
    html = render_to_string("consultations/letters/letter.html", context)
    email.attach_alternative(html, "text/html")
    return email


def text_message(letter):
    """Return (telephone in E.164, text) of an SMS; raises `Unsayable`.

    It says that there is something to read, with the short address: no token is longer.
    """
    telephone = letter.intake.telephone_e164
    if not telephone:
        raise Unsayable(Fault.BAD_NUMBER)
    template = _template(letter.kind, letter.intake.language)
    if not template.sms or not stands_alone(template.sms):
        raise Unsayable(Fault.NO_WORDS)
    with translation.override(template.language):
        values = _values(letter, Clinic.objects.first(), link=short_link(letter.intake))
    return telephone, " ".join(_filled(template.sms, values).split())


def on_paper(letter):
    """Return (subject, text, short address) of a letter to print; raises `Unsayable`."""
    template = _template(letter.kind, letter.intake.language)
    link = short_link(letter.intake)
    with translation.override(template.language):
        values = _values(letter, Clinic.objects.first(), link=link)
    said = {name: values[name] for name in IN_SUBJECT}
    subject = " ".join(_filled(template.subject, said).split())
    return subject, _filled(template.body, values), link


def short_link(intake):
    """Return the private link as one types it, its code in three groups."""
    code = intake.code
    if code is None:
        raise Unsayable(Fault.NO_LINK)
    return f"{_site()}{reverse('consultations:short_link', args=[code])}"


def _template(kind, language):
    """Return the template in a language, else in that of the site."""
    for each in (language, settings.LANGUAGE_CODE):
        if found := LetterTemplate.objects.filter(kind=kind, language=each).first():
            return found
    raise Unsayable(Fault.NO_WORDS)


def _site():
    if not settings.SITE_URL and not settings.DEBUG:
        raise Unsayable(Fault.NO_SITE)
    return settings.SITE_URL or HERE


def _private_link(letter):
    token = letter.reader.token
    if token is None:
        raise Unsayable(Fault.NO_LINK)
    page = "second" if letter.second else "status"
    return f"{_site()}{reverse(f'consultations:{page}', args=[token])}"


def _values(letter, clinic, *, link):
    telephone = clinic.telephone if clinic else ""
    if letter.kind == LetterKind.MOVED:
        # Nothing that leads to the patient, whoever reads there now.
        return dict.fromkeys(IN_BODY, "") | {"telephone": telephone}
    until = _until(letter)
    return {
        "link": link,
        "reference": letter.intake.reference,
        "telephone": telephone,
        "until": date_format(until) if until else "",
    }


def _until(letter):
    """Return the day that a letter speaks of, None if there is none.

    When an answer is promised, when a draft will be deleted, else when the link ends.
    """
    intake = letter.intake
    if letter.second:
        return timezone.localdate(letter.second.link_expires_at)
    if letter.kind == LetterKind.RECEIVED:
        return intake.promised_on
    if intake.is_draft:
        return timezone.localdate(
            intake.touched_at + timedelta(days=settings.DRAFT_DAYS)
        )
    return timezone.localdate(intake.link_expires_at)


def _filled(text, values):
    """Put the values into a text; a line that would say nothing is left out."""
    lines = [
        PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), line)
        for line in text.splitlines()
        if all(values.get(name, name) for name in PLACEHOLDER.findall(line))
    ]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _message_id(letter):
    digest = salted_hmac(
        "consultations.letter", str(letter.pk), algorithm="sha256"
    ).hexdigest()
    return f"<{digest[:40]}@{urlsplit(_site()).hostname}>"
