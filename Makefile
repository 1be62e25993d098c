# What a developer types. Needs make and Python 3.11 or newer; all else is fetched
# into .venv, again only when a requirements file has changed.

PYTHON ?= python3
PORT ?= 8000

PIP_INSTALL = .venv/bin/python -m pip install --quiet --disable-pip-version-check
NODE_MODULES = benchmarks/browser/node_modules/.package-lock.json

.PHONY: help run test lint bench budgets lighthouse outdated

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' Makefile

run: .venv/requirements.stamp .env ## Serve the site with demo accounts on 127.0.0.1, PORT=8000
	@.venv/bin/python manage.py migrate --verbosity 0
	@.venv/bin/python manage.py load_catalogue
	@.venv/bin/python manage.py demo_accounts
	.venv/bin/python manage.py runserver 127.0.0.1:$(PORT)

test: .venv/requirements-dev.stamp .env ## Run every test
	.venv/bin/python -m pytest --numprocesses auto

# The check sees a server's settings; what only a server lacks is refused there.
lint: .venv/requirements-dev.stamp .env ## Check style, migrations and a server's settings
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/python manage.py makemigrations --check --dry-run
	@DEBUG=off ALLOWED_HOSTS=clinic.example BEHIND_PROXY=on \
	  SECRET_KEY=$$(.venv/bin/python -c "$(RANDOM_KEY)") \
	  .venv/bin/python manage.py check --deploy --fail-level WARNING

bench: .venv/requirements-dev.stamp .env ## Measure what must stay fast
	@for file in benchmarks/*.py; do \
	  echo "$$file"; PYTHONPATH=. .venv/bin/python "$$file" || exit 1; \
	done

budgets: .venv/requirements-dev.stamp $(NODE_MODULES) ## Hold every public page against its budgets
	.venv/bin/python benchmarks/browser/budgets.py

lighthouse: .venv/requirements-dev.stamp $(NODE_MODULES) ## Let Lighthouse mark a page of each kind
	.venv/bin/python benchmarks/browser/lighthouse.py

outdated: .venv/requirements-dev.stamp ## List packages with a newer release
	.venv/bin/python -m pip list --outdated --disable-pip-version-check

# How the above come to be

RANDOM_KEY = import secrets; print(secrets.token_urlsafe(50))

.env: | .venv/bin/python
	@umask 077; key=$$(.venv/bin/python -c "$(RANDOM_KEY)") && \
	  printf 'DEBUG=on\nSECRET_KEY=%s\n' "$$key" > $@
	@echo "Wrote .env with a new SECRET_KEY and DEBUG=on, for development."

.venv/requirements.stamp: requirements.txt | .venv/bin/python
	$(PIP_INSTALL) --requirement requirements.txt
	@touch $@

.venv/requirements-dev.stamp: requirements-dev.txt .venv/requirements.stamp
	$(PIP_INSTALL) --requirement requirements-dev.txt
	@touch $@

$(NODE_MODULES): benchmarks/browser/package-lock.json
	@command -v npm >/dev/null || { \
	  echo "npm is missing. On Debian or Ubuntu: apt install npm"; exit 1; }
	npm ci --prefix benchmarks/browser --no-audit --no-fund --loglevel=error
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
