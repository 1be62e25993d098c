"""The door for a WSGI server: `gunicorn scarclinic.wsgi`.

Before each start of a new version: `manage.py migrate` and `manage.py collectstatic`.
"""

import os
from contextlib import suppress

# Whatever the site writes, a database, a photo, nobody else on the machine reads.
os.umask(0o077)

from django.core.wsgi import get_wsgi_application  # noqa: E402

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scarclinic.settings")
handler = get_wsgi_application()

# These need Django to be set up.
from django.db import Error, connection  # noqa: E402

from methods.publishing import edition_watch, editions  # noqa: E402
from scarclinic.page_cache import PageCache  # noqa: E402
from scarclinic.request_counts import Counted  # noqa: E402
from scarclinic.staff.encryption import checking  # noqa: E402
from scarclinic.staff.postgresql import patience  # noqa: E402

patience.serve()
checking.begin()
with suppress(Error):
    # Who meets an outage is told whom to call, from the first request on.
    editions.current()
# A server that loads the site before it forks must not share a connection.
connection.close()

application = Counted(PageCache(handler, watch=edition_watch.start))
