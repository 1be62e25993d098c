from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConsultationsConfig(AppConfig):
    name = "consultations"
    verbose_name = _("What patients ask")

    def ready(self):
        from consultations import checks  # noqa: F401
        from consultations.intake import people_search
        from consultations.letters import sms
        from consultations.review import scopes
        from consultations.review.workflow import recalling
        from methods.publishing import protocol_versions
        from scarclinic.staff import accounts, ledger

        if sms.is_offered():
            # One that is misspelled would be found out by the first patient.
            sms.adapter()
        rights = ["sign_plan", "read_answers", "view_safeguardingnote"]
        rights += ["change_erasurerequest", "answer_message"]
        accounts.powers.update(f"consultations.{right}" for right in rights)
        accounts.elsewhere["scope"] = accounts.Elsewhere(
            scopes.give, scopes.in_words_of_each
        )
        ledger.case_finders.append(people_search.case_number)
        protocol_versions.when_renewed(recalling.begin)
