# Trimtab: `make run` and `make test` do all their own set-up; they need Python 3.11+, git and a package index.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && exit; done; echo python3)
BIN := .venv/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test check bench format console clean environment

help: ## say what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

run: ## start Trimtab: console, gateway, a local model and a sample project (ARGS="--bare" for an empty one)
	@$(PYTHON) tools/setup.py run
	@exec $(BIN)/trimtab up $(ARGS)

test: environment ## run all tests, browser and fault tests included (ARGS="-k name" for some)
	@$(PYTHON) tools/setup.py browser
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)
	@cd console && PATH="$(CURDIR)/.venv/node-bin:$$PATH" npm run --silent test

check: environment ## lint, format, types, import contracts, size limits; Python and console
	@$(BIN)/ruff check src tests bench tools
	@$(BIN)/ruff format --check --quiet src tests bench tools
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python tools/limits.py
	@cd console && PATH="$(CURDIR)/.venv/node-bin:$$PATH" npm run --silent check

bench: environment ## measure gateway, collector, memory and start-up here; results go to bench/results
	@$(BIN)/python -m bench $(ARGS)

format: environment ## put the Python source into its one format
	@$(BIN)/ruff format src tests bench tools
	@$(BIN)/ruff check --fix src tests bench tools

console: ## build the console into the package
	@$(PYTHON) tools/setup.py console

environment:
	@$(PYTHON) tools/setup.py develop

clean: ## remove what was built (not the data folder)
	@rm -rf .venv console/node_modules src/trimtab/server/console console/openapi.json
