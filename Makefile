# Every target does its own set-up: a virtual environment in the clone, the locked dependencies, nothing outside it.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup run tomorrow report dev test real lint code sql suite bench clean lock

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: $(STAMP) ## install the locked dependencies into .venv (every other target does this by itself)

$(STAMP): requirements.lock.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 14) else f"Regulars needs Python 3.11 to 3.13; {sys.executable} is {v[0]}.{v[1]}. Name another one: make PYTHON=python3.12 ...")'
	@echo "setting up: a virtual environment in $(VENV) and the locked dependencies (about a minute, once)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python requirements.lock.txt
	@$(BIN)/uv pip install --quiet --no-deps --python $(BIN)/python --editable .
	@touch $(STAMP)

run: $(STAMP) ## make the demo shop, unify, estimate, decide, deliver, and say what happened
	@$(BIN)/regulars run

tomorrow: $(STAMP) ## let a day pass in the demo shop and run on it
	@$(BIN)/regulars tomorrow

report: $(STAMP) ## make the report: data/reports/overview.html, and campaigns.html beside it
	@$(BIN)/regulars report

dev: $(STAMP) ## the Dagster UI on http://127.0.0.1:3000, and the demo provider's inbox
	@$(BIN)/regulars dev

real: $(STAMP) ## the same line on real data sets, up to the outbox (needs ../shared/data)
	@$(BIN)/regulars real

lint: code sql ## format, lint, types, import rules, SQL lint

code: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

sql: $(STAMP)
	$(BIN)/sqlfluff lint --disable-progress-bar --processes 2 dbt_project/models

suite: $(STAMP)
	$(BIN)/pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile --no-loadscope-reorder

test: code ## the whole check: lint, unit, contract, fault and end-to-end tests, dbt tests
	@$(MAKE) --no-print-directory --jobs=2 sql suite

bench: $(STAMP) ## measure speed and scale beside other ways: SIZE=S, M or L, ONLY=delivery,audiences, AGAINST=last
	@$(BIN)/python -m benchmarks --size $(or $(SIZE),S) $(if $(ONLY),--only $(ONLY)) $(if $(AGAINST),--against $(AGAINST))

clean: ## forget the demo shop, the warehouse and everything else in data/
	rm -rf data dbt_project/target

lock: pyproject.toml ## resolve the dependencies anew into requirements.lock.txt
	@$(BIN)/uv pip compile pyproject.toml --group dev --no-header --no-annotate --python-version 3.11 --universal -o requirements.lock.txt
