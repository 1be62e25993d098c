"""Public pages."""

from django.urls import path, re_path

from methods.website.views import (
    causes,
    feeds,
    pictures,
    scars,
    search,
    site,
    treatments,
)

app_name = "methods"
urlpatterns = [
    path("", site.home, name="home"),
    path("treatments/", treatments.treatments, name="list"),
    path("treatments/<slug:address>/", treatments.detail, name="detail"),
    path("prices/", treatments.prices, name="prices"),
    path("compare/", treatments.compare, name="compare"),
    path("scars/", scars.scars, name="scars"),
    path("scars/<slug:code>/", scars.scar, name="scar"),
    path("after/<slug:code>/", causes.cause, name="cause"),
    path("search/", search.search, name="search"),
    path("about/", site.about, name="about"),
    path("how-we-review/", site.how_we_review, name="how-we-review"),
    path("privacy/", site.privacy, name="privacy"),
    path("accessibility/", site.accessibility, name="accessibility"),
    path("contact/", site.contact, name="contact"),
    re_path(
        r"^pictures/(?P<name>[0-9a-f]{16}-[0-9]{1,4}\.(?:avif|webp|jpeg))$",
        pictures.picture,
        name="picture",
    ),
    path("cards/<slug:kind>/<slug:key>.png", feeds.share_picture, name="share-picture"),
    path("sitemap.xml", feeds.sitemap, name="sitemap"),
    path("robots.txt", feeds.robots, name="robots"),
    path("changes.xml", feeds.changes, name="changes"),
]
