"""The door for a WSGI server: `gunicorn scarclinic.wsgi`.

Before each start of a new version: `manage.py migrate` and `manage.py collectstatic`.
"""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scarclinic.settings")

application = get_wsgi_application()
