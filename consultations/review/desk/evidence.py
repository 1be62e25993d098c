"""Which of the patient's own answers stand behind a finding."""

from consultations.intake.forms.consent import ConsentForm
from consultations.intake.forms.person import ContactForm, WishesForm
from methods.protocol import findings as find

# How to reach a patient stands at the top, and what they agreed to in its own record.
NO_ANSWERS = {ContactForm.slug, ConsentForm.slug}
# Where a fact is not called as the field that it is read from.
_FIELDS_OF = {
    "age_years": ["date_of_birth"],
    "scar_age_months": ["age_amount", "age_unit"],
    "tan_weeks": ["tan"],
    "recent_filler_weeks": ["recent_filler"],
    "recent_resurfacing_weeks": ["recent_resurfacing"],
    "bdd_screen": ["preoccupied", "checks_often", "distressed"],
}


class _Noted(dict):
    """Answers to health questions that note which of them are asked for."""

    def __init__(self, answers, noted):
        super().__init__(answers)
        self.noted = noted

    def get(self, code, default=None):
        self.noted.append(code)
        return super().get(code, default)


class _Watched:
    """Facts that note which of them a rule looks at."""

    def __init__(self, facts):
        self.facts = facts
        self.noted = []
        self.answers = _Noted(facts.answers, self.noted)

    def __getattr__(self, name):
        self.noted.append(name)
        return getattr(self.facts, name)


def behind(code, facts):
    """Return the names of the facts and questions that a rule looked at, in order.

    A rule stops where the matter is settled: so it names what settled it.
    """
    rule = find.rule_of(code)
    if rule is None:
        return [code]
    watched = _Watched(facts)
    rule(watched)
    return list(dict.fromkeys(watched.noted))


class Evidence:
    """All that a patient answered, by page for reading, and by finding for a card."""

    def __init__(self, route):
        self.pages = []
        self.given = {}
        for page in route.applicable:
            if page.key not in route.intake.done or page.slug in NO_ANSWERS:
                continue
            form = route.form(page)
            if answers := form.answers():
                self.pages.append((page, form.title, answers))
            if len(answers) == len(form.fields):
                for name, answer in zip(form.fields, answers, strict=True):
                    self.given[page.number, name] = answer
        for finding in route.findings:
            if answer := route.given.get(finding.pk):
                shown = (answer.question, answer.get_value_display())
                self.given[None, finding.code] = shown
        self.pages.sort(key=lambda each: each[0].slug != WishesForm.slug)

    def read(self):
        """Return [(title, scar, [(question, answer)])], the patient's wish first."""
        return [
            (title, page.subject if page.number else "", answers)
            for page, title, answers in self.pages
        ]

    def of(self, code, facts, number):
        """Return [(question, answer)] behind a finding on the scar of this number.

        `facts` are what was known of that scar when the card was made.
        """
        names = [
            field
            for name in behind(code, facts)
            for field in _FIELDS_OF.get(name, [name])
        ]
        found = [
            self.given.get((number, name)) or self.given.get((None, name))
            for name in dict.fromkeys(names)
        ]
        return [
            (question, answer) for question, answer in filter(None, found) if answer
        ]
