"""Changes that give power, for the second administrator."""

from django.contrib import admin, messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from scarclinic.staff import accounts, proof
from scarclinic.staff.admin.read_only import ReadOnlyAdmin
from scarclinic.staff.models import AccountChange


class WaitingFilter(admin.SimpleListFilter):
    """Filter of what waits and what is settled; what waits, by default."""

    title = lazy("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("waiting", lazy("Waiting")), ("settled", lazy("Settled"))]

    def value(self):
        return "settled" if super().value() == "settled" else "waiting"

    def choices(self, changelist):
        _unfiltered, *states = super().choices(changelist)
        return states

    def queryset(self, request, queryset):
        return queryset.filter(settled_at__isnull=self.value() == "waiting")


@admin.register(AccountChange)
class AccountChangeAdmin(ReadOnlyAdmin):
    """Changes that give power, for the second administrator."""

    list_display = ["user", "name", "email", "what", "asked_by", "asked_at"]
    list_display += ["is_confirmed", "settled_by", "settled_at"]
    list_display_links = None
    list_filter = [WaitingFilter]
    list_select_related = ["user", "asked_by", "settled_by"]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = ["confirm", "refuse"]
    empty_value_display = ""

    def has_confirm_permission(self, request):
        return request.user.has_perm("staff.change_user")

    def get_changelist_instance(self, request):
        changelist = super().get_changelist_instance(request)
        changes = list(changelist.result_list)
        words = accounts.in_words_of_each([each.changes for each in changes])
        for change, said in zip(changes, words, strict=True):
            change.said = "; ".join(said)
        changelist.result_list = changes
        return changelist

    @admin.display(description=lazy("name"))
    def name(self, change):
        return change.user.get_full_name()

    @admin.display(description=lazy("e-mail"))
    def email(self, change):
        return change.user.email

    @admin.display(description=lazy("what"))
    def what(self, change):
        return change.said

    @admin.action(permissions=["confirm"], description=lazy("Confirm"))
    def confirm(self, request, queryset):
        return self._settle(request, queryset, accounts.confirm, _("Confirmed: %s."))

    @admin.action(permissions=["confirm"], description=lazy("Refuse"))
    def refuse(self, request, queryset):
        return self._settle(request, queryset, accounts.refuse, _("Refused: %s."))

    def _settle(self, request, queryset, verb, said):
        if page := proof.ask(request):
            return page
        for change in queryset:
            try:
                verb(change, by=request.user)
            except accounts.NotAllowed as refused:
                messages.error(request, f"{change}: {refused}")
            else:
                messages.success(request, said % change)
        return None
