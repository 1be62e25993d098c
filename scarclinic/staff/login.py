"""The door of the staff: who types wrong passwords is asked to wait."""

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_variables

from scarclinic.staff import throttle


class LoginForm(AdminAuthenticationForm):
    """Counts wrong passwords by address and by user name, whether or not there is one."""

    @sensitive_variables()
    def clean(self):
        name = self.cleaned_data.get("username", "")
        if throttle.is_used_up(self.request, name, "login"):
            # Refused unread and uncounted: another account is not kept out by this one.
            raise ValidationError(self._wait(throttle.minutes_left("login")))
        try:
            return super().clean()
        except ValidationError:
            throttle.is_too_many(self.request, "login")
            throttle.is_too_many_for(name, "login")
            raise

    def _wait(self, minutes):
        told = ngettext(
            "There were too many wrong passwords. Try again in %(count)d minute.",
            "There were too many wrong passwords. Try again in %(count)d minutes.",
            minutes,
        )
        return told % {"count": minutes}


admin.site.login_form = LoginForm
