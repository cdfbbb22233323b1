# Every habit of the project is a target here; `make` alone lists them. Settings pass through: make run PORT=8000
PYTHON ?= python3
BIN := .venv/bin
TOOLS := .venv/tools/bin
PINS := --universal --python-version 3.11 --generate-hashes --quiet --custom-compile-command 'make pins'

.DEFAULT_GOAL := help
.PHONY: help run demo test breakages check fmt bench lighthouse demo-video pins pip-audit clean browser

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

run: .venv/.runs ## start GigFlow (settings: make run PORT=8000 VAR_DIR=…, or a .env file)
	@exec $(BIN)/python wsgi.py

demo: .venv/.runs ## start it filled with a believable market, in var/demo
	@exec $(BIN)/python wsgi.py --demo

test: .venv/.tests browser ## run every test (make test ARGS="-k hire")
	@PYTHONDONTWRITEBYTECODE= exec $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

breakages: .venv/.tests ## break one thing at a time, and see the tests notice (make breakages ARGS="-k hire")
	@PYTHONDONTWRITEBYTECODE= exec $(BIN)/python -m tests.breakages $(ARGS)

check: .venv/.tests ## lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fmt: .venv/.tests ## format the code and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/.tests ## measure against the bars of the house (BENCH_GIGS=1000 for a short run, BENCH_ONLY=audit for a part)
	@exec $(BIN)/python -m tests.bench

lighthouse: .venv/.tests browser ## measure pages of the demo by Lighthouse (needs npx; ARGS=http://… for one that runs)
	@exec $(BIN)/python -m tests.lighthouse $(ARGS)

demo-video: .venv/.tests browser ## record docs/demo.webm
	@exec $(BIN)/python -m tests.browser.record

pins: .venv/.tools ## write requirements*.txt, with hashes, from pyproject.toml (make pins ARGS=--upgrade)
	@$(TOOLS)/uv pip compile pyproject.toml $(PINS) $(ARGS) --output-file requirements.txt
	@$(TOOLS)/uv pip compile pyproject.toml $(PINS) $(ARGS) --extra dev --constraint requirements.txt \
		--output-file requirements-dev.txt

pip-audit: .venv/.tools ## look the pins up among known vulnerabilities; fails if one could not be
	@$(TOOLS)/pip-audit --strict --require-hashes --disable-pip --requirement requirements-dev.txt

clean: ## remove .venv and caches (var/, the data, stays)
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps are as old as the last installation, so that a changed pin is installed at the next run.
.venv/.runs: requirements.txt | .venv/bin/python
	@echo "Installing what GigFlow runs on (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/.tests: requirements-dev.txt requirements.txt | .venv/bin/python
	@echo "Installing what the tests need (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ .venv/.runs

# What is looked after with, apart from what GigFlow and its tests run on.
.venv/.tools: Makefile | .venv/bin/python
	@$(PYTHON) -m venv .venv/tools
	@$(TOOLS)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9 pip-audit==2.10.1
	@touch $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "GigFlow needs Python 3.11 or newer; name one with: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

# Debian's shell of Chromium without windows is the lightest; any other Chromium does.
browser:
	@command -v chromium-headless-shell >/dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			apt-get install -qq -y chromium-headless-shell >/dev/null && exit 0; \
	fi; \
	for name in chromium chromium-browser google-chrome; do \
		command -v $$name >/dev/null && exit 0; done; \
	echo "The tests need Chromium: sudo apt-get install chromium" >&2; exit 1
