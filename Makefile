# Everything is built in .venv from the pinned requirements; only Python 3.11+ and make are needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest -n auto --dist worksteal
# Kept bytecode spares the many processes of the tests the same work again and again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: install demo run migrate test check bench format

install: $(VENV)/.runtime

demo: $(VENV)/.runtime
	$(BIN)/python -m emulators.demo

run: $(VENV)/.runtime
	$(BIN)/python bot.py

migrate: $(VENV)/.runtime
	$(BIN)/python -m migrations

# Without the long tests, which repeat others with more volume: PYTEST_ADDOPTS=--all adds them.
test: $(VENV)/.dev
	$(PYTEST)

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(PYTEST)

# FULL=1 adds PostgreSQL, 1,000 chats and a million rows.
bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks.speed

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python cannot make $(VENV): install what it misses (Debian, Ubuntu: apt install python3-venv)" >&2; exit 1; }

$(VENV)/.runtime: requirements.txt constraints.txt | $(VENV)/bin/python
	@echo "Installing libraries into $(VENV): about a minute."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -c constraints.txt
	@touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt constraints.txt | $(VENV)/bin/python
	@echo "Installing libraries and tools into $(VENV): about a minute."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt -c constraints.txt
	@touch $@ $(VENV)/.runtime
