# geoplan: `make` lists what there is. Everything runs in .venv, which is made on first use.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := data/demo
OUT := out/demo
WEB := api/web/dist/index.html

.PHONY: help demo serve web offline-bundle test spectral soak check lint bench bench-reach bench-boundaries bench-siting bench-service format clean clean-kernels
help:            ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## */\t/' | expand -t 16

demo: $(VENV)/.demo  ## set up, build the demo city, run the main job, print the scoreboard
	@test -f $(DEMO)/workspace.toml || $(BIN)/geoplan demo $(DEMO)
	$(BIN)/geoplan run $(DEMO) -o $(OUT)

serve: $(VENV)/.demo,api,reports,tiles  ## set up and serve the demo city with its map page
	@test -f $(DEMO)/workspace.toml || $(BIN)/geoplan demo $(DEMO)
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory web; \
	else echo "no npm: the map page is not built; all else works"; fi
	$(BIN)/python -m geoplan_api $(DEMO)

web: $(WEB)      ## build the map page (needs node and npm)

offline-bundle: web $(VENV)/.demo,api,reports,tiles  ## one archive that installs with no internet, into out/offline
	$(BIN)/python api/deploy/offline_bundle.py out/offline

test: $(VENV)/.test  ## set up and run all tests, on two cores (those of the map page where npm is)
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory web; fi
	$(BIN)/python -m pytest -n 2 --dist loadfile

soak: $(VENV)/.test  ## registry and service under kill -9 and many writers, the whole role matrix (make test runs a part)
	GEOPLAN_REQUIRE_POSTGIS=1 $(BIN)/python -m pytest tests/soak tests/api/test_role_matrix.py --soak 1.0 -s

check: lint  ## format, lint, types, import contracts, docs in step with the code
	$(BIN)/python -m pytest -q tests/docs tests/architecture -x -m "not slow"

lint: $(VENV)/.test  ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.test  ## format the code and mend what can be mended
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: $(VENV)/.bench  ## measure against the peers, in one run; results in benchmarks/results
	$(BIN)/python benchmarks/run.py

bench-reach: $(VENV)/.test benchmarks/.peers/bin/python  ## measure reach against Valhalla, scipy, pandana and others, in one run
	$(BIN)/python benchmarks/reach/run.py

bench-boundaries: $(VENV)/.test benchmarks/.peers/bin/python  ## measure arcs and diagnosis against topojson, noding, overlay
	$(BIN)/python benchmarks/boundaries/topology.py

bench-siting: $(VENV)/.test benchmarks/.peers/bin/python  ## measure siting against spopt, planx, PySAL access, plain HiGHS
	$(BIN)/python benchmarks/siting/run.py

bench-service: $(VENV)/.test benchmarks/.peers-service/bin/python  ## measure the service against TiPg, pygeoapi, ST_AsMVT, mapbox-vector-tile; a minute of load
	$(BIN)/python benchmarks/service/encoder.py
	$(BIN)/python benchmarks/service/read.py
	$(BIN)/python benchmarks/service/load.py

benchmarks/.peers-service/bin/python:
	$(PYTHON) -m venv benchmarks/.peers-service
	$@ -m pip install --quiet --disable-pip-version-check -r benchmarks/service/peers.txt

benchmarks/.peers/bin/python:
	$(PYTHON) -m venv benchmarks/.peers
	$@ -m pip install --quiet --disable-pip-version-check -r benchmarks/reach/peers.txt -r benchmarks/siting/peers.txt

clean-kernels:   ## forget compiled kernels, after editing one that others call
	find geoplan -name '*.nb[ci]' -delete

clean:           ## remove what the commands made
	rm -rf $(VENV) $(DEMO) out api/web/dist api/web/node_modules .mypy_cache .ruff_cache .import_linter_cache

# The page's packages and its build; exact versions stand in package.json.
api/web/node_modules/.made: api/web/package.json
	cd api/web && npm install --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# The linter of the service's OpenAPI; only tests need it.
spectral: tests/clients/spectral/node_modules/.made  ## install what lints the service's OpenAPI (needs node and npm)

tests/clients/spectral/node_modules/.made: tests/clients/spectral/package.json
	cd tests/clients/spectral && npm install --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(WEB): api/web/node_modules/.made api/web/build.mjs $(wildcard api/web/src/*)
	node api/web/build.mjs

# Set-up. One stamp per set of packages; constraints.txt holds the tried versions.
$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.%: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$*]'
	@touch $@
