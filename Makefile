# Everything a newcomer needs. `make demo` and `make test` do all set-up by themselves.
VENV := .venv
PYTHON ?= python3
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo test check coverage mutation format bench soak readme reference screenshots lock clean

help:  ## What can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/make \1 \t\2/' | expand -t 16

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tracer needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Run make PYTHON=python3.11 …")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $(READY)

demo: $(READY)  ## The whole story on made-up cases, in a temporary home
	@$(BIN)/tracer demo

test: $(READY)  ## The whole suite, on SQLite and PostgreSQL
	@sh tools/system_packages.sh
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal
	$(BIN)/lint-imports --no-logo

check: $(READY)  ## Format, lint, types, layers, tests: before every commit that matters
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(MAKE) test

coverage: $(READY)  ## Branch coverage of domain and services by the whole suite; fails below 95%
	@sh tools/system_packages.sh
	rm -f .coverage .coverage.*
	@echo "Three tests of a full disk fail here: what measures finds no room either. make test is the judge of tests."
	-$(BIN)/coverage run -m pytest -n $(WORKERS) --dist worksteal
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --sort cover

format: $(READY)  ## Put the source into its format
	$(BIN)/ruff check --fix --silent . ; $(BIN)/ruff format .

bench: $(READY)  ## Everything beside its peers in one run; writes docs/benchmarks.md (a quarter of an hour)
	$(BIN)/python -m benchmarks --date $$(date +%F)

soak: $(READY)  ## The promises of docs/promises.md in full: kills, power loss, server kills; half an hour
	$(BIN)/python -m tests.soak

mutation: $(READY)  ## Change the code in thousands of places: do the tests tell? docs/mutation.md; hours
	$(BIN)/uv pip install --quiet --python $(BIN)/python mutmut==3.8.1
	for package in ledger attribution codebook; do nice -n 19 $(BIN)/python tools/mutation.py $$package || exit 1; done

readme: $(READY)  ## Put what the demo prints into the READMEs
	$(BIN)/python docs/renew_readme.py

reference: $(READY)  ## Write docs/reference from the program
	$(BIN)/python docs/make_reference.py

screenshots: $(READY)  ## Make the screenshots of the READMEs anew
	@sh tools/system_packages.sh
	$(BIN)/python docs/make_screenshots.py

lock: $(READY)  ## Pin the dependencies anew
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --all-extras --group dev --no-header --no-emit-index-url --python-version 3.11 pyproject.toml -o requirements.lock

clean:  ## Remove what was made here
	rm -rf $(VENV) mutants .mypy_cache .ruff_cache .pytest_cache .import_linter_cache dist build
