# The two commands: `make demo` and `make test`. Both set up what they need in .venv and nowhere else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check setup services picture gallery manual clean

demo: setup
	@$(BIN)/cockpit demo

# Without a server a test that needs it is skipped, or in CI fails; .ci/services says in one line what to install.
test: check
	@.ci/services || true
	$(BIN)/pytest

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The real servers that the tests use: installed where they are missing, by the machine's own package manager.
services:
	@.ci/services

picture: setup
	@# of every colour, whatever terminal it is drawn from
	env -u NO_COLOR TERM=xterm-256color COLORTERM=truecolor $(BIN)/python tests/pictures.py

manual: setup
	$(BIN)/python -m tests.manual

# Every screen at three sizes in dark and light, into the folder gallery/, to be looked at.
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
