# Every target sets up .venv first where it needs it. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
BIN := .venv/bin
STAMP := .venv/.installed
PROTO_IMPORTS := build/googleapis/google/rpc/status.proto

.PHONY: help setup run test check format format-check lint types imports proto drift unit demo figures bench certificate generate lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 14

setup: $(STAMP) ## Make .venv with the locked versions

$(STAMP): requirements.lock pyproject.toml scripts/setup.sh
	./scripts/setup.sh .venv

run: $(STAMP) ## Start the service with the example shop, ready for a first call
	$(BIN)/banditsvc serve --config examples/shop/banditsvc.toml --apply examples/shop/shop.toml

test: check unit ## Everything that must hold before a change is merged

check: format-check lint types imports proto drift ## The checks that run no test

format: $(STAMP) ## Format the code
	$(BIN)/ruff format .

format-check: $(STAMP)
	$(BIN)/ruff format --check .

lint: $(STAMP) ## Lint the Python code
	$(BIN)/ruff check .

types: $(STAMP) ## Check the types
	$(BIN)/mypy

imports: $(STAMP) ## Check which module may import which
	$(BIN)/lint-imports --no-cache

proto: $(STAMP) $(PROTO_IMPORTS) ## Lint the contract
	$(BIN)/buf lint --path proto/banditsvc
	$(BIN)/buf format --path proto/banditsvc --diff --exit-code

drift: $(STAMP) $(PROTO_IMPORTS) ## Check that the generated code is the contract's
	rm -rf build/generated
	./scripts/generate.sh build/generated
	diff -rq --exclude=__init__.py --exclude=__pycache__ build/generated/banditsvc/v1 banditsvc/v1 || { echo "The generated code is not the contract's: make generate"; exit 1; }

unit: $(STAMP) ## Run the tests, a file at a time on each core
	OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses=auto --dist=loadfile --hypothesis-profile=ci  # BLAS threads would wait for each other

demo: $(STAMP) ## See it learn on a simulated shop
	$(BIN)/banditsvc simulate demo

figures: $(STAMP) ## Measure everything that the documentation claims; takes long
	$(BIN)/python -m figures

bench: $(STAMP) ## Measure the service beside an empty server and with a funnel, and simulating, evaluating and learning beside other libraries
	$(BIN)/python -m benchmarks.rank
	$(BIN)/python -m benchmarks.funnel
	$(BIN)/python -m benchmarks.simulate
	$(BIN)/python -m benchmarks.evaluate
	$(BIN)/python -m benchmarks.audience
	$(BIN)/python -m benchmarks.limits
	$(BIN)/python -m benchmarks.pairs
	$(BIN)/python -m benchmarks.learn

certificate: $(STAMP) ## Judge the default policy anew, after it was changed
	$(BIN)/banditsvc certify --worlds-only --policy default --out banditsvc/default_certificate.json --html build/default_certificate.html

generate: $(STAMP) $(PROTO_IMPORTS) ## Generate the code of the contract
	./scripts/generate.sh .

$(PROTO_IMPORTS): $(STAMP)
	mkdir -p $(@D)
	cp "$$($(BIN)/python -c 'import google.rpc.status_pb2 as m; print(m.__file__.replace("_pb2.py", ".proto"))')" $@

lock: ## Lock the newest versions that pyproject.toml allows; needs uv
	uv pip compile pyproject.toml --extra reports --group dev --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	  --no-header --no-emit-index-url --no-annotate --upgrade --quiet -o requirements.lock

clean: ## Remove what can be made again; data/ is kept
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
