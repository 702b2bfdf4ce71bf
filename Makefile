# geoplan: `make` lists what there is. Everything runs in .venv, which is made on first use.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := data/demo
OUT := out/demo

.PHONY: help demo test soak check bench bench-reach bench-boundaries format clean clean-kernels
help:            ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## */\t/' | expand -t 16

demo: $(VENV)/.demo  ## set up, build the demo city, run the main job, print the scoreboard
	@test -f $(DEMO)/workspace.toml || $(BIN)/geoplan demo $(DEMO)
	$(BIN)/geoplan run $(DEMO) -o $(OUT)

test: $(VENV)/.test  ## set up and run all tests, on two cores
	$(BIN)/python -m pytest -n 2 --dist loadfile

soak: $(VENV)/.test  ## the registry under kill -9 and under twenty writers, full counts (make test runs 5 % of them)
	GEOPLAN_REQUIRE_POSTGIS=1 $(BIN)/python -m pytest tests/soak --soak 1.0 -s

check: $(VENV)/.test  ## format, lint, types, import contracts, docs in step with the code
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/docs tests/architecture -x -m "not slow"

format: $(VENV)/.test  ## format the code and mend what can be mended
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: $(VENV)/.bench  ## measure against the peers, in one run; results in benchmarks/results
	$(BIN)/python benchmarks/run.py

bench-reach: $(VENV)/.test benchmarks/.peers/bin/python  ## measure reach against Valhalla, scipy, pandana and others, in one run
	$(BIN)/python benchmarks/reach/run.py

bench-boundaries: $(VENV)/.test benchmarks/.peers/bin/python  ## measure arcs and diagnosis against topojson, noding, overlay
	$(BIN)/python benchmarks/boundaries/topology.py

benchmarks/.peers/bin/python:
	$(PYTHON) -m venv benchmarks/.peers
	$@ -m pip install --quiet --disable-pip-version-check -r benchmarks/reach/peers.txt

clean-kernels:   ## forget compiled kernels, after editing one that others call
	find geoplan -name '*.nb[ci]' -delete

clean:           ## remove what the commands made
	rm -rf $(VENV) $(DEMO) out .mypy_cache .ruff_cache .import_linter_cache

# Set-up. One stamp per set of packages; constraints.txt holds the tried versions.
$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.%: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$*]'
	@touch $@
