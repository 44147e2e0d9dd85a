# The one door: `make` says what there is. CI calls the same targets.
PYTHON ?= python3.11
VENV ?= .venv
# Tests that run side by side; one thread each, so that two cores carry two of them.
JOBS ?= 2
# Seconds after which a test counts as hanging, and fails.
HANGS ?= 600
# The run that `make picture` photographs: the newest.
RUN ?= $(patsubst %/report.html,%,$(firstword $(shell ls -t runs/*/report.html 2>/dev/null)))

# The runs whose results `make models` writes into docs/models.md, in this order, and the part of that page.
RUNS ?=
PART ?= results

# The study whose findings `make walk` writes into docs/walk.md.
STUDY ?=

# The studies whose cost `make cost` writes into docs/tune.md, and how many workers they had.
STUDIES ?=
WORKERS ?= 2

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
ONE_THREAD := OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 POLARS_MAX_THREADS=1
BUILD := build

.DEFAULT_GOAL := help
.PHONY: help demo test test-all style types fast slow docs wheel benchmarks gallery models published coverage walk cost picture lowest clean

help: ## what can be made
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# Stamps: installing is repeated only when what is asked for has changed.
$(VENV)/.demo: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e '.[demo]'
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e '.[dev]'
	@touch $@

demo: $(VENV)/.demo ## three models on ten people with a smart-watch: a table and a report
	$(BIN)/kodo run

test: style types fast ## style, types and the fast tests

test-all: docs wheel slow ## what `test` leaves out: documentation, a wheel that runs, the heavy tests

style: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

fast: $(VENV)/.dev
	$(ONE_THREAD) $(BIN)/python -m pytest -n $(JOBS) --timeout $(HANGS)

slow: $(VENV)/.dev
	$(ONE_THREAD) $(BIN)/python -m pytest -n $(JOBS) --timeout $(HANGS) -m slow

docs: $(VENV)/.dev ## the pages in docs/_build/html, warnings are errors
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html

# An environment of its own that also sees what is installed in $(VENV), behind what it has itself.
SITE := import sysconfig; print(sysconfig.get_path("purelib"))
define borrowing
	rm -rf $(1)
	$(PYTHON) -m venv $(1)
	$(BIN)/python -c '$(SITE)' > "$$($(1)/bin/python -c '$(SITE)')/borrowed.pth"
endef

wheel: $(VENV)/.dev
	rm -rf $(BUILD)/wheel
	$(BIN)/python -m build --wheel --outdir $(BUILD)/wheel
	$(call borrowing,$(BUILD)/fresh)
	$(BUILD)/fresh/bin/python -m pip install --quiet --no-deps --force-reinstall $(BUILD)/wheel/*.whl
	cd $(BUILD)/fresh && bin/python -c 'import kodo, sys; assert kodo.__file__.startswith(sys.prefix), kodo.__file__'
	cd $(BUILD)/fresh && bin/kodo --help
	cd $(BUILD)/fresh && KODO_CACHE=cache $(ONE_THREAD) bin/kodo run --dataset synthetic --model features --out run

benchmarks: $(VENV)/.dev ## seconds and megabytes, measured here, into docs/speed.md
	$(BIN)/python docs/speed.py $(BIN)/python

gallery: $(VENV)/.dev ## docs/gallery.md: every dataset's card, and a picture of those below KODO_DATA
	$(ONE_THREAD) $(BIN)/python docs/gallery.py

models: $(VENV)/.dev ## the results in the part PART of docs/models.md, from the folders of RUNS
	@test -n "$(RUNS)" || { echo 'RUNS names no run folder: make models RUNS="runs/a runs/b"'; exit 2; }
	$(BIN)/python docs/models_table.py $(PART) $(RUNS)

published: $(VENV)/.dev ## ours beside the published scores in docs/compare.md, anew from the folders of RUNS
	$(BIN)/python docs/published_table.py $(RUNS)

coverage: $(VENV)/.dev ## how often intervals hold the truth, in docs/interval.md; anew from real people with RUNS
	$(ONE_THREAD) $(BIN)/python docs/coverage_table.py $(RUNS)

walk: $(VENV)/.dev ## what the study in the folder STUDY found, into docs/walk.md
	@test -n "$(STUDY)" || { echo 'STUDY names no folder: make walk STUDY=studies/source-001'; exit 2; }
	$(BIN)/python docs/study_table.py $(STUDY)

cost: $(VENV)/.dev ## what STUDIES cost on WORKERS workers, into docs/tune.md
	@test -n "$(STUDIES)" || { echo 'STUDIES names no folder: make cost STUDIES="studies/a studies/b"'; exit 2; }
	$(BIN)/python docs/study_cost.py $(WORKERS) $(STUDIES)

picture: $(VENV)/.dev ## docs/report.png, from the report of RUN (default: the newest run)
	$(BIN)/python docs/picture.py $(RUN)/report.html docs/report.png

# torch is the one package that keeps its version: its oldest wheel would bring gigabytes of CUDA.
lowest: $(VENV)/.dev ## the fast tests with the lowest versions that pyproject.toml allows
	$(PIP) uv
	@mkdir -p $(BUILD)
	$(BIN)/uv pip compile --quiet --resolution lowest-direct --python-version 3.11 --no-annotate --no-header \
	  --extra demo --extra trees pyproject.toml | grep -vE '^(torch|triton|sympy|nvidia-|cuda-)' > $(BUILD)/lowest.txt
	$(call borrowing,$(BUILD)/lowest)
	$(BIN)/uv pip install --quiet --python $(BUILD)/lowest/bin/python --only-binary :all: -r $(BUILD)/lowest.txt statsmodels
	PYTHONPATH=src PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 $(ONE_THREAD) $(BUILD)/lowest/bin/python -m pytest \
	  -p xdist.plugin -n $(JOBS) -o filterwarnings=default --ignore tests/house

clean: ## remove what was made, the environment included
	rm -rf $(VENV) $(BUILD) dist docs/_build .pytest_cache .mypy_cache .ruff_cache .hypothesis
