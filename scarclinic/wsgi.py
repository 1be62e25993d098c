"""The door for a WSGI server: `gunicorn scarclinic.wsgi`.

Before each start of a new version: `manage.py migrate` and `manage.py collectstatic`.
"""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scarclinic.settings")
handler = get_wsgi_application()

# These need Django to be set up.
from methods.publishing import edition_watch  # noqa: E402
from scarclinic.page_cache import PageCache  # noqa: E402

application = PageCache(handler, watch=edition_watch.start)
