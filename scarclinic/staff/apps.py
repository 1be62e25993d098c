from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class StaffConfig(AppConfig):
    default = True
    name = "scarclinic.staff"
    label = "staff"
    verbose_name = _("Accounts")

    def ready(self):
        from scarclinic.staff import checks  # noqa: F401


class ClinicAdminConfig(admin_apps.AdminConfig):
    default = False
    default_site = "scarclinic.staff.site.ClinicSite"
