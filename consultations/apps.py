from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConsultationsConfig(AppConfig):
    name = "consultations"
    verbose_name = _("What patients ask")

    def ready(self):
        from consultations import checks  # noqa: F401
        from consultations.intake import consents, people_search
        from consultations.letters import sms
        from consultations.models import Plan
        from consultations.review import scopes
        from consultations.review.workflow import recalling
        from methods.publishing import proposals, protocol_versions, reach
        from scarclinic.staff import accounts, ledger

        if sms.is_offered():
            # One that is misspelled would be found out by the first patient.
            sms.adapter()
        rights = ["sign_plan", "read_answers", "view_safeguardingnote"]
        rights += ["change_erasurerequest", "answer_message"]
        accounts.powers.update(f"consultations.{right}" for right in rights)
        accounts.powers.add("methods.confirm_proposal")
        accounts.elsewhere["scope"] = accounts.Elsewhere(
            scopes.give, scopes.in_words_of_each
        )
        proposals.acts[consents.OFFER] = proposals.Act(
            lambda each: consents.difference(each.subject), consents.confirm_offer
        )
        reach.counters.append(lambda: Plan.objects.waiting().count())
        ledger.case_finders.append(people_search.case_number)
        protocol_versions.when_renewed(recalling.begin)
