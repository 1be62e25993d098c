"""What a patient sees of a consultation."""

from django.urls import path

from consultations import views

app_name = "consultations"
urlpatterns = [
    path("consultation/", views.start, name="start"),
    path("consultation/check/", views.check, name="check"),
    path("consultation/advice/", views.stop, name="stop"),
    path(
        "consultation/remove-scar/<int:number>/", views.remove_scar, name="remove_scar"
    ),
    path("consultation/<slug:slug>/", views.step, name="step"),
    path("consultation/<slug:slug>/<int:number>/", views.step, name="step"),
    path("plan/<str:token>/", views.plan, name="plan"),
]
