# make run serves the sample documents; make help lists the rest.
# Everything is installed into .venv, from pinned and hashed files, with pip alone.

PYTHON    ?= python3
PORT      ?= 7860
DOCUMENTS ?= eval/corpus
INDEX     ?= index
GOLD      ?= eval/gold/corpus.jsonl
DATA      ?= ../shared/data
# Torch comes first and on its own, since the build that suits depends on the machine. Where pip
# would fetch CUDA packages that you do not need: make run TORCH="torch==2.13.0 --index-url URL"
# with the address that pytorch.org gives for the CPU build.
TORCH     ?= torch==2.13.0

VENV := .venv
BIN  := $(VENV)/bin
PIP  := $(BIN)/python -m pip install -qq --disable-pip-version-check
# Two at a time, each with whole files of tests: what a file sets up is made once.
TEST := $(BIN)/python -m pytest --numprocesses 2 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help run index test check chaos eval bench lock clean

help:  ## list these targets
	@echo "make TARGET [NAME=value ...]"
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  %-8s%s\n", $$1, $$2}' Makefile
	@echo "DOCUMENTS=$(DOCUMENTS) INDEX=$(INDEX) PORT=$(PORT) PYTHON=$(PYTHON)"

run: index  ## install, index DOCUMENTS, serve the chat page on 127.0.0.1:PORT
	@$(BIN)/askdocs serve --index "$(INDEX)" --port "$(PORT)"

index: $(VENV)/run.stamp  ## index DOCUMENTS into INDEX; only what changed
	@$(BIN)/askdocs index "$(DOCUMENTS)" --index "$(INDEX)" || [ $$? -eq 3 ]

test: $(VENV)/dev.stamp  ## run the tests
	@$(TEST)

check: $(VENV)/dev.stamp  ## lint, format, types, tests: what CI runs
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(TEST)

chaos: $(VENV)/dev.stamp  ## the long tests: every failing write, 50,000 broken files, a soak
	@ASKDOCS_TEST_FAULTS=0 ASKDOCS_TEST_MUTANTS=50000 ASKDOCS_TEST_KILLS=220 \
		ASKDOCS_TEST_CUTS=500 ASKDOCS_TEST_QUESTIONS=5000 ASKDOCS_TEST_STEPS=250 \
		ASKDOCS_TEST_KILLS_RAY=50 \
		$(BIN)/python -m pytest -o faulthandler_timeout=0 \
		tests/test_io_faults.py tests/test_every_kind.py tests/test_crash.py \
		tests/test_power_cut.py tests/test_endurance.py tests/test_store_sharing.py tests/test_ray.py
	@$(BIN)/python eval/bench/load.py build/load --rows R-59 --soak 600

eval: $(VENV)/run.stamp  ## answer the gold questions in GOLD and score the answers
	@for gold in $(GOLD); do $(BIN)/askdocs eval "$$gold" --documents "$(DOCUMENTS)" || exit; done

bench: $(VENV)/dev.stamp  ## measure with the public sets in DATA, and write the tables
	@[ -d "$(DATA)" ] || echo "$(DATA) is not there: only our own questions are asked (DATA=FOLDER)"
	@$(BIN)/python eval/bench/everything.py "$(DATA)"

# The pins stay as they are unless asked: make lock UPGRADE=--upgrade
LOCK = $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-package torch --no-emit-index-url --no-annotate --quiet $(UPGRADE) \
	--custom-compile-command "make lock"

lock: $(VENV)/dev.stamp  ## pin every package, with hashes, in requirements*.txt
	@$(LOCK) --extra eval --extra postgres --output-file requirements.txt
	@$(LOCK) --all-extras --constraints requirements.txt --output-file requirements-dev.txt

clean:  ## remove .venv and the caches; the index stays
	rm -rf $(VENV) build dist .gradio .hypothesis .mypy_cache .pytest_cache .ruff_cache src/*.egg-info
	find src tests eval -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is written when its step is done, so an interrupted one starts again.
$(VENV)/pip.stamp:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("askdocs needs Python 3.11 or \
	newer, this is " + sys.version.split()[0] + "; name one with: make PYTHON=python3.12 ...")'
	@echo "Installing into $(VENV): this takes some minutes, once."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --upgrade pip
	@touch $@

$(VENV)/torch.stamp: $(VENV)/pip.stamp
	@echo "  1 of 3  $(TORCH)"
	@$(PIP) $(TORCH)
	@touch $@

$(VENV)/run.stamp: requirements.txt pyproject.toml $(VENV)/torch.stamp
	@echo "  2 of 3  the libraries of requirements.txt"
	@$(PIP) --require-hashes --no-deps -r requirements.txt
	@echo "  3 of 3  askdocs"
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/run.stamp
	@echo "Installing what the tests need."
	@$(PIP) --require-hashes --no-deps -r requirements-dev.txt
	@touch $@
