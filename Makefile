# netpeer's front door. `make help` lists the targets; cmake does the work.
PREFIX ?= /usr/local
DESTDIR ?=
JOBS ?= $(shell nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
# Extra arguments for every cmake configuration, e.g. CMAKE_ARGS=-DNETPEER_WERROR=ON
CMAKE_ARGS ?=
FUZZ_SECONDS ?= 60
FUZZ_SEED ?= 1
NIGHTLY_FUZZ_SECONDS ?= 1800
NIGHTLY_SIM_SEEDS ?= 100000
NIGHTLY_DIFF_SEEDS ?= 100000
NIGHTLY_CODEC_INPUTS ?= 1000000
CLANGXX ?= clang++
CLANG_FORMAT ?= $(shell command -v clang-format-14 || echo clang-format)

MAKEFLAGS += --no-print-directory

CONFIGURE = cmake -S . $(CMAKE_ARGS)
BUILD = cmake --build

.PHONY: all demo test bench plot fuzz sanitize nightly format tidy docs install amalgamation size clean help

all: ## build the library and the netpeer command into build/
	@tools/setup build
	$(CONFIGURE) -B build -DNETPEER_BUILD_TESTS=OFF
	$(BUILD) build -j$(JOBS)

demo: ## install what is missing, build the netpeer command and run the demonstration
	@tools/setup demo
	@$(CONFIGURE) -B build -DNETPEER_BUILD_TESTS=OFF >build-demo.log 2>&1 && \
		$(BUILD) build -j$(JOBS) >>build-demo.log 2>&1 || { cat build-demo.log; rm -f build-demo.log; exit 1; }
	@rm -f build-demo.log
	@tools/demo

test: ## install what is missing, build and run every test; the last line counts them
	@tools/setup test
	$(CONFIGURE) -B build -DNETPEER_BUILD_TESTS=ON
	$(BUILD) build -j$(JOBS)
	@tools/run_tests build

bench: ## build and run the benchmarks in build-bench/; figures beside other libraries go to build/bench.json
	@tools/setup bench
	$(CONFIGURE) -B build-bench -DCMAKE_BUILD_TYPE=Release -DNETPEER_BUILD_BENCH=ON -DNETPEER_BUILD_TESTS=OFF \
		-DNETPEER_BUILD_TOOLS=OFF
	$(BUILD) build-bench -j$(JOBS)
	@for program in build-bench/bench/*; do echo "== $$program"; "$$program" $(BENCH_ARGS) || exit 1; done
	@mkdir -p build && bench/compare/run build-bench/compare build/bench.json

# The figures are measured anew, the codecs' only; `make bench` keeps the whole in the same form.
plot: ## measure the codecs and draw docs/compression.svg; the same figures give the same file
	@tools/setup bench
	$(CONFIGURE) -B build-bench -DCMAKE_BUILD_TYPE=Release -DNETPEER_BUILD_BENCH=ON -DNETPEER_BUILD_TESTS=OFF \
		-DNETPEER_BUILD_TOOLS=OFF
	$(BUILD) build-bench -j$(JOBS) --target compare_codecs
	@mkdir -p build && bench/compare/run build-bench/compare build/bench-codecs.json --codec-counts
	@for python in python3 /usr/bin/python3; do $$python -c 'import matplotlib' 2>/dev/null && break; done; \
		$$python bench/plot_compression build/bench-codecs.json docs/compression.svg

fuzz: ## fuzz every target for FUZZ_SECONDS (60) with FUZZ_SEED (1); one line per target
	@tools/setup fuzz
	@CLANGXX=$(CLANGXX) JOBS=$(JOBS) FUZZ_SECONDS=$(FUZZ_SECONDS) FUZZ_SEED=$(FUZZ_SEED) tools/run_fuzz $(CMAKE_ARGS)

sanitize: ## the whole test suite under clang's address and undefined-behaviour sanitizers
	@tools/setup fuzz
	$(CONFIGURE) -B build-asan -DCMAKE_CXX_COMPILER=$(CLANGXX) -DCMAKE_BUILD_TYPE=None \
		-DCMAKE_C_COMPILER=$(subst ++,,$(CLANGXX)) \
		-DCMAKE_C_FLAGS="-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all" \
		-DCMAKE_CXX_FLAGS="-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all" \
		-DNETPEER_BUILD_TESTS=ON -DNETPEER_BUILD_HYGIENE=OFF
	$(BUILD) build-asan -j$(JOBS)
	@tools/run_tests build-asan

nightly: ## many seeds and codec inputs, every failing allocation, other processors emulated, hours of fuzzing; counts at the end
	@CLANGXX=$(CLANGXX) JOBS=$(JOBS) FUZZ_SECONDS=$(NIGHTLY_FUZZ_SECONDS) NETPEER_SIM_SEEDS=$(NIGHTLY_SIM_SEEDS) \
		NETPEER_DIFF_SEEDS=$(NIGHTLY_DIFF_SEEDS) NETPEER_CODEC_INPUTS=$(NIGHTLY_CODEC_INPUTS) FUZZ_SEED=$(FUZZ_SEED) tools/run_nightly $(CMAKE_ARGS)

format: ## apply .clang-format to every C++ file
	@find src tests fuzz bench tools examples \( -name '*.h' -o -name '*.cpp' \) -print0 2>/dev/null | \
		xargs -0 -r $(CLANG_FORMAT) -i

tidy: ## look at the library with clang-tidy (advice, not a gate)
	@tools/setup ci
	$(CONFIGURE) -B build-tidy -DCMAKE_CXX_COMPILER=$(CLANGXX) -DCMAKE_EXPORT_COMPILE_COMMANDS=ON \
		-DNETPEER_BUILD_TESTS=OFF -DNETPEER_BUILD_TOOLS=OFF >/dev/null
	@find src -name '*.cpp' -print0 | xargs -0 -n1 -P$(JOBS) clang-tidy --quiet -p build-tidy

docs: ## write the API reference into build-docs/html; an undocumented public symbol is an error
	@tools/setup docs
	@tools/make_docs

install: ## install headers, library and command under PREFIX (/usr/local), staged in DESTDIR
	@tools/setup build
	$(CONFIGURE) -B build-install -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$(PREFIX)" -DNETPEER_BUILD_TESTS=OFF
	$(BUILD) build-install -j$(JOBS)
	DESTDIR="$(DESTDIR)" cmake --install build-install

amalgamation: ## write the library as few files into dist/: netpeer.h, netpeer.cpp, netpeer_c.h
	@tools/setup python
	@tools/amalgamate --out dist && ls -l dist

size: ## how much the library adds to programs, by what they use (text at -Os)
	@tools/setup build
	@tools/report_size

clean: ## remove every build folder
	rm -rf build dist build-asan build-bench build-fuzz build-install build-mingw build-tidy build-consumer build-ci build-docs \
		build-s390x build-armhf build-aarch64 build-bare build-musl build-wasm build-npm build-msvc build-android

help: ## print this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16
