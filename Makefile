# Everything that people and CI call. `make demo` and `make test` set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
READY := $(VENV)/.ready

.PHONY: help demo test test-slow check fix bench docs requirements clean

help:  ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 16

$(READY): requirements/bootstrap.txt requirements/all.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Trihelix needs Python 3.11 or newer; call make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --require-hashes -r requirements/all.txt
	VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --no-deps --no-build-isolation -e .
	@touch $(READY)

demo: $(READY)  ## Simulate a small programme, interpret 40 families, show what was found
	$(BIN)/trihelix demo --out demo

test: $(READY)  ## Run the tests (under 10 minutes on 2 cores)
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow"

test-slow: $(READY)  ## Run the slow variants too
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(READY)  ## Format, lint, types, architecture, dependencies, dead code, spelling
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry src
	$(BIN)/vulture
	$(BIN)/codespell src tests docs benchmarks *.md

fix: $(READY)  ## Put format and imports right
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY)  ## Run the benchmarks' quick form
	for script in $(filter-out benchmarks/fit_%,$(wildcard benchmarks/[a-z]*.py)); do $(BIN)/python $$script --quick || exit 1; done

docs: $(READY)  ## Build the documentation into site/
	$(BIN)/mkdocs build --strict

requirements: $(READY)  ## Compile the pinned requirements anew
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --all-extras pyproject.toml requirements/build.in -o requirements/all.txt
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml -c requirements/all.txt -o requirements/run.txt

clean:  ## Remove the environment and what was built
	rm -rf $(VENV) site build dist demo
