"""Public pages."""

from django.urls import path

from methods import views

app_name = "methods"
urlpatterns = [
    path("", views.home, name="home"),
    path("treatments/", views.treatments, name="list"),
    path("treatments/<slug:slug>/", views.detail, name="detail"),
    path("scars/", views.scars, name="scars"),
    path("scars/<slug:code>/", views.scar, name="scar"),
]
