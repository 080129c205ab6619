# `make` alone lists what can be done. Needs Python >= 3.11 and nothing else: PostgreSQL and Valkey
# come with the packages. `make demo ARGS="--tasks 50"` passes options on.

VENV ?= .venv
PYTHON ?=
ARGS ?=
WEEKS ?= 500
BIN = $(VENV)/bin
# The program ends when make does, even by kill -9, and its servers with it.
RUN = exec $(BIN)/python -I -S marketplace/devservers/launch.py 15 $$PPID - - $(BIN)/python
SOURCES = marketplace accounts tasks payments tests manage.py
# Commands that only read the code: no server, no secret.
DRY = DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python -W ignore::RuntimeWarning

# Images of containers often set it: each of the many processes here would compile all modules anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help up demo test test-slow test-browser coverage check bench drills drill-payouts drill-weeks oracle fmt lock clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: $(VENV)/.demo ## run everything here: web, worker, beat, database, a local Stripe
	@$(RUN) manage.py up $(ARGS)

demo: $(VENV)/.demo ## watch tasks travel the whole road, from a client's post to a payout
	@$(RUN) manage.py demo $(ARGS)

test: $(VENV)/.all ## run the tests, on throw-away servers; ARGS="-n auto": on all cores
	@$(RUN) -m pytest --dist worksteal -m "not browser and not slow" $(ARGS)

test-slow: $(VENV)/.all ## run the tests that kill workers, storm and run whole demos
	@$(RUN) -m pytest -m slow $(ARGS)

test-browser: $(VENV)/.all ## run the tests that look at the pages in Chromium
	@$(RUN) -m pytest -m browser $(ARGS)

coverage: $(VENV)/.all ## run the tests of payments; fails where a branch that moves money has none
	@$(RUN) -m coverage run -m pytest -m "not browser and not slow" --ignore tests/payments/devstripe tests/payments $(ARGS)
	@$(BIN)/coverage report

check: $(VENV)/.all ## lint, types, import contracts, templates, migrations, the API document
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --check --lint marketplace accounts tasks payments
	$(DRY) manage.py makemigrations --check --dry-run
	if [ -f docs/openapi.yaml ]; then $(DRY) manage.py spectacular --validate --fail-on-warn | diff docs/openapi.yaml -; fi

bench: $(VENV)/.demo ## measure; alone it lists what, ARGS="ledger --claims 400" runs one
	@$(RUN) manage.py bench $(ARGS)

drills: drill-payouts drill-weeks ## both drills of money, one after the other

drill-payouts: $(VENV)/.demo ## payouts while workers die and Stripe fails, 20 times; ARGS="--payouts 50"
	@$(RUN) manage.py drill payouts --seed 1-20 $(ARGS)

drill-weeks: $(VENV)/.all ## random weeks of operations with money; some minutes for WEEKS=500
	@MONEY_WEEKS=$(WEEKS) $(RUN) -m pytest tests/properties/test_money_week.py -k random_week -s

oracle: .ci/oracle.txt ## compute anew what independent libraries say of our statistics' test data
	@.ci/install "$(PYTHON)" .local/oracle .ci/oracle.txt
	@.local/oracle/bin/python -m tests.oracle

fmt: $(VENV)/.all ## format code and templates
	$(BIN)/ruff check --fix-only --quiet $(SOURCES)
	$(BIN)/ruff format $(SOURCES)
	-$(BIN)/djlint --quiet --reformat marketplace accounts tasks payments

lock: $(VENV)/.all ## write the four lock files anew from .ci/*.in
	$(LOCK) .ci/production.in -o requirements.txt
	$(LOCK) .ci/development.in -o .ci/requirements.txt
	$(LOCK) --no-deps .ci/demo.in -o .ci/demo.txt
	$(LOCK) .ci/oracle.in -o .ci/oracle.txt

LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock"

clean: ## remove the virtualenv, local data and caches
	rm -rf $(VENV) .local .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage htmlcov staticfiles
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.demo: requirements.txt .ci/demo.txt .ci/install
	@.ci/install "$(PYTHON)" "$(VENV)" requirements.txt .ci/demo.txt
	@touch $@

$(VENV)/.all: requirements.txt .ci/demo.txt .ci/requirements.txt .ci/install
	@.ci/install "$(PYTHON)" "$(VENV)" requirements.txt .ci/demo.txt .ci/requirements.txt
	@touch $(VENV)/.demo $@
