"""The search."""

from django.shortcuts import render

from methods import editions


@editions.published(catalogue=True, params=("q",))
def search(request, edition):
    """Find treatments, scar types and sections by what a visitor calls them."""
    return render(request, "methods/search.html", {"query": request.GET.get("q", "")})
