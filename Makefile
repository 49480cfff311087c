# Every command of the project in one place. `make` alone explains them; nothing has to be installed first.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
READY := .venv/.ready
# The environment carries absolute paths: when the folder has been moved or copied, it is made anew.
ifneq ($(shell cat $(READY) 2>/dev/null),$(CURDIR))
$(READY): moved
endif

##@ Run
up: setup  ## start everything on this machine, run this month on the sample list, and leave it running
	@$(BIN)/payung up

down: setup  ## stop what `make up` has started
	@$(BIN)/payung down

status: setup  ## what is running, and where
	@$(BIN)/payung status

verify: setup  ## recompute every promise across all databases; fails unless all hold
	@$(BIN)/payung verify

tour: setup  ## take one worker from the list to the message, and see which file did what (a Payung of its own, then gone)
	@$(BIN)/python -m tools.tour

doctor: setup  ## what is missing on this machine, and the command that mends it
	@$(BIN)/payung doctor

##@ Containers
COMPOSE = $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose) --profile dev --profile sandbox

compose-up:  ## everything in containers (docs/compose.md); nothing to prepare
	@$(COMPOSE) up --build --detach

compose-run: setup  ## the programme's month through the containers (WORKERS=10000)
	@$(BIN)/python -m deploy.docker run $(if $(WORKERS),--workers $(WORKERS))

compose-down:  ## stop the containers; data and keys stay
	@$(COMPOSE) down

##@ Prove
test: setup check  ## every check and every test (one file: make test ARGS=tests/shared/test_money.py)
	@$(if $(ARGS),$(BIN)/pytest $(ARGS),tools/test $(BIN)/pytest)

check: setup  ## style, types, import arrows, house rules, contracts: one line each
	@$(BIN)/python tools/check.py

bench: setup  ## what relay, consumer, import, journey and month cost here, beside raw and plain code (ten minutes)
	@$(BIN)/python -m benchmarks all --minutes 10

faults: setup  ## months under kills, stops and cuts, then a judgement of every history (KILLS=1000, SEED=1)
	@$(BIN)/python -m tests.faults $(if $(KILLS),--kills $(KILLS)) $(if $(SEED),--seed $(SEED))

simulation: setup  ## simulated years under faults, one a seed (SEEDS=1..50000)
	@$(BIN)/python -m tests.simulation --seeds $(or $(SEEDS),1..5000)

# What has a long form, one after the other: docs/testing.md says what each does there and how long it takes.
LONG_FORMS = tests/simulation tests/planted tests/faults tests/shared/messaging tests/pipeline tests/benchmarks \
	tests/enrolment tests/notification tests/sandbox

prove: setup  ## what make test has in short, whole: years, months, planted bugs, orders, outages (about 75 minutes)
	@PAYUNG_FAULTS=long $(BIN)/pytest --durations 40 $(or $(ARGS),$(LONG_FORMS))

watch: setup  ## run the tests that a change touches, whenever a file changes (Ctrl-C ends it)
	@$(BIN)/python -m tests.suite.watch

coverage: setup  ## how much of rules and messaging the tests run through (a few minutes)
	@mkdir -p build
	@$(BIN)/coverage run -m pytest -m "not alone" tests/compliance tests/enrolment tests/notification tests/subsidy tests/shared/messaging
	@$(BIN)/coverage report --include 'services/*/rules/*'
	@$(BIN)/coverage report --include 'shared/messaging/*'

##@ Maintain
setup: $(READY)  ## make .venv as requirements/development.txt says (the others do it when needed)
	@:

format: setup  ## put the code in the common style
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format --quiet .

lock: setup  ## work out requirements/*.txt anew from pyproject.toml (UPGRADE=1 takes newer versions)
	@tools/lock $(if $(UPGRADE),--upgrade)

clean:  ## remove .venv and caches; the data of `make up` stays
	@rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .import_linter_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

help:
	@printf 'Payung: make <target>\n'
	@awk 'BEGIN { FS = ":.*##" } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*##/ { printf "  %-13s %s\n", $$1, substr($$2, 2) }' Makefile

$(READY): requirements/development.txt pyproject.toml tools/setup
	@tools/setup

moved:
	@:

.PHONY: compose-up compose-run compose-down up down status verify tour doctor test check bench faults simulation prove watch coverage setup format lock clean help moved
