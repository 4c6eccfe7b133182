# Everything a newcomer needs: `make demo`, `make test`. See README.md.

SHELL := /bin/bash
SWIFT := source .deps/env && swift
CONFIGURATION := release

.PHONY: demo test build setup bench lint format docs clean

demo: build
	@Tools/demo

# Tests run beside each other: one thread each is faster than threads that wait for each other.
test: setup
	@$(SWIFT) build -c $(CONFIGURATION) --build-tests
	@Tools/link-libtorch $(CONFIGURATION)
	@export OMP_NUM_THREADS=1; $(SWIFT) test -c $(CONFIGURATION) --skip-build $(ARGUMENTS)

build: setup
	@$(SWIFT) build -c $(CONFIGURATION) --product basin
	@Tools/link-libtorch $(CONFIGURATION)

setup:
	@Tools/setup

bench: build
	@Benchmarks/run

lint:
	@swift format lint --strict --recursive --parallel Sources Tests Benchmarks/Sources Package.swift

format:
	@swift format --in-place --recursive --parallel Sources Tests Benchmarks/Sources Package.swift

docs: setup
	@Tools/docs

clean:
	@rm -rf .build
