# Two commands: `make demo` shows the main job, `make test` runs everything that guards it.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo dashboard test test-soak test-local test-vllm test-trainers test-browser screenshots lint types contract unit bench clean help

help:  ## Say what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

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

dashboard: $(VENV)/.base  ## A simulated training run with a length collapse, and the server to look at it
	@$(BIN)/python examples/dashboard/run.py --stay --until 48

screenshots:  ## The README's pictures: the middle of such a run in a real Chromium
	PYTHON=$(PYTHON) sh tests/environments/browser.sh
	.venv-browser/bin/python examples/dashboard/screenshots.py

test: lint types contract unit  ## Everything: ruff, mypy, the import contract, pytest

lint: $(VENV)/.dev  ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev  ## mypy --strict on sources and tests
	$(BIN)/mypy

contract: $(VENV)/.dev  ## Imports go down the floors only
	$(BIN)/lint-imports

WORKERS ?= auto

# Hundreds of tests start a process: without compiled sources, each would spend a second on compiling them.
unit: export PYTHONDONTWRITEBYTECODE =
unit: $(VENV)/.dev  ## pytest, on every core; WORKERS=0 for one process
	$(BIN)/pytest -n $(WORKERS) --dist worksteal

bench: $(VENV)/.dev  ## The benchmarks beside the field's tools, and benchmarks/README.md from what they found
	$(BIN)/python -m benchmarks

test-soak: $(VENV)/.dev  ## The long ones: thousands of calls, many seconds of faults, a thousand schedules
	$(BIN)/pytest -m soak

LOCAL ?= .venv-local

# The plain `torch` brings gigabytes of CUDA; this version has a CPU build, so it goes first.
$(LOCAL)/.made: pyproject.toml
	@echo "making $(LOCAL): torch and transformers (a gigabyte, a minute or two, once)"
	$(PYTHON) -m venv $(LOCAL)
	$(LOCAL)/bin/pip install --quiet --disable-pip-version-check torch==2.13.0
	$(LOCAL)/bin/pip install --quiet --disable-pip-version-check --editable '.[local]' \
		hypothesis pytest pytest-asyncio pytest-timeout
	@touch $@

test-local: $(LOCAL)/.made  ## The judge in this process (`use: local`), on a real model made on the spot
	OMP_NUM_THREADS=1 $(LOCAL)/bin/python -m pytest -m local tests/judges/in_process tests/judges/backends/test_local.py \
		tests/judges/classifiers

test-vllm: $(VENV)/.dev  ## The judge against a real vLLM on the CPU, in an environment of its own (3.4 GB)
	PYTHON=$(PYTHON) sh tests/environments/vllm.sh
	$(BIN)/pytest -m vllm tests/real_vllm
	.venv-vllm/bin/python -m pytest -m vllm tests/judges/backends/test_vllm.py

TRAINERS := -m pytest -m trainers tests/trainers

test-trainers: $(VENV)/.dev  ## Real trainers on the CPU against real servers: TRL, verl, and clients of four others
	PYTHON=$(PYTHON) sh tests/environments/trl.sh
	OMP_NUM_THREADS=1 .venv-trl/bin/python $(TRAINERS)/trl
	PYTHON=$(PYTHON) sh tests/environments/verl.sh
	OMP_NUM_THREADS=1 .venv-verl/bin/python $(TRAINERS)/verl
	OMP_NUM_THREADS=1 .venv-verl/bin/python $(TRAINERS)/clients/test_openrlhf.py tests/trainers/clients/test_connect_verl.py
	PYTHON=$(PYTHON) sh tests/environments/swift.sh
	.venv-swift/bin/python $(TRAINERS)/clients/test_ms_swift.py tests/trainers/clients/test_skyrl.py
	PYTHON=$(PYTHON) sh tests/environments/verifiers.sh
	.venv-verifiers/bin/python $(TRAINERS)/clients/test_verifiers.py tests/trainers/clients/test_connect_prime_rl.py

test-browser: $(VENV)/.dev  ## The pages with plots in a real Chromium: they paint, can be read, and fetch nothing
	PYTHON=$(PYTHON) sh tests/environments/browser.sh
	.venv-browser/bin/python -m pytest -m browser tests/browser

clean:  ## Remove the environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
