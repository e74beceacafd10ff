# `make run` and `make test` need Python 3.11 or later with venv, and make; all else comes from hash-pinned wheels.
.DEFAULT_GOAL := help
SHELL := /bin/sh
.DELETE_ON_ERROR:

# The first Python that is new enough; PYTHON=... chooses another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
PORTAL_MODE ?= development
export PORTAL_MODE
PY := .venv/bin/python
PIP_FLAGS := --quiet --disable-pip-version-check --no-input --require-hashes --no-deps --only-binary :all:
LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate

.PHONY: help run test lint bench demo-reset soak lock clean

help:
	@echo "make run         run the whole portal here (PORT=8001 chooses another port); Ctrl-C stops it"
	@echo "make test        all tests"
	@echo "make lint        style, types and the floors of the architecture"
	@echo "make bench       measure speed and memory (WHAT=export, throughput, unsubscribe, ... for one of them)"
	@echo "make demo-reset  empty the development database and load the example company again"
	@echo "make soak        the long form of the tests"
	@echo "make lock        compile requirements/*.txt again after a change to pyproject.toml (needs uv)"
	@echo "make clean       remove what running and testing left here, the development data too"

# exec and UP_WITH_PARENT: if make itself is killed, the portal ends with it.
run: export UP_WITH_PARENT := 1
run: .venv/.embedded
	@exec $(PY) manage.py up

test: .venv/.dev
	$(PY) -m pytest -m "not soak" -n 2 --dist worksteal

soak: export SOAK := 1
soak: .venv/.dev
	$(PY) -m pytest -m soak --timeout 3600

lint: .venv/.dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports

bench: export PORTAL_MODE := test
bench: .venv/.dev
	$(PY) -m bench $(WHAT)

demo-reset: .venv/.embedded
	@$(PY) manage.py demo_reset

lock:
	@command -v uv >/dev/null || { echo "make lock needs uv; install it and try again." >&2; exit 1; }
	$(LOCK) pyproject.toml -o requirements/base.txt
	$(LOCK) --extra embedded pyproject.toml -o requirements/embedded.txt
	$(LOCK) --extra embedded --extra dev pyproject.toml -o requirements/dev.txt

clean:
	@if [ -x $(PY) ]; then $(PY) -P portal/embedded.py clean .run .run/test .run/bench; fi
	rm -rf .run .venv staticfiles .mypy_cache .ruff_cache .hypothesis .import_linter_cache .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp for each lock file: installed once, and again only when the file changes.
.venv/.embedded: requirements/embedded.txt | .venv/bin/python
	@echo "Installing what the portal stands on (once; again only when requirements/ changes) ..."
	@$(PY) -m pip install $(PIP_FLAGS) -r requirements/embedded.txt
	@touch $@

.venv/.dev: requirements/dev.txt | .venv/bin/python
	@echo "Installing what the portal and its tests stand on (once; again only when requirements/ changes) ..."
	@$(PY) -m pip install $(PIP_FLAGS) -r requirements/dev.txt
	@touch $@ .venv/.embedded

.venv/bin/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "The portal needs Python 3.11 or later, and none was found. Install it, or name it: make run PYTHON=/path/to/python3" >&2; exit 1; fi
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "The virtual environment could not be made; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
