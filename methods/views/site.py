"""Home, and the pages about the clinic."""

from django.shortcuts import render

from methods import editions
from methods.vocabulary import Line


@editions.published(catalogue=True)
def home(request, edition):
    """Say what the clinic does, and lead to every scar type."""
    catalogue = edition.catalogue
    scar_types = [
        (
            each,
            [m for m in catalogue.methods if m.lines.get(each.code) == Line.FIRST],
        )
        for each in catalogue.scar_types
    ]
    return render(request, "methods/home.html", {"scar_types": scar_types})


@editions.published(catalogue=True)
def about(request, edition):
    """Say who we are."""
    return render(request, "methods/about.html", {"people": edition.catalogue.people})


@editions.published()
def how_we_review(request, edition):
    """Say how what we publish is written, checked and corrected."""
    return render(request, "methods/how_we_review.html")


@editions.published()
def privacy(request, edition):
    """Say what we know of a visitor and of a patient, and for how long."""
    return render(request, "methods/privacy.html")


@editions.published()
def accessibility(request, edition):
    """Say how accessible the site is, and whom to tell where it is not."""
    return render(request, "methods/accessibility.html")


@editions.published()
def contact(request, edition):
    """Say where and when we are to be found."""
    return render(request, "methods/contact.html")
