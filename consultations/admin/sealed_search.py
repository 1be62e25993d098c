"""What staff type to find a person, sealed: no address, log or browser's history names them.

It is posted, sealed by the newest of `DATA_KEYS`, and opened as long as that key is there.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from django.contrib.admin.views.main import PAGE_VAR, SEARCH_VAR

from scarclinic.staff.encryption import keys

MARK = "."
"""What a sealed text begins with: no name and no number does."""
PLACE = "people search"
LONGEST = 300


def sealed(text: str) -> str:
    body = keys.seal(text.encode(), PLACE)
    return MARK + urlsafe_b64encode(body).decode()


def opened(text: str) -> str:
    """Return what was typed, also if it is not sealed; "" of what opens no more."""
    if not text.startswith(MARK):
        return text
    try:
        return keys.unseal(urlsafe_b64decode(text[len(MARK) :]), PLACE).decode()
    except (ValueError, keys.Unreadable):
        return ""


def sealed_address(request):
    """Return the address of what is found by a posted text, with the filters kept."""
    query = request.GET.copy()
    for name in (SEARCH_VAR, PAGE_VAR, "state"):
        query.pop(name, None)
    if text := request.POST.get(SEARCH_VAR, "").strip()[:LONGEST]:
        query[SEARCH_VAR] = sealed(text)
    return f"{request.path}?{query.urlencode()}"
