# The newsroom's commands; `make` alone lists them.

PYTHON ?= python3
PORT ?= 8000
UV ?= uv
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
PYTEST := $(BIN)/python -m pytest
export CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
ifndef TOGETHER  # Of which each has servers, databases and files of its own: two passes of the tests.
.NOTPARALLEL:
endif
.PHONY: help demo serve run env test sqlite-and-the-look postgresql-and-the-rest on-sqlite on-postgresql e2e ops-test audit bench bench-search lint check messages lock clean port-is-free

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

demo: port-is-free .venv/base var/collected ## Serve the site with demo content (PORT=8000, DEMO_PASSWORD=random)
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) seed_demo --staff $(if $(DEMO_PASSWORD),--password "$$DEMO_PASSWORD")
	@echo
	@echo "English  http://127.0.0.1:$(PORT)/en/"
	@echo "中文     http://127.0.0.1:$(PORT)/zh-hans/"
	@echo "Admin    http://127.0.0.1:$(PORT)/admin/"
	@echo "Ctrl-C stops the site. What you write stays in var/."
	@WEB_WORKERS=1 exec $(BIN)/python -m haisum.serve --port $(PORT)

serve: port-is-free .venv/base var/collected ## Serve as in production, with what .env says (PORT=8000)
	@exec $(BIN)/python -m haisum.serve --port $(PORT)

env: ## Write the .env of a server, with fresh secrets (HOST=news.example.com)
	@test ! -e .env || { echo "There is an .env already, with secrets in it: move it away first." >&2; exit 1; }
	@$(call write_env,"ALLOWED_HOSTS=$(HOST)" "SITE_HOST=$(HOST)" "DATABASE_PASSWORD=$$($(RANDOM))")
	@echo "Wrote .env for https://$(HOST)/. To start the site: docker compose up --detach"
HOST = localhost

run: port-is-free .venv/base .env ## Develop: errors in the browser, a restart at every change (PORT=8000)
	@$(MANAGE) migrate --verbosity 0
	@DEBUG=true HTTPS=false exec $(MANAGE) runserver 127.0.0.1:$(PORT)

test: .venv/dev ## Run all tests: SQLite and PostgreSQL together, browser (ARGS="-k legacy" goes to the first two alone)
	@$(MAKE) --no-print-directory --keep-going --jobs=2 --output-sync=target TOGETHER=1 \
		sqlite-and-the-look postgresql-and-the-rest

# A pass for each database, and behind each the browser tests that make both about as long.
THE_LOOK = tests/e2e/test_look.py tests/e2e/test_desk_axe.py tests/e2e/test_styles.py
sqlite-and-the-look: BROWSED = $(THE_LOOK) --output=test-results/look
postgresql-and-the-rest: BROWSED = tests/e2e $(THE_LOOK:%=--ignore=%) --output=test-results/rest
sqlite-and-the-look postgresql-and-the-rest: .venv/dev
	@failed=; \
	$(MAKE) --no-print-directory on-$(firstword $(subst -, ,$@)) || failed=1; \
	$(if $(ARGS),,$(MAKE) --no-print-directory e2e BROWSED="$(BROWSED)" || failed=1;) \
	test -z "$$failed"

on-sqlite on-postgresql: on-%: .venv/dev
	@echo "Tests on $*"; TEST_DATABASE=$* $(PYTEST) $(ARGS)

BROWSED = tests/e2e
e2e: .venv/dev ## Run the browser tests (ARGS="-k publishes --headed")
	@if [ -n "$$CHROMIUM" ]; then echo "Tests in the browser"; $(PYTEST) $(BROWSED) $(ARGS); \
	else echo "No browser tests: they need Chromium (apt install chromium)."; test -z "$$CI"; fi

ops-test: .venv/dev ## Rehearse deployment, migration, backup and several machines (minutes; needs what docs/operations.md names)
	@TEST_DATABASE=postgresql MOMENTS=1000 $(PYTEST) tests/ops tests/test_newspaper.py $(ARGS)

audit: .venv/dev ## Measure the quality of the pages (QUICK=1 as in CI; PARTS="nu links"; needs Chromium, Node, Java)
	@$(BIN)/python -m bench.audit $(if $(QUICK),--quick) $(PARTS)

bench: .venv/dev ## Measure the site on this machine (needs wrk; ROUNDS=5; PEERS=1 measures Wagtail too)
	@$(BIN)/python -m bench $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(PEERS),--peers) $(if $(QUICK),--quick)

bench-search: .venv/dev ## Judge the search beside icontains and Wagtail (TIMES=1 measures times too)
	@$(BIN)/python -m bench.search $(if $(TIMES),--times) $(if $(QUICK),--quick)

lint: .venv/dev ## Check style and types
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet || { echo "Not formatted; run: $(BIN)/ruff format"; exit 1; }
	@$(BIN)/djlint templates --check --lint --quiet
	@DEBUG=true $(BIN)/mypy

# As a server would be set up, whatever the developer's own .env says.
DEPLOYED = ENV_FILE=/dev/null DATABASE_URL=sqlite://:memory: ALLOWED_HOSTS=news.example.com \
	BEHIND_PROXY=true SECRET_KEY=$$($(SECRET))
SECRET := $(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))'

check: lint ## Check style, types, settings, migrations, translations and the compose file
	@$(DEPLOYED) $(MANAGE) check --deploy --fail-level WARNING
	@$(DEPLOYED) $(MANAGE) makemigrations --check --dry-run
	@$(PYTEST) --quiet tests/test_translations.py
	@TEST_DATABASE=postgresql $(PYTEST) --quiet tests/test_migration_rules.py
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose.yml

messages: .venv/dev ## Collect the texts to translate and compile the translations (needs gettext)
	@$(DEPLOYED) $(MANAGE) makemessages --all --no-location --no-obsolete --ignore var --ignore tests
	@$(DEPLOYED) $(MANAGE) compilemessages --ignore .venv --ignore var

lock: ## Pin the newest versions that pyproject.toml allows (needs uv)
	@$(LOCK) --output-file requirements/base.txt
	@$(LOCK) --extra s3 --extra sentry --constraints requirements/base.txt --output-file requirements/full.txt
	@$(LOCK) --group dev --constraints requirements/full.txt --output-file requirements/dev.txt
LOCK := $(UV) pip compile pyproject.toml --upgrade --universal --generate-hashes --no-header \
	--python-version 3.11 --quiet

clean: ## Remove the environment and all caches; your data (var/, .env) stay
	@rm -rf .venv var/static var/collected var/install.log test-results \
		.pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- What the commands need ---

# Before anything is installed: nobody should wait a minute to hear that the port is taken.
port-is-free:
	@test -x $(BIN)/pip || $(PYTHON_WILL_DO)
	@$(firstword $(wildcard $(BIN)/python) $(PYTHON)) -c "$$PORT_IS_FREE" "$(PORT)"

.venv/bin/pip:
	@$(PYTHON_WILL_DO)
	@mkdir -p var
	@$(PYTHON) -m venv .venv >var/install.log 2>&1 \
		|| { echo "Making .venv failed; var/install.log says why." >&2; exit 1; }

.venv/base .venv/dev: .venv/%: requirements/%.txt | .venv/bin/pip
	@mkdir -p var
	@echo "Installing $< (about a minute the first time)"
	@$(BIN)/python -m pip install --no-input --requirement $< >var/install.log 2>&1 \
		|| { echo "Installing $< failed ($$(grep ^ERROR var/install.log | tail -n 1)); all of pip's output is in var/install.log." >&2; exit 1; }
	@touch $@

.env:
	@$(call write_env,ALLOWED_HOSTS=127.0.0.1$(comma)localhost HTTPS=false)
comma := ,

# With what every machine has: a server may have no Python of its own.
write_env = umask 077; printf '%s\n' "\# Written by make; .env.example explains every variable." \
	"SECRET_KEY=$$($(RANDOM))" DEBUG=false $(1) >.env
RANDOM = LC_ALL=C tr -dc A-Za-z0-9 </dev/urandom | head -c 64

var/collected: .venv/base .env $(shell find static news/static haisum/static 2>/dev/null)
	@$(MANAGE) collectstatic --noinput --verbosity 0
	@touch $@

define PORT_IS_FREE
import os, socket, sys
port = sys.argv[1]
try:
    socket.create_server(("127.0.0.1", int(port))).close()
except (OverflowError, ValueError):
    sys.exit("PORT must be a number from 1024 to 65535, not %s." % port)
except OSError as error:
    sys.exit("Port %s is not free (%s). Choose another: make $(MAKECMDGOALS) PORT=%d" % (port, os.strerror(error.errno), int(port) + 1))
endef
export PORT_IS_FREE

# Written for the oldest Python that may run it.
define NEW_ENOUGH
import sys
if sys.version_info < (3, 11):
    sys.exit("Python 3.11 or newer is needed; $(PYTHON) is %d.%d. Install it or run: make $(MAKECMDGOALS) PYTHON=python3.12" % sys.version_info[:2])
try:
    import ensurepip, venv
except ImportError:
    sys.exit("$(PYTHON) has no venv module; on Debian or Ubuntu run: apt install python3-venv")
endef
export NEW_ENOUGH

PYTHON_WILL_DO = { command -v $(PYTHON) >/dev/null \
	|| { echo "Python 3.11 or newer is needed; there is no $(PYTHON) here." >&2; exit 1; }; } \
	&& $(PYTHON) -c "$$NEW_ENOUGH"
