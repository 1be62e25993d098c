"""The web server behind nginx: `gunicorn --config deploy/gunicorn.conf.py scarclinic.wsgi`."""

import os

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
# A thread that waits for the database or a photo holds up no other.
worker_class = "gthread"
threads = 8
timeout = 30
graceful_timeout = 30
# Longer than nginx keeps an idle connection, so that it is nginx who closes it.
keepalive = 75
# A worker that has leaked is replaced before anybody notices; not all at once.
max_requests = 20_000
max_requests_jitter = 2_000
# The kernel's memory: on a disk that hangs, gunicorn takes a worker for dead.
worker_tmp_dir = "/dev/shm"  # noqa: S108
# nginx writes the access log, without the tokens of private links.
accesslog = None
