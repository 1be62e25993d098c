from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MethodsConfig(AppConfig):
    name = "methods"
    verbose_name = _("What the clinic offers and knows")

    def ready(self):
        from methods import checks  # noqa: F401
