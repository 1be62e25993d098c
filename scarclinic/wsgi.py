"""The door for a WSGI server: `gunicorn scarclinic.wsgi`.

Before each start of a new version: `manage.py migrate` and `manage.py collectstatic`.
"""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scarclinic.settings")
handler = get_wsgi_application()

# These need Django to be set up.
from django.conf import settings  # noqa: E402

from methods.publishing import editions  # noqa: E402
from scarclinic.page_cache import Store  # noqa: E402

application = Store(
    handler,
    stamp=settings.EDITION_STAMP,
    current_edition=editions.current_digest,
)
