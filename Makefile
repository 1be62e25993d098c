# What a developer types. Needs make and Python 3.11 or newer; all else is fetched
# into .venv, again only when a requirements file has changed.

PYTHON ?= python3
PORT ?= 8000
# Where the private links in e-mails lead.
SITE_URL ?= http://127.0.0.1:$(PORT)

PIP_INSTALL = .venv/bin/python -m pip install --quiet --disable-pip-version-check
PIP_COMPILE = CUSTOM_COMPILE_COMMAND="make requirements" .venv/bin/pip-compile --no-emit-find-links --quiet \
  --generate-hashes --strip-extras --no-emit-index-url --allow-unsafe
NODE_MODULES = benchmarks/browser/node_modules/.package-lock.json
OBSERVATORY = benchmarks/browser/observatory/node_modules/.package-lock.json

.PHONY: help run test lint audit bench looks properties photos budgets journey lighthouse \
  observatory outdated requirements

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' Makefile

run: .venv/requirements.stamp .env ## Serve the site with demo accounts on 127.0.0.1, PORT=8000
	@.venv/bin/python manage.py migrate --verbosity 0
	@.venv/bin/python manage.py load_catalogue
	@.venv/bin/python manage.py load_texts
	@SITE_URL=$(SITE_URL) .venv/bin/python manage.py demo_clinic
	@$(SERVE)

# Where Python keeps no bytecode, as in many containers, each of the processes that the tests
# start compiles all modules anew.
test: export PYTHONDONTWRITEBYTECODE =
test: .venv/requirements-dev.stamp .env ## Run every test
	.venv/bin/python -m pytest --numprocesses auto --dist worksteal

# The check sees a server's settings; what only a server lacks is refused there.
lint: .venv/requirements-dev.stamp .env ## Check style, types, migrations, a server's settings
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/python manage.py makemigrations --check --dry-run
	@folder=$$(mktemp -d) && trap 'rmdir "$$folder"' EXIT && \
	  DEBUG=off ALLOWED_HOSTS=clinic.example BEHIND_PROXY=on MEDIA_ROOT=$$folder \
	  SITE_URL=https://clinic.example DEFAULT_FROM_EMAIL=desk@clinic.example \
	  SECRET_KEY=$$(.venv/bin/python -c "$(RANDOM_KEY)") \
	  LEDGER_KEY=$$(.venv/bin/python -c "$(RANDOM_KEY)") \
	  DATA_KEYS=$$(.venv/bin/python -c "$(RANDOM_KEY)") \
	  .venv/bin/python manage.py check --deploy --fail-level WARNING

# On the catalogue that we ship, in a database of its own.
audit: .venv/requirements.stamp .env ## List what is missing in the protocol, and what waits
	@folder=$$(mktemp -d) && trap 'rm -r "$$folder"' EXIT && \
	  export DATABASE_URL=sqlite:///$$folder/audit.sqlite3 && \
	  .venv/bin/python manage.py migrate --verbosity 0 && \
	  .venv/bin/python manage.py load_catalogue && \
	  .venv/bin/python manage.py protocol audit

bench: .venv/requirements-dev.stamp .env ## Measure what must stay fast
	@for file in $(wildcard $(foreach each,suggest replay pages desk intake protection crowding,benchmarks/$(each).py)); do \
	  echo "$$file"; .venv/bin/python "$$file" || exit 1; \
	done

looks: .venv/requirements-dev.stamp ## Count the looks of which the protocol has nothing to say
	.venv/bin/python benchmarks/looks.py

properties: .venv/requirements-dev.stamp ## Hold the protocol's properties over 20,000 patients
	.venv/bin/python benchmarks/properties.py

photos: .venv/requirements-dev.stamp ## Have the decoder clean or refuse 1,100 odd images
	.venv/bin/python benchmarks/photos.py

budgets: .venv/requirements-dev.stamp $(NODE_MODULES) ## Hold every public page against its budgets
	.venv/bin/python benchmarks/browser/budgets.py

journey: .venv/requirements-dev.stamp $(NODE_MODULES) ## Audit every page of the intake and the admin
	.venv/bin/python benchmarks/browser/journey.py

lighthouse: .venv/requirements-dev.stamp $(NODE_MODULES) ## Let Lighthouse mark a page of each kind
	.venv/bin/python benchmarks/browser/lighthouse.py

observatory: .venv/requirements-dev.stamp $(OBSERVATORY) ## Let MDN's Observatory mark the site's headers
	.venv/bin/python benchmarks/browser/observatory.py

outdated: .venv/requirements-dev.stamp ## List packages with a newer release
	.venv/bin/python -m pip list --outdated --disable-pip-version-check

# What is pinned already stays; a newer version is written into the .in file first.
requirements: | .venv/bin/python ## Pin what the .in files ask for, with hashes
	$(PIP_INSTALL) pip-tools==7.6.2
	$(PIP_COMPILE) --output-file requirements.txt requirements.in
	$(PIP_COMPILE) --output-file requirements-dev.txt requirements-dev.in

# How the above come to be

RANDOM_KEY = import secrets; print(secrets.token_urlsafe(50))

# The server, and a worker for background tasks beside it. Whichever way the server ends
# (Ctrl-C, a signal to make, a port that is taken), the worker ends with it. In the background a
# command has no standard input, and a breakpoint() in a view needs one.
define SERVE
exec 3<&0; \
trap 'kill $$! 2>/dev/null; while kill $$worker 2>/dev/null; do sleep 0.1; done; wait' EXIT; \
trap 'exit 0' INT TERM HUP; \
SITE_URL=$(SITE_URL) .venv/bin/python manage.py db_worker --no-reload & worker=$$!; \
.venv/bin/python manage.py runserver 127.0.0.1:$(PORT) <&3 & \
wait $$!
endef

.env: | .venv/bin/python
	@umask 077; key=$$(.venv/bin/python -c "$(RANDOM_KEY)") && \
	  printf 'DEBUG=on\nSECRET_KEY=%s\n' "$$key" > $@
	@echo "Wrote .env with a new SECRET_KEY and DEBUG=on, for development."

.venv/requirements.stamp: requirements.txt | .venv/bin/python
	$(PIP_INSTALL) --require-hashes --requirement requirements.txt
	@touch $@

.venv/requirements-dev.stamp: requirements-dev.txt .venv/requirements.stamp
	$(PIP_INSTALL) --require-hashes --requirement requirements-dev.txt
	@touch $@

$(NODE_MODULES): benchmarks/browser/package-lock.json
	@command -v npm >/dev/null || { \
	  echo "npm is missing. On Debian or Ubuntu: apt install npm"; exit 1; }
	npm ci --prefix benchmarks/browser --no-audit --no-fund --loglevel=error
	@touch $@

# Its scripts would fetch lists that a scan of this machine does not read.
$(OBSERVATORY): benchmarks/browser/observatory/package-lock.json
	@command -v npm >/dev/null || { \
	  echo "npm is missing. On Debian or Ubuntu: apt install npm"; exit 1; }
	npm ci --prefix benchmarks/browser/observatory --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

.venv/bin/python:
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed; $(PYTHON) is" \
	    "$$(command -v $(PYTHON) >/dev/null && $(PYTHON) --version 2>&1 || echo missing)."; \
	  echo "Name another: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c "import ensurepip, venv" 2>/dev/null || { \
	  echo "$(PYTHON) cannot make a virtual environment."; \
	  echo "On Debian or Ubuntu: apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv --clear .venv
