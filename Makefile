# The two commands of the README: `make demo` and `make test`.
SHELL := /bin/sh
LOCKSTEP := .build/release/lockstep

.PHONY: demo test build bench embed clean

demo: build ## Simulate two weeks of a shop, replay them, print the scorecard.
	@echo "== Simulating two weeks of a shop's identity logs, replaying them, and printing the scorecard"
	$(LOCKSTEP) demo --out demo

build:
	@echo "== System libraries"
	@scripts/install-libraries.sh
	@echo "== Building in release mode (the first build takes some minutes)"
	swift build -c release --product lockstep

test: ## Run every test.
	@echo "== System libraries"
	@scripts/install-libraries.sh --tests
	@echo "== Building and running all tests (the first build takes some minutes)"
	swift build --build-tests
	swift test --skip-build
	@echo "== The independent computation's own tests"
	python3 -B Tests/Reference/test_reference.py

bench: build ## Measure; see Benchmarks/README.md.
	python3 -B Benchmarks/bench.py

embed: ## Write config/ into the sources as the built-in defaults.
	sh config/embed.sh

clean:
	rm -rf .build demo
