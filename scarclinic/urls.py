"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

from scarclinic import health, metrics

urlpatterns = [
    path("", include("methods.urls")),
    path("", include("consultations.urls")),
    # Before the admin's own, which it replaces: there is one log-in.
    path("admin/", include("scarclinic.staff.urls")),
    path("admin/", admin.site.urls),
    path("livez", health.livez),
    path("readyz", health.readyz),
    path("metrics", metrics.metrics),
]

handler500 = "scarclinic.outage.error"
