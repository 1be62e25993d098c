"""E-mail templates, and the outbox."""

from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_tasks_db.models import DBTaskResult

from consultations.admin.printing import urls as urls_of_printing
from consultations.letters import outbox, wording
from consultations.models import BY_EMAIL_ONLY, Letter, LetterTemplate, Way
from scarclinic.staff.admin.read_only import ReadOnlyAdmin
from scarclinic.staff.admin.recorded_list import RecordedPagesAdmin
from scarclinic.staff.edit_conflicts import EditedAdmin, EditedForm

# Words


class LetterTemplateForm(EditedForm):
    class Meta:
        widgets = {"body": AdminTextareaWidget(attrs={"rows": 16})}
        help_texts = {
            "subject": _(
                "{reference} can be used. Words such as scar, skin, treatment, doctor, "
                "photo or consultation are refused, here and in the text."
            ),
            "body": _(
                "Plain text. {link} becomes the private link, {reference} the reference, "
                "{telephone} the clinic’s number. {until} is the day until which a draft or "
                "the link is kept; in “Received” it is the day by which you answer. A line "
                "whose value is missing is left out. Give no name, and say nothing about "
                "the body or what is done for it: somebody else may see it. “Clinic” and "
                "“plan” may stand."
            ),
            "sms": _(
                "One short sentence with {link}, which becomes the short address of the "
                "private page. The same words are refused."
            ),
        }

    def clean_subject(self):
        subject = " ".join(self.cleaned_data["subject"].split())
        return self._without(wording.faults_of_subject(subject, self._kind), subject)

    def clean_body(self):
        # A browser ends lines in its own way.
        body = "\n".join(self.cleaned_data["body"].splitlines())
        return self._without(wording.faults_of_body(body, self._kind), body)

    @property
    def _kind(self):
        # It is chosen once, with a new text.
        return self.instance.kind or self.cleaned_data.get("kind")

    def clean_sms(self):
        text = " ".join(self.cleaned_data["sms"].split())
        if self._kind in BY_EMAIL_ONLY:
            return ""
        return self._without(wording.faults_of_body(text, self._kind), text)

    def _without(self, faults, text):
        if faults:
            raise ValidationError(faults)
        return text


@admin.register(LetterTemplate)
class LetterTemplateAdmin(EditedAdmin):
    """E-mail templates, effective at once. Not deletable: queued e-mails need them."""

    form = LetterTemplateForm
    list_display = ["kind", "language", "subject"]
    fields = ["kind", "language", "subject", "body", "sms"]

    def get_readonly_fields(self, request, obj=None):
        return ["kind", "language"] if obj else []

    def has_delete_permission(self, request, obj=None):
        return False


# The outbox. It says all that staff can act on, so tasks have no page of their own.

admin.site.unregister(DBTaskResult)


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [
            ("waiting", _("Waiting")),
            ("sent", _("Sent")),
            ("given_up", _("Given up")),
        ]

    def queryset(self, request, queryset):
        states = {
            "waiting": queryset.waiting,
            "sent": queryset.sent,
            "given_up": queryset.given_up,
        }
        return states[self.value()]() if self.value() in states else queryset


@admin.register(Letter)
class LetterAdmin(RecordedPagesAdmin, ReadOnlyAdmin):
    """The outbox, read-only: each e-mail and its state of delivery."""

    list_display = ["reference", "kind", "channel", "created_at", "sent_at"]
    list_display += ["attempts", "problem"]
    list_display_links = None
    list_filter = [StateFilter, "channel", "kind"]
    list_per_page = 50
    # In the order of writing, too, and there is an index on it.
    ordering = ["-pk"]
    show_full_result_count = False
    empty_value_display = ""
    actions = ["try_again"]
    fields = [
        "reference",
        "kind",
        "channel",
        "created_at",
        "due_at",
        "attempts",
        "problem",
    ]
    fields += ["sent_at", "given_up_at"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("intake", "second")

    def get_list_display(self, request):
        # Whoever may not read answers does not learn who is a patient here either.
        sees_address = request.user.has_perm("consultations.read_answers")
        columns = super().get_list_display(request)
        return [*columns, "address"] if sees_address else columns

    def get_urls(self):
        return [*urls_of_printing(), *super().get_urls()]

    def has_try_again_permission(self, request):
        return request.user.has_perm("consultations.change_letter")

    @admin.action(description=_("Try again"), permissions=["try_again"])
    def try_again(self, request, queryset):
        count = outbox.try_again(queryset, timezone.now(), by=request.user)
        message = ngettext(
            "%(count)d e-mail will be sent again now. Those sent, or on their way, are "
            "left alone.",
            "%(count)d e-mails will be sent again now. Those sent, or on their way, are "
            "left alone.",
            count,
        )
        messages.success(request, message % {"count": count})

    @admin.display(description=_("reference"), ordering="intake__reference")
    def reference(self, letter):
        return str(letter.intake)

    @admin.display(description=_("to"))
    def address(self, letter):
        return letter.to

    @admin.display(description=_("problem"))
    def problem(self, letter):
        if letter.intake.is_suspected and not (letter.sent_at or letter.given_up_at):
            return _("Waits until somebody says that a person sent the intake.")
        if letter.channel == Way.LETTER and not (letter.sent_at or letter.error):
            return _("Waits to be printed.")
        if letter.error in wording.Fault.values:
            return wording.Fault(letter.error).label
        return letter.error
