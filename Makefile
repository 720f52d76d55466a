# The commands of a checkout. Each works alone on a fresh clone: what it needs, it sets up first.
MAKEFLAGS += --no-print-directory

.PHONY: help build test bench examples format clean

help:
	@echo "make build    set up .venv and compile examples/acme into build/"
	@echo "make test     set up .venv and the servers, then run the static checks and the tests"
	@echo "make bench    set up .venv and run the benchmarks"
	@echo "make examples set up .venv and compile every spec in examples/ into the tree beside it"
	@echo "make format   let ruff format the code and mend what it can"
	@echo "make clean    remove what was built and cached (not .venv and .servers, which cost a download)"

build:
	@scripts/install
	@echo "build: monitorgen build examples/acme -o build"
	@.venv/bin/monitorgen build examples/acme -o build
	@echo "build: the tree is in build/; see build/manifest.json for what is in it"

test:
	@scripts/install test exporters audit postgres
	@scripts/servers
	@scripts/postgresql
	@scripts/check
	@echo "test: pytest"
	@scripts/test

bench:
	@scripts/install bench audit postgres
	@scripts/servers
	@scripts/postgresql
	@.venv/bin/python -m bench
	@.venv/bin/python -m bench.audit
	@.venv/bin/python -m bench.audit_verify

examples:
	@scripts/install
	@scripts/examples

format:
	@scripts/install test
	@.venv/bin/python -m ruff check --quiet --fix . scripts/servers scripts/postgresql
	@.venv/bin/python -m ruff format --quiet . scripts/servers scripts/postgresql

clean:
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
