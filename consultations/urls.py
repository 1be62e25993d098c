"""What a patient sees of a consultation."""

from django.urls import path

from consultations.views import intake, status

app_name = "consultations"
urlpatterns = [
    path("consultation/", intake.start, name="start"),
    path("consultation/check/", intake.check, name="check"),
    path("consultation/advice/", intake.stop, name="stop"),
    path(
        "consultation/remove-scar/<int:number>/", intake.remove_scar, name="remove_scar"
    ),
    path("consultation/<slug:slug>/", intake.step, name="step"),
    path("consultation/<slug:slug>/<int:number>/", intake.step, name="step"),
    path("status/<str:token>/", status.status, name="status"),
]
