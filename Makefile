# Every target does its own set-up: a machine needs Python 3.11 or newer, make and gcc.

PYTHON ?= python3
JOBS ?= 2
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.karat-installed
PIP := $(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: help setup browser demo dev test e2e check map bench soak

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "make %-7s %s\n", $$1, $$2}' Makefile

setup: $(STAMP) ## Install karat and its tools, pinned, into .venv/

$(STAMP): pyproject.toml constraints.txt
	@command -v "$(PYTHON)" >/dev/null || { \
	  echo "karat needs Python 3.11 or newer, and there is no $(PYTHON) here: make PYTHON=/path/to/python3.11 setup" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; v = sys.version_info; sys.exit(None if v >= (3, 11) else \
	  "karat needs Python 3.11 or newer, and $(PYTHON) is %d.%d: make PYTHON=/path/to/python3.11 setup" % v[:2])'
	@$(PY) -m pip --version >/dev/null 2>&1 || "$(PYTHON)" -m venv --clear $(VENV)
	$(PIP) setuptools
	$(PIP) --no-build-isolation -e '.[ui,k8s,postgres,lakefs,gate,bench,dev]'
	@$(PIP) 'torch==2.13.0+cpu' 2>/dev/null || echo "no CPU build of PyTorch here: its tests are skipped" >&2
	@$(PY) -m compileall -q karat  # some images tell Python to write nothing: each start would compile anew
	@touch $@

demo: setup ## Show the whole flow: rebuilt, proved, published, restated with a fault, refused, put right
	@$(VENV)/bin/karat demo

dev: setup ## Open Dagster's web page on 127.0.0.1, with the demo's runs
	@home="$${KARAT_HOME:-.karat}"; mkdir -p "$$home"; \
	export KARAT_HOME="$$(cd "$$home" && pwd)"; export DAGSTER_DISABLE_TELEMETRY=yes; \
	export DAGSTER_HOME="$$($(PY) -m karat.resources.ready)"; \
	exec $(VENV)/bin/dagster dev -w workspace.yaml -h 127.0.0.1

browser: ## Install Chromium, where Debian has it and root may
	@{ command -v chromium || command -v chromium-browser; } >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	  { apt-get install -y -qq chromium || { apt-get update -qq && apt-get install -y -qq chromium; }; } >/dev/null 2>&1; } || \
	  echo "no chromium here: tests of the web page are skipped" >&2

test: setup browser ## Run the tests
	$(PY) -m pytest -q -n $(JOBS) --dist loadgroup

e2e: setup browser ## Run the users' stories only
	$(PY) -m pytest -q -n $(JOBS) --dist loadgroup -m e2e

check: setup ## Lint, format, types, floors and the README's map
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(PY) -m pytest -q tests/unit/test_floors.py tests/unit/test_house.py

map: setup ## Write the README's map again from the packages' first lines
	$(PY) docs/readme_map.py --write

bench: setup ## Print the measured numbers, each beside its rival
	$(PY) -m benchmarks

soak: setup browser ## Run every test, the long ones too
	KARAT_SOAK=1 $(PY) -m pytest -q -n $(JOBS) --dist loadgroup
