# `make` sets up and builds the report on demo data; `make test` sets up and passes the tests.

PYTHON ?= python3
CORES ?= all
MODEL ?= results/runs/digits_cnn/42
BIN := .venv/bin
# A progress bar on a terminal, plain lines elsewhere.
LOGGER := $(shell [ -t 2 ] && echo --logger rich)

.PHONY: report why demo push test lint schema clean

report: .venv/ready
	$(BIN)/snakemake --cores $(CORES) $(LOGGER) results/report.html
	@echo "The report: results/report.html"

# Which setting or module makes each job stale: make why, or make why ARGS="--configfile mine.yaml".
why: .venv/ready
	@$(BIN)/python -m resound.workflow.why $(ARGS)

# A local page on which a model is tried: a run, which is trained if it is not there, or a folder.
demo: .venv/ready
	@[ -d "$(MODEL)" ] || $(BIN)/snakemake --cores $(CORES) $(LOGGER) "$(MODEL)/metrics.json"
	@$(BIN)/python -m resound.serving.server "$(MODEL)"

# Upload a model to the Hugging Face hub: make push MODEL=results/models/digits_cnn/42 REPO=me/digits.
push: .venv/ready
	@$(BIN)/python -m resound.workflow.push "$(MODEL)" "$(REPO)"

# Tests of one file share what they build, so one process runs them.
test: .venv/ready
	$(BIN)/python -m pytest --numprocesses logical --maxprocesses 8 --dist loadfile

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/snakemake --lint

# The schema that editors read, from the typed configuration.
schema: .venv/ready
	$(BIN)/python -m resound.config.editor_schema > config/schema.json

# An environment with pinned versions; installed again when a pin changes.
.venv/ready: envs/constraints.txt envs/requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "resound needs Python 3.11 or newer; choose one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv .venv || \
		{ echo "No virtual environment could be made; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --disable-pip-version-check --quiet \
		--requirement envs/requirements.txt --constraint envs/constraints.txt
	@touch $@

clean:
	rm -rf results data .snakemake
