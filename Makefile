# The commands of the project. Everything is installed into .venv, nothing outside this directory is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

VERSION := -c 'import platform; print(platform.python_version())'

.PHONY: demo test test-prometheus3 lint dashboards bench bench-quick soak image requirements release-check clean help same-python

help:
	@echo "make demo    run the exporter against an emulated contact center, on another port:"
	@echo "             make demo FLAGS=--web.listen-address=:9999"
	@echo "make test    run the tests"
	@echo "make test-prometheus3   run the tests that need Prometheus with Prometheus 3, built by Go (minutes the first time)"
	@echo "make lint    check style and types"
	@echo "make dashboards   write the Grafana dashboards anew"
	@echo "make bench   measure truth, speed and memory (20 minutes), into docs/benchmarks.md and .csv"
	@echo "make bench-quick   a few of these measurements (three minutes), onto the screen"
	@echo "make soak    scrape the exporter for ten minutes while everything around it fails; make soak SECONDS=60"
	@echo "make image   build the container image"
	@echo "make requirements   take the newest dependencies into the container image"
	@echo "make release-check   build the distributions into dist/, install each and try it out"
	@echo "make clean   remove everything that the other commands made"

# On this machine alone, unless FLAGS say where.
demo: $(VENV)/demo-installed
	@$(BIN)/tccc-exporter --demo $(if $(findstring --web.listen-address,$(FLAGS)),,--web.listen-address=127.0.0.1:10820) $(FLAGS)

test: $(VENV)/dev-installed
	$(BIN)/python -m pytest --ignore=tests/end_to_end --ignore=tests/deploy $(PYTEST_FLAGS)

# The module's version of Prometheus 3.16. Debian has Prometheus 2; the rules and dashboards hold under both.
PROMETHEUS3_VERSION := v0.316.0
PROMETHEUS3 := $(abspath $(VENV)/prometheus-$(PROMETHEUS3_VERSION))
PROMETHEUS_TESTS := tests/prometheus $(addprefix tests/end_to_end/test_,\
  alerts.py dashboards.py inhibition.py messages.py prometheus.py promtool.py signals.py ways_of_scraping.py)

test-prometheus3: $(VENV)/dev-installed $(PROMETHEUS3)/prometheus
	PATH="$(PROMETHEUS3):$$PATH" $(BIN)/python -m pytest $(PROMETHEUS_TESTS) $(PYTEST_FLAGS)

$(PROMETHEUS3)/prometheus: | $(BIN)/python
	GOBIN=$(PROMETHEUS3) go install $(foreach program,promtool prometheus,\
	  github.com/prometheus/prometheus/cmd/$(program)@$(PROMETHEUS3_VERSION))

lint: $(VENV)/dev-installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

dashboards: $(VENV)/dev-installed
	$(BIN)/python -m grafana.generate

bench: $(VENV)/dev-installed
	$(BIN)/python -m benchmarks --output docs/benchmarks.md

bench-quick: $(VENV)/dev-installed
	$(BIN)/python -m benchmarks --quick

# In seconds
SECONDS ?= 600
soak: $(VENV)/dev-installed
	$(BIN)/python -m tests.soak --seconds $(SECONDS)

image:
	docker build --build-arg VERSION=$$(sed -n 's/^__version__ = "\(.*\)"/\1/p' exporter/__init__.py) -t tccc-exporter .

# Hashes of the files of every platform and Python. No address of a registry is written down: pip knows its own.
COMPILE := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --only-binary :all: --custom-compile-command "make requirements"
requirements: $(VENV)/dev-installed
	$(COMPILE) --output-file requirements/run.txt pyproject.toml
	$(COMPILE) --output-file requirements/build.txt requirements/build.in

# What is found to be good is what dist/ holds afterwards, and nothing else.
release-check: $(VENV)/dev-installed
	rm -rf dist
	$(BIN)/python -m build --installer uv
	$(BIN)/twine check --strict dist/*
	DISTRIBUTIONS=dist $(BIN)/python -m pytest -q tests/end_to_end/test_distributions.py

clean:
	rm -rf $(VENV) build dist .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(BIN)/python: | same-python
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	  { echo "$(PYTHON) lacks its module venv; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo-installed: pyproject.toml | $(BIN)/python
	@echo "Installing into $(VENV), which takes a moment the first time ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/dev-installed: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/demo-installed

# Whoever names a Python means that one, not the one of the environment that is there.
same-python:
ifneq ($(origin PYTHON),file)
	@if [ -e $(BIN)/python ] && [ "$$($(PYTHON) $(VERSION))" != "$$($(BIN)/python $(VERSION))" ]; then \
	  echo "$(VENV) is of Python $$($(BIN)/python $(VERSION)), not of $(PYTHON); remove it first: make clean" >&2; exit 1; fi
endif
