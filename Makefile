# `make demo` and `make test` set up what they need in .venv and nowhere else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

PURE := tests/deploy tests/rules tests/views tests/config tests/test_house.py

.PHONY: demo test test-fast test-all check setup services picture gallery manual clean

demo: setup
	@$(BIN)/cockpit demo

# What every commit must pass. A test whose server is missing is skipped, or fails in CI; .ci/services says what to install.
test: check
	@.ci/services || true
	$(BIN)/pytest

# The tests of the pure packages, for the edit loop: no server, no process, no waiting.
test-fast: setup
	$(BIN)/pytest $(PURE)

# Everything, with the tests that play whole companies, or 10,000 sequences of commands, for minutes.
test-all: check
	@.ci/services || true
	$(BIN)/pytest -m "long or not long"

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Install the real servers that the tests use, with the machine's package manager.
services:
	@.ci/services

picture: setup
	@# in every colour, on any terminal
	env -u NO_COLOR TERM=xterm-256color COLORTERM=truecolor $(BIN)/python tests/pictures.py

manual: setup
	$(BIN)/python -m tests.manual

# Draw every screen at three sizes, dark and light, into gallery/.
gallery: setup
	$(BIN)/python -m tests.gallery gallery

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml
	@echo "setting up $(VENV) (once)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "cockpit needs Python 3.11 or newer: make PYTHON=python3.12")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
