# SD-anlegg: the verbs. `make` alone lists them. Needs Python 3.11 or newer and make; the rest is brought along.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test nightly check bench setup test-tools lock clean

VENV ?= .venv
BIN := $(CURDIR)/$(VENV)/bin
PAGES := $(shell find web foyer_display/src dashboard/src -type f -not -path '*/node_modules/*' 2>/dev/null)
COMPILE := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header --quiet

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export NO_COLOR := 1
export PATH := $(BIN):$(PATH)

help:
	@echo "make demo    the hall live on this machine: control dashboard and foyer screen (Ctrl-C stops it)"
	@echo "make test    all tests, web pages and other makers' equipment included"
	@echo "make nightly the store's fault tests, many times over (about an hour)"
	@echo "make check   style, types and the hall's configuration"
	@echo "make bench   the measurements behind docs/performance.md (takes long)"
	@echo "make lock    bring the lock files up to pyproject.toml"
	@echo "make clean   remove what was made, but never data/"

demo: $(VENV)/.package
	@$(BIN)/sdanlegg demo

test: $(VENV)/.dev $(VENV)/.package test-tools web/node_modules/.made tests/support/node_opcua/node_modules/.made
	@echo "Testing the pages"
	@cd web && npm test --silent
	@echo "Testing the rest"
	@$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile

nightly: $(VENV)/.dev $(VENV)/.package test-tools
	@SDANLEGG_NIGHTLY=1 $(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile tests/faults/test_store_*.py

check: $(VENV)/.dev $(VENV)/.package web/node_modules/.made
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@cd web && npm run --silent check
	@$(BIN)/sdanlegg check config/holmen

bench: $(VENV)/.dev $(VENV)/.package test-tools
	@$(BIN)/python -m benchmarks

setup: $(VENV)/.dev $(VENV)/.package

$(VENV)/.made:
	@scripts/venv $(VENV)
	@touch $@

$(VENV)/.run: requirements.lock | $(VENV)/.made
	@echo "Installing what the service needs (requirements.lock)"
	@$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock | $(VENV)/.run
	@echo "Installing what work on it needs (requirements-dev.lock)"
	@$(BIN)/pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/.package: pyproject.toml $(wildcard hatch_build.py) $(PAGES) | $(VENV)/.run
	@echo "Building the pages and installing SD-anlegg itself"
	@$(BIN)/pip install --quiet --no-deps -e .
	@touch $@

# Node for the pages' tests and the node-opcua peer: the machine's own when new enough, else one in the environment.
$(VENV)/.node: requirements-node.lock | $(VENV)/.made
	@scripts/node $(VENV)
	@touch $@

%/node_modules/.made: %/package-lock.json | $(VENV)/.node $(VENV)/.package
	@echo "Installing what the tests need ($<)"
	@cd $* && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

test-tools:
	@scripts/test-tools

lock: | $(VENV)/.dev
	@$(COMPILE) pyproject.toml -o requirements.lock
	@$(COMPILE) pyproject.toml --group dev -o requirements-dev.lock
	@$(COMPILE) requirements-node.in -o requirements-node.lock
	@echo "Wrote requirements.lock, requirements-dev.lock and requirements-node.lock"

clean:
	rm -rf $(VENV) web/node_modules tests/support/node_opcua/node_modules build dist foyer_display/_web dashboard/_web
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
