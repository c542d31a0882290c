# Two commands: `make demo` shows the main job, `make test` runs everything that guards it.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test lint types contract unit bench clean help

help:  ## Say what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(VENV)/.base: pyproject.toml
	@echo "making $(VENV) and installing gavel into it (about half a minute, once)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.base
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(VENV)/.base  ## Score the moderation example through a reward URL, with a simulated judge
	@$(BIN)/python examples/moderation/demo.py

test: lint types contract unit  ## Everything: ruff, mypy, the import contract, pytest

lint: $(VENV)/.dev  ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev  ## mypy --strict on sources and tests
	$(BIN)/mypy

contract: $(VENV)/.dev  ## Imports go down the floors only
	$(BIN)/lint-imports

unit: $(VENV)/.dev  ## pytest
	$(BIN)/pytest

bench: $(VENV)/.dev  ## The benchmarks, each as ratios in one interleaved run
	$(BIN)/python benchmarks/ingress.py
	$(BIN)/python benchmarks/components.py
	$(BIN)/python benchmarks/judge_fanout.py

clean:  ## Remove the environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
