# Everything a newcomer needs: `make demo`, `make test`. See README.md.

SHELL := /bin/bash
SWIFT := source .deps/env && swift
CONFIGURATION ?= debug
# Swift's optimiser takes longer than the tests save by it; that of C++ does not. Nobody steps through them.
# The index stays: tests are found by it.
debug := -Xcxx -O2 -Xcxx -g0 -Xswiftc -gnone
release := -Xswiftc -enable-testing
TESTED := -c $(CONFIGURATION) $($(CONFIGURATION))

.PHONY: demo test kernels example build setup bench lint format docs clean

demo: build
	@Tools/demo

# Tests run beside each other: one thread each is faster than threads that wait for each other.
# `make test CONFIGURATION=release` tests the optimised build.
test: setup
	@$(SWIFT) build $(TESTED) --build-tests
	@Tools/link-libtorch $(CONFIGURATION)
	@export OMP_NUM_THREADS=1; $(SWIFT) test $(TESTED) --skip-build $(ARGUMENTS)

# The numerical suites, optimised, with each instruction set and number of threads.
kernels: setup
	@$(SWIFT) build -c release $(release) --build-tests
	@Tools/link-libtorch release
	@Tools/kernels

# A package of a user's own, with a method and an attack that Basin does not have.
example: setup
	@Tools/example

build: setup
	@$(SWIFT) build -c release --product basin
	@Tools/link-libtorch release

setup:
	@Tools/setup

bench: build
	@Benchmarks/run

lint:
	@swift format lint --strict --recursive --parallel Sources Tests Benchmarks/Sources Package.swift
	@Tools/layers >/dev/null
	@Tools/documentation

format:
	@swift format --in-place --recursive --parallel Sources Tests Benchmarks/Sources Package.swift

docs: setup
	@Tools/docs

clean:
	@rm -rf .build
