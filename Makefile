# Everything runs in one virtual environment, .venv, which the first target that needs it creates.

PYTHON ?= python3
STORE  ?= demo.gpkg
PORT   ?= 8000
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check
# More than there are cores: most tests wait for a database, a browser or a process of their own.
JOBS   ?= 3
PYTEST := $(BIN)/python -m pytest -n $(JOBS) --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help demo test test-long load check lint fix bench notebooks docs lock clean system

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.runtime ## build the demo town and serve it; prints the address (STORE=, PORT=)
	$(BIN)/greengrid demo --store $(STORE) --port $(PORT)

test: $(VENV)/.dev system ## install what the tests need and run them
	$(PYTEST)

test-long: $(VENV)/.dev system ## loads, kills and big inputs; may take an hour
	$(BIN)/python -m pytest -m long

load: $(VENV)/.dev system ## many clients on one service, and kills; LOAD_SECONDS=, LOAD_CLIENTS=, LOAD_PUBLISH=1
	$(BIN)/python -m pytest -m long tests/load -s

check: lint system ## exactly what CI runs: style, types, imports, all tests, notebooks
	$(PYTEST) --nbmake --nbmake-timeout=600 gis layers api tests notebooks

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

fix: $(VENV)/.dev ## mend what ruff can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(VENV)/.dev ## run the benchmarks; never in CI
	$(BIN)/python bench/run.py --size S L
	@for script in bench/bench_*.py; do \
		if [ -e "$$script" ]; then echo "== $$script"; $(BIN)/python "$$script" || exit 1; fi; \
	done

notebooks: $(VENV)/.dev ## execute the notebooks
	$(PYTEST) --nbmake --nbmake-timeout=600 notebooks

docs: $(VENV)/.dev ## write docs/reference anew from kinds, settings, commands and rules
	$(BIN)/python docs/generate.py

lock: $(VENV)/.dev ## write requirements/*.txt anew from pyproject.toml
	$(PIP) install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --quiet --upgrade --universal --python-version 3.11 \
		--no-annotate --custom-compile-command 'make lock' -o requirements/runtime.txt
	$(BIN)/uv pip compile pyproject.toml --quiet --upgrade --universal --python-version 3.11 \
		--extra postgis --group dev -c requirements/runtime.txt \
		--no-annotate --custom-compile-command 'make lock' -o requirements/dev.txt

clean: ## remove what was built, and the virtual environment
	rm -rf $(VENV) build dist web/node_modules api/static/vendor

system:
	@tests/install-system.sh

# ------------------------------------------------------------------ stamps

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed") if sys.version_info < (3, 11) else None'
	@if ! $(PYTHON) -c 'import ensurepip' 2>/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		export DEBIAN_FRONTEND=noninteractive; apt-get -qq update && apt-get -qq install -y python3-venv >/dev/null; \
	fi
	$(PYTHON) -m venv $(VENV)
	@touch $@

# -e builds api/static/vendor in place.
$(VENV)/.runtime: $(VENV)/.created requirements/runtime.txt pyproject.toml hatch_build.py web/package-lock.json web/vendor.json web/vendor.mjs
	$(PIP) install --quiet -r requirements/runtime.txt
	$(PIP) install --quiet --no-deps -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements/dev.txt requirements/no-deps.txt
	$(PIP) install --quiet -r requirements/dev.txt
	$(PIP) install --quiet --no-deps -r requirements/no-deps.txt
	@touch $@
