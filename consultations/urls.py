"""URLs of the intake and of the private page."""

from django.urls import path

from consultations.intake.views import pages, photos, saved
from consultations.private_page.views import (
    corrections,
    links,
    messages,
    own_data,
    questions,
    responses,
    second,
    status,
)

app_name = "consultations"
urlpatterns = [
    path("consultation/", pages.start, name="start"),
    path("consultation/check/", pages.check, name="check"),
    path("consultation/advice/", pages.stop, name="stop"),
    path("consultation/pages/", pages.tasks, name="tasks"),
    path("consultation/another-scar/", pages.add_scar, name="add_scar"),
    path("consultation/saved/", saved.saved, name="saved"),
    path("consultation/device/", saved.own_device, name="own_device"),
    path("consultation/link/", links.lost, name="lost_link"),
    path("consultation/link/sent/", links.link_sent, name="link_sent"),
    path("go/<str:code>/", links.short, name="short_link"),
    path("consultation/forget/", links.forget, name="forget"),
    path("consultation/forgotten/", links.forgotten, name="forgotten"),
    path(
        "consultation/remove-scar/<int:number>/", pages.remove_scar, name="remove_scar"
    ),
    path("consultation/<slug:slug>/", pages.step, name="step"),
    path(
        "consultation/photos/<int:number>/",
        photos.photos,
        {"slug": "photos"},
    ),
    path("consultation/<slug:slug>/<int:number>/", pages.step, name="step"),
    path(
        "consultation/photos/<int:number>/<slug:slot>/",
        photos.keep_photo,
        name="keep_photo",
    ),
    path(
        "consultation/photos/<int:number>/<slug:slot>/remove/",
        photos.remove_photo,
        name="remove_photo",
    ),
    path("photo/<slug:name>/", photos.photo, name="photo"),
    path(
        "photo/<slug:name>/small/",
        photos.photo,
        {"is_small": True},
        name="small_photo",
    ),
    path("status/<str:token>/photo/", photos.add_photo, name="add_photo"),
    path(
        "status/<str:token>/photo/<slug:name>/remove/",
        photos.take_back,
        name="take_back_photo",
    ),
    path("status/<str:token>/", status.status, name="status"),
    path("status/<str:token>/answers/", status.answers, name="answers"),
    path(
        "status/<str:token>/answers/pdf/",
        status.answers,
        {"as_pdf": True},
        name="answers_pdf",
    ),
    path("status/<str:token>/correct/", corrections.overview, name="corrections"),
    path(
        "status/<str:token>/correct/<slug:slug>/", corrections.page, name="correct_page"
    ),
    path(
        "status/<str:token>/correct/<slug:slug>/<int:number>/",
        corrections.page,
        name="correct_page",
    ),
    path("status/<str:token>/plan/<int:version>/", status.plan, name="plan"),
    path(
        "status/<str:token>/plan/<int:version>/answer/",
        responses.respond,
        name="respond",
    ),
    path(
        "status/<str:token>/plan/<int:version>/print/",
        status.plan_document,
        name="plan_document",
    ),
    path(
        "status/<str:token>/plan/<int:version>/pdf/",
        status.plan_document,
        {"as_pdf": True},
        name="plan_pdf",
    ),
    path("status/<str:token>/question/<int:pk>/", questions.question, name="question"),
    path("status/<str:token>/messages/", messages.own, name="messages"),
    path("status/<str:token>/link/", links.renew, name="renew_link"),
    path("status/<str:token>/data/", own_data.own_data, name="own_data"),
    path("status/<str:token>/data/read/", own_data.document, name="data_document"),
    path(
        "status/<str:token>/data/pdf/",
        own_data.document,
        {"as_pdf": True},
        name="data_pdf",
    ),
    path("status/<str:token>/data/file/", own_data.export, name="export"),
    path("status/<str:token>/data/erase/", own_data.erase, name="erase"),
    path(
        "status/<str:token>/data/<slug:purpose>/take-back/",
        own_data.take_back,
        name="take_back",
    ),
    path("status/<str:token>/other/", second.send, name="send_second"),
    path("status/<str:token>/shared/", second.second, name="second"),
    path(
        "status/<str:token>/shared/messages/", second.messages, name="second_messages"
    ),
    path(
        "status/<str:token>/shared/plan/<int:version>/print/",
        second.plan_document,
        name="second_document",
    ),
    path(
        "status/<str:token>/shared/plan/<int:version>/pdf/",
        second.plan_document,
        {"as_pdf": True},
        name="second_pdf",
    ),
    path(
        "status/<str:token>/shared/<slug:purpose>/take-back/",
        second.take_back,
        name="second_take_back",
    ),
    path(
        "status/<str:token>/shared/<slug:purpose>/agree/",
        second.agree,
        name="second_agree",
    ),
    path("status/<str:token>/data/<slug:purpose>/agree/", own_data.agree, name="agree"),
    path("status/<str:token>/withdraw/", own_data.withdraw, name="withdraw"),
]
