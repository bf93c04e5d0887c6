export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/node_modules/.bin:$(PATH)
export SOLCX_BINARY_PATH ?= $(CURDIR)/.solcx
# Without bytecode every start of ape costs 3 s more.
unexport PYTHONDONTWRITEBYTECODE

PYTHON := .venv/bin/python
PYTEST := .venv/bin/pytest -p no:ape_test
LOCK := .venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command 'make lock'

PEERS := tools/peers/install || echo "the peers' packages can't be installed; their committed figures follow"

.PHONY: help demo test check gas peers simulate month bench-index chaos chaos-index deep artifacts lock clean setup

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## the whole story on a local chain; SCREENPLAY=file to bring your own
	@tools/setup run
	@.venv/bin/trust demo $(if $(SCREENPLAY),"$(SCREENPLAY)")

test: setup ## every check and every test
	@tools/stages \
		check "$(MAKE) -s check && forge test" contracts ".venv/bin/ape test tests/contracts -q" \
		-- package "$(PYTEST) tests/package tests/acceptance -q -n 2 --dist worksteal"

check: setup ## formats, types, layers, contracts' style, stale artifacts
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@forge fmt --check
	@solhint --disc --noPoster --max-warnings 0 'contracts/**/*.sol'
	@$(PYTHON) scripts/build_artifacts.py --check

gas: setup ## gas of every public operation, against the committed snapshot
	@$(PEERS)
	@$(PYTHON) scripts/gas.py

peers: setup ## peers' own bytecode on our chain, beside the committed figures
	@$(PEERS)
	@$(PYTHON) scripts/peers.py

simulate: setup ## a union's year of paydays, on paper and on the bytecode
	@$(PYTHON) scripts/simulate.py $(ARGS)

month: setup ## five weeks of a crowd of 5,000 and 200 principals; every statement checked
	@$(PYTHON) scripts/month.py $(ARGS)

bench-index: setup ## whole syncs beside the raw download and other indexers; ARGS=sync, head or pages for a part
	@$(PYTHON) scripts/bench_index.py $(ARGS)

chaos: setup ## two competing keepers for 200 rounds of kills, lies and reorgs
	@PYTHONPATH=tests $(PYTHON) -m chaos $(ARGS)
	@$(PYTEST) tests/chaos -q

chaos-index: setup ## SQLite and PostgreSQL indexes through 50 seeds of lies, reorgs to depth 64 and kills
	@PYTHONPATH=tests $(PYTHON) -m chaos_index --seeds 50 $(ARGS)
	@$(PYTEST) tests/chaos_index -q

deep: setup ## long fuzzing and invariant runs
	@FOUNDRY_PROFILE=deep forge test
	@HYPOTHESIS_PROFILE=deep .venv/bin/ape test tests/contracts/test_payroll_machine.py -q
	@HYPOTHESIS_PROFILE=deep $(PYTEST) tests/contracts/test_provenance_graphs.py -q
	@PYTHONPATH=tests $(PYTHON) -m chaos_index --seeds 300
	@SCHEMA_EXAMPLES=100 $(PYTEST) tests/package/test_api_schema.py -q

artifacts: setup ## compile contracts into the package
	@$(PYTHON) scripts/build_artifacts.py

lock: setup ## resolve requirements*.in and package.json again
	@$(LOCK) requirements-dev.in -o requirements-dev.lock
	@$(LOCK) requirements.in -c requirements-dev.lock -o requirements.lock
	@$(LOCK) requirements-setup.in -c requirements-dev.lock -o requirements-setup.lock
	@npm install --ignore-scripts --package-lock-only

clean: ## what builds and demos left behind; keeps .venv and node_modules
	@rm -rf .build .forge contracts/.cache demo .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

setup:
	@tools/setup dev
