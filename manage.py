#!/usr/bin/env python
"""Django's command-line utility, for this project."""

import os
import sys


def main():
    # Whatever a command writes, such as the database, nobody else on the machine reads.
    os.umask(0o077)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scarclinic.settings")
    import django
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    # A refused configuration is told in plain lines, without a traceback.
    try:
        settings.INSTALLED_APPS  # noqa: B018
        django.setup()
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
