"""Who signs what alone, edited by who manages the accounts."""

from django.contrib import admin
from django.db.models import ManyToManyField
from django.forms import CheckboxSelectMultiple
from django.utils.translation import gettext as _

from consultations.models import Scope
from consultations.review import scopes
from scarclinic.staff import account_mail
from scarclinic.staff.account_mail import Kind
from scarclinic.staff.admin.recorded import PowerForm, RecordedAdmin


class ScopeForm(PowerForm):
    """A scope. Whatever widens what somebody signs alone waits, all of it together."""

    def clean(self):
        cleaned = super().clean()
        user = self.instance.user if self.instance.pk else cleaned.get("user")
        if not (user and {"level", "methods"} <= cleaned.keys()):
            return cleaned
        methods = [method.pk for method in cleaned["methods"]]
        if scopes.widens(user, cleaned["level"], methods):
            wanted = scopes.in_an_account_change(cleaned["level"], methods)
            self.waiting, self.kept = {"scope": wanted}, tuple(self.fields)
            self.refuse_a_second(user)
        return cleaned


@admin.register(Scope)
class ScopeAdmin(RecordedAdmin, admin.ModelAdmin):
    """The scope of each clinician who has one of their own."""

    form = ScopeForm
    list_display = ["user", "level"]
    list_select_related = ["user"]
    fields = ["user", "level", "methods"]
    search_fields = ["user__username"]
    formfield_overrides = {ManyToManyField: {"widget": CheckboxSelectMultiple}}

    def get_readonly_fields(self, request, obj=None):
        # Given to somebody else, it would leave its owner with none.
        return ["user"] if obj else []

    def account_of(self, obj):
        return obj.user

    def get_deleted_objects(self, objs, request):
        rows, counts, lacking, protected = super().get_deleted_objects(objs, request)
        message = _("%(name)s would sign more alone: enter the wider scope instead")
        protected += [
            message % {"name": scope.user}
            for scope in objs
            if scopes.would_widen_if_deleted(scope)
        ]
        return rows, counts, lacking, protected

    def log_addition(self, request, obj, message):
        if not obj.only_waits:
            account_mail.tell(obj.user, Kind.CHANGED)
        return super().log_addition(request, obj, message)

    def log_change(self, request, obj, message):
        if message:
            account_mail.tell(obj.user, Kind.CHANGED)
        return super().log_change(request, obj, message)

    def log_deletions(self, request, queryset):
        for scope in queryset:
            account_mail.tell(scope.user, Kind.CHANGED)
        return super().log_deletions(request, queryset)
