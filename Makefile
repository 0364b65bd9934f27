# Tonnelink: every task of the project. `make help` lists them.

PYTHON ?= python3

NODE_ENV := .venv/node/bin
BROWNIE_ENV := .venv/brownie/bin
WITH_BROWNIE := $(PYTHON) scripts/toolchain/env.py
LOCK := .venv/tools/bin/uv pip compile --quiet --universal --generate-hashes \
	--python-version 3.11 --no-emit-index-url --no-emit-find-links --no-header

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory --no-builtin-rules

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: setup
setup: ## Make the environments, the compiler and the chain (once; repairs what is missing)
	@$(PYTHON) scripts/setup.py --quiet

.PHONY: demo
demo: setup ## Play the main story on an embedded chain, verify it and write demo-report.json
	@$(NODE_ENV)/python -m scripts.demo

.PHONY: up
up: setup ## The same, kept running at http://127.0.0.1:8000 (or PORT=, CHAIN_PORT=)
	@$(NODE_ENV)/python -m scripts.demo --serve $(if $(PORT),--port $(PORT)) $(if $(CHAIN_PORT),--chain-port $(CHAIN_PORT))

.PHONY: chain-stop
chain-stop: ## Stop the ledger that `make up` started, to see the node cope
	@$(NODE_ENV)/python -m scripts.chain stop

.PHONY: chain-start
chain-start: ## Start that ledger again where it stopped
	@$(NODE_ENV)/python -m scripts.chain start

.PHONY: test
test: lint test-node test-contracts ## Run every check and every test

.PHONY: lint
lint: setup ## Check style, types, import directions and the committed artifacts
	$(NODE_ENV)/ruff check .
	$(NODE_ENV)/ruff format --check .
	$(NODE_ENV)/mypy
	$(NODE_ENV)/lint-imports --no-logo
	$(NODE_ENV)/python scripts/compile.py --check

.PHONY: format
format: setup ## Rewrite the Python sources in the project's style
	$(NODE_ENV)/ruff check --fix .
	$(NODE_ENV)/ruff format .

.PHONY: test-node
test-node: setup ## Run the tests of the node, the links and the tools
	$(NODE_ENV)/pytest -n auto

.PHONY: test-contracts
test-contracts: setup ## Run the tests of the contracts on a chain of their own
	$(WITH_BROWNIE) pytest tests/contracts

.PHONY: compile
compile: setup ## Compile the contracts to the artifacts that the node reads
	$(BROWNIE_ENV)/python scripts/compile.py

.PHONY: sizes
sizes: setup ## Print each contract's size against the ledger's limit
	@$(NODE_ENV)/python scripts/compile.py --sizes

.PHONY: bench-gas
bench-gas: setup ## Measure gas against the reference token; ends with one line of JSON
	@$(NODE_ENV)/python -m scripts.bench.gas

.PHONY: bench-backfill
bench-backfill: setup ## Measure indexing beside web3.py and fetching (EVENTS=); ends with one line of JSON
	@$(NODE_ENV)/python -m scripts.bench.backfill $(if $(EVENTS),--events $(EVENTS))

.PHONY: bench-api
bench-api: setup ## Measure balance queries over HTTP beside a plain hello; ends with one line of JSON
	@$(NODE_ENV)/python -m scripts.bench.api $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(LARGE),--large)

.PHONY: bench-trace
bench-trace: setup ## Measure traces among 10,000 and 1,000,000 unit blocks; ends with one line of JSON
	@$(NODE_ENV)/python -m scripts.bench.trace $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(MOVEMENTS),--movements $(MOVEMENTS))

.PHONY: mutation
mutation: setup ## Break the contracts in small ways and see their tests fail (COUNT=, SEED=, ONLY=, JOBS=)
	@$(NODE_ENV)/python -m scripts.mutation $(if $(COUNT),--count $(COUNT)) \
		$(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only $(ONLY)) $(if $(JOBS),--jobs $(JOBS))

.PHONY: corruption
corruption: setup ## Change rows of a mirror one by one and see each found and named (SEED=, COUNT=, STORE=postgres)
	@$(NODE_ENV)/python -m scripts.corruption $(if $(SEED),--seed $(SEED)) \
		$(if $(COUNT),--count $(COUNT)) $(if $(filter postgres,$(STORE)),--postgres)

.PHONY: fuzz
fuzz: setup ## Ask the API all that its description allows and forbids, in each role (SECONDS=, SEED=); ends with JSON
	@$(NODE_ENV)/python -m scripts.fuzz $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED))

.PHONY: test-fuzz
test-fuzz: setup ## The same for half a minute
	@$(NODE_ENV)/python -m scripts.fuzz --seconds 32

.PHONY: proofs
proofs: setup ## Prove the core libraries' claims for every case; ends with one line of JSON
	@$(NODE_ENV)/python -m scripts.proofs

.PHONY: proofs-break
proofs-break: setup ## Break the libraries one by one and see each proof fail; ends with one line of JSON
	@$(NODE_ENV)/python -m scripts.proofs --break

.PHONY: slither
slither: setup ## Compare slither's findings with docs/slither.md; ends with one line of JSON
	@$(NODE_ENV)/python -m scripts.proofs.slither

.PHONY: chaos
chaos: setup ## Forks, faults, kills and full disks against a node (SEED=, COUNT=, STORE=postgres, VERBOSE=1)
	@$(NODE_ENV)/python -m scripts.chaos --seed $(or $(SEED),1) --count $(or $(COUNT),1) \
		$(if $(filter postgres,$(STORE)),--postgres) $(if $(VERBOSE),--verbose)

.PHONY: lock
lock: setup ## Renew the lock files from requirements/*.in and package.json
	for name in uv nodejs build brownie node proofs fuzz; do \
		$(LOCK) requirements/$$name.in --output-file requirements/$$name.lock || exit 1; \
	done
	$(LOCK) pyproject.toml --extra parquet --extra postgres \
		--constraints requirements/node.lock --output-file requirements/runtime.lock
	npm install --package-lock-only --ignore-scripts --no-audit --no-fund

.PHONY: clean
clean: ## Remove what work leaves behind; the environments stay
	rm -rf build demo-report.json .tonnelink .hypothesis .import_linter_cache .mypy_cache \
		.pytest_cache .ruff_cache
	find . -name __pycache__ -type d -not -path './.venv/*' -not -path './node_modules/*' \
		-prune -exec rm -rf {} +

.PHONY: distclean
distclean: clean ## Remove the environments and the tools too
	rm -rf .venv .toolchain node_modules
