# Everything runs in a virtual environment of its own, made when it is first needed and again when pyproject.toml changes.
PYTHON ?= python3
VENV ?= .venv
RUN := $(VENV)/bin
# Two workers: more of them gain nothing, since the tests wait for the same few database servers.
PYTEST ?= -n 2
# For example REQUIREMENTS='sqlalchemy<2.1', to test with something older than what would be installed.
REQUIREMENTS ?=

.PHONY: help test lint types tests accept demo bench docs clean

help:
	@echo "make test    lint, types and all tests, on every database that is here"
	@echo "make accept  let the stories of fixtures/ expect what happens now; read it in git diff"
	@echo "make demo    the main job, shown on a SQLite file"
	@echo "make bench   autodiff beside Alembic, in numbers"
	@echo "make docs    write the reference pages from what the code declares"
	@echo "make clean   remove the virtual environment and the caches"

$(VENV)/made: pyproject.toml
	$(PYTHON) -m venv --clear $(VENV)
	$(RUN)/python -m pip install --quiet --disable-pip-version-check -e '.[test,dev]' $(REQUIREMENTS)
	touch $@

test: lint types tests

lint: $(VENV)/made
	$(RUN)/ruff check .
	$(RUN)/black --quiet --check . || $(RUN)/black --check .

types: $(VENV)/made
	$(RUN)/mypy

tests: $(VENV)/made
	$(RUN)/python -m pytest $(PYTEST)

accept: $(VENV)/made
	AUTODIFF_ACCEPT=1 $(RUN)/python -m pytest tests/exactness/test_stories.py

demo: $(VENV)/made
	$(RUN)/python fixtures/demo.py

bench: $(VENV)/made
	$(RUN)/python -m benchmarks

docs: $(VENV)/made
	$(RUN)/python docs/reference.py

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
