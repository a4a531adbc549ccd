# Everything a newcomer, a developer or CI runs. `make` alone lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SETUP := $(VENV)/.setup
SETUP_DEV := $(VENV)/.setup-dev
INSTALL := $(BIN)/python -m pip --disable-pip-version-check install --quiet
LOCK := $(BIN)/uv pip compile --no-config --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock"
# Workers of the test run; each starts its own PostgreSQL and NATS.
JOBS ?= 2
PACKAGES := iso fspiop translator switch schemas settlement
# Extra arguments, e.g. make test ARGS="-k money" or make demo ARGS="--json".
ARGS ?=

.PHONY: help
help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: setup ## Run the main job: hub, two banks, two DFSPs, every kind of payment
	@$(BIN)/isoloop demo $(ARGS)

.PHONY: test
test: $(SETUP_DEV) ## Run all tests on real PostgreSQL, NATS, HTTP and signatures
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(ARGS)

.PHONY: check
check: lint ## Run the linters and the tidy test: what must hold before a commit
	$(BIN)/python -m pytest -q tests/test_tidy.py $(wildcard tests/test_docs.py)

.PHONY: lint
lint: $(SETUP_DEV) ## Run ruff, mypy and the import contracts
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

.PHONY: format
format: $(SETUP_DEV) ## Format the code and fix what ruff can fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: bench
bench: $(SETUP_DEV) ## Measure throughput, latency and CPU per payment (minutes; needs a calm machine)
	$(BIN)/python -m tests.bench $(ARGS)

.PHONY: docs
docs: $(SETUP_DEV) ## Write the generated pages and test that every page holds
	$(BIN)/python -m tests.docs
	$(BIN)/python -m pytest -q $(wildcard tests/test_docs.py) tests/unit/switch/test_config.py

.PHONY: poc
poc: $(SETUP_DEV) ## Make the pictures of docs/poc from a real business day
	$(BIN)/python -m tests.docs.poc

.PHONY: setup
setup: $(SETUP) ## Create the environment: locked packages and the isoloop command in .venv/bin

.PHONY: lock
lock: $(SETUP_DEV) ## Resolve the dependencies anew: make lock ARGS=--upgrade
	$(LOCK) $(ARGS) --group build pyproject.toml --output-file requirements.lock
	$(LOCK) $(ARGS) --group pyproject.toml:dev --constraint requirements.lock --output-file requirements-dev.lock

.PHONY: clean
clean: ## Remove the environment and everything built or cached
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: a second run of any command finds the environment as it should be and starts at once. All goes to stderr, so
# that the output of a command is its own. The mask is set so that an unprivileged account, under which PostgreSQL runs
# when we are root, can read the binaries.
$(SETUP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Isoloop needs Python 3.11 or newer: make PYTHON=...")'
	@echo "Setting up $(VENV) (once; about half a minute)" >&2
	@umask 022; [ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV) >&2
	@umask 022; $(INSTALL) --require-hashes -r requirements.lock >&2
	@umask 022; $(INSTALL) --no-deps --no-build-isolation --editable . >&2
	@umask 022; $(BIN)/python -m compileall -q $(PACKAGES) >&2
	@touch $@

$(SETUP_DEV): $(SETUP) requirements-dev.lock
	@echo "Adding the developers' tools (once)" >&2
	@umask 022; $(INSTALL) --require-hashes -r requirements-dev.lock >&2
	@touch $@
