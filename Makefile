# `make help` lists the targets. Everything happens in .venv; nothing outside it is installed.
PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
LOCKED := constraints.txt
# uv installs 5 GB in half a minute. One at a time: two would write the same files.
PIP    := flock $(VENV) $(VENV)/bin/uv pip install --quiet --python $(PY) --constraint $(LOCKED)
# verl and what a run without a GPU needs besides: one home, in the package.
DEMO   := python/lead_rs/demo/requirements.txt
CORE   := $(DEMO) Cargo.toml Cargo.lock pyproject.toml $(shell find src python -name '*.rs' -o -name '*.ptx' -o -name '*.py' -o -name '*.pyi')

export PYO3_PYTHON = $(abspath $(PY))
# What is imported is compiled once, not in each of hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.base: pyproject.toml $(LOCKED)
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check --constraint $(LOCKED) uv
	$(PIP) --upgrade pip maturin
	@touch $@

# The tools of the tests, which training does not need.
$(VENV)/.dev: $(VENV)/.base
	$(PIP) --group dev --group docs
	@touch $@

# verl and torch: 3 GB to download the first time, from uv's cache after that.
$(VENV)/.verl: $(DEMO) $(VENV)/.base
	@echo "installing verl and torch (minutes the first time)"
	$(PIP) --requirement $(DEMO)
	@touch $@

# The older verls that the integration tests also run against, next to the installed one.
OLD_VERLS := 0.7.1 0.8.0 0.9.0
export LEAD_RS_VERL_WHEELS = $(abspath $(VENV)/verl-wheels)

$(VENV)/verl-wheels: $(VENV)/.base
	for version in $(OLD_VERLS); do \
	    $(PY) -m pip download --quiet --no-deps --dest $@ verl==$$version || exit 1; \
	done
	@touch $@

$(VENV)/.built: $(CORE) $(VENV)/.base
	rm -rf dist
	$(VENV)/bin/maturin build --release --quiet --out dist
	@touch $@

$(VENV)/.wheel: $(VENV)/.built
	$(PIP) dist/*.whl
	$(PIP) --force-reinstall --no-deps dist/*.whl
	@touch $@

# Other graders, in an environment of their own: they and verl want different versions of antlr4.
PEERS := $(VENV)/peers
$(PEERS)/.wheel: benches/graders/requirements.txt benches/graders/constraints.txt $(VENV)/.wheel
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check \
	    --constraint benches/graders/constraints.txt --requirement benches/graders/requirements.txt dist/*.whl
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check \
	    --force-reinstall --no-deps dist/*.whl
	@touch $@

# The packages that call Math-Verify, to be run with lead_rs in its place, and its own tests; and
# SkyRL, whose registry lead_rs.skyrl is tested on.
CALLERS := $(VENV)/callers
$(CALLERS): $(VENV)/.base
	$(PY) -m pip download --quiet --no-deps --dest $@ trl==1.16.0 verifiers==0.4.0 skyrl==0.3.0
	$(PY) -m pip download --quiet --no-deps --no-binary :all: --dest $@ math-verify==0.9.0
	tar --extract --gzip --file $@/math_verify-0.9.0.tar.gz --directory $@
	@touch $@

# TRL beside the packages of .venv, in an environment of its own that no other test sees: the newest,
# and the oldest that is supported, which PYTHONPATH puts in its place.
TRL     := $(VENV)/trl
OLD_TRL := $(TRL)/oldest
$(TRL)/.wheel: $(VENV)/.wheel $(VENV)/.dev $(VENV)/.verl
	$(PYTHON) -m venv $(TRL)
	$(PY) -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
	    > $$($(TRL)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/lead_rs_venv.pth
	$(TRL)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps trl==1.16.0
	$(TRL)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --target $(OLD_TRL) --upgrade trl==0.29.0
	@touch $@

.PHONY: test-trl
test-trl: $(TRL)/.wheel ## LEAD in the newest TRL and in the oldest that is supported (a minute each)
	OMP_NUM_THREADS=1 $(TRL)/bin/python -m pytest tests/trl_trainer
	OMP_NUM_THREADS=1 PYTHONPATH=$(abspath $(OLD_TRL)) $(TRL)/bin/python -m pytest tests/trl_trainer

.PHONY: smollm
smollm: install ## Fetch SmolLM2-135M-Instruct into outputs/smollm2/model (93 MB to fetch, 540 MB on the disk)
	@test -d outputs/smollm2/model || $(PY) -m lead_rs.demo.smollm2.fetch outputs/smollm2/model

# The versions of all that is installed to test and to build with, so that what passes today passes
# tomorrow. What the project itself asks for is in pyproject.toml and the two requirements.txt.
LOCK := $(VENV)/bin/uv pip compile --quiet --upgrade --universal --no-annotate \
    --custom-compile-command 'make lock'

.PHONY: lock
lock: $(VENV)/.base ## Renew the versions in constraints.txt and benches/graders/constraints.txt
	$(LOCK) --python-version 3.10 --all-extras --group dev --group docs --group release \
	    pyproject.toml $(DEMO) --output-file $(LOCKED)
	$(LOCK) --python-version 3.11 benches/graders/requirements.txt --output-file benches/graders/constraints.txt

.PHONY: install
install: $(VENV)/.wheel $(VENV)/.verl ## Build and install the wheel into .venv, with verl

# The wheels to publish, apart from dist/, where `make install` takes its own from.
WHEELS := target/wheels
$(VENV)/.release: $(VENV)/.base
	$(PIP) --group release
	@touch $@

.PHONY: wheel
wheel: $(VENV)/.release ## Build the wheels and the sdist to publish, into target/wheels
	packaging/wheels.sh $(WHEELS)
	$(PY) tests/wheel/check_files.py $(WHEELS)

.PHONY: test-wheel
test-wheel: wheel ## Use the wheels and the sdist in clean environments, without Rust or CUDA
	$(PY) tests/wheel/check_installed.py $(WHEELS)

.PHONY: licences
licences: ## Check the licences of all that is linked in; renew THIRD_PARTY_LICENSES (needs cargo-about, cargo-deny 0.20)
	@for tool in about deny; do \
	    cargo $$tool --version >/dev/null 2>&1 || \
	    { echo "missing: cargo install --locked --features cli cargo-$$tool" >&2; exit 1; }; \
	done
	cargo deny --locked --config licences/deny.toml check licenses bans sources
	cargo about generate --frozen --fail --features python,cuda --config licences/about.toml \
	    licences/about.hbs --output-file THIRD_PARTY_LICENSES
	@echo "THIRD_PARTY_LICENSES has the licences of all that is linked in"

# Both databases are asked for over the network: where one cannot be had, or does not know a package
# (pip-audit would pass over it if it were not strict), that is said, and is a failure.
.PHONY: audit
audit: $(VENV)/.release ## Look for known vulnerabilities in what is linked in and depended on (needs cargo-deny 0.20)
	@cargo deny --config licences/deny.toml fetch db || { echo "not checked: the RustSec database cannot be had" >&2; exit 1; }
	cargo deny --locked --config licences/deny.toml check advisories
	$(VENV)/bin/pip-audit --strict .

.PHONY: release-notes
release-notes: ## Print what CHANGELOG.md says of this version
	@version=$$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml) && \
	awk -v version="$$version" '/^## /{on = ($$2 == version); next} on' CHANGELOG.md

.PHONY: docs
docs: $(VENV)/.dev $(VENV)/.wheel ## Build the documentation into site/: open site/index.html
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build --quiet

.PHONY: train-cpu
train-cpu: install ## Train a tiny model with LEAD in verl, without a GPU (SEED=1 ADV=lead RESUME=0)
	$(PY) examples/cpu/train.py

.PHONY: train-smollm
train-smollm: install ## The same with SmolLM2-135M-Instruct, a pretrained model (16 GB of memory)
	MODEL=smollm2 $(PY) examples/cpu/train.py

.PHONY: lint
lint: lint-rust lint-python check-ptx ## Formatting, lints and types

.PHONY: lint-rust
lint-rust: $(VENV)/.base
	cargo fmt --check
	cargo clippy --quiet --locked --all-targets -- --deny warnings
	cargo clippy --quiet --locked --features python -- --deny warnings
	cargo clippy --quiet --locked --all-targets --features python,cuda -- --deny warnings
	RUSTDOCFLAGS="--deny warnings" cargo doc --quiet --locked --no-deps

.PHONY: lint-python
lint-python: $(VENV)/.dev $(VENV)/.verl $(VENV)/.wheel
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(PY) -m mypy.stubtest --mypy-config-file tests/stubtest.ini lead_rs._lead_rs

# A worker a core, each with one thread of torch's: more would wait for each other.
PYTEST := OMP_NUM_THREADS=1 $(VENV)/bin/pytest --numprocesses $$(nproc) --maxprocesses 4 \
    --dist loadfile --no-loadscope-reorder
# The build first, beside which pip installs.
TESTED := $(VENV)/.built $(VENV)/.dev $(VENV)/.verl $(VENV)/.wheel $(VENV)/verl-wheels $(CALLERS)

.PHONY: test
# What takes longest first, where there are two jobs.
test: test-python lint test-rust ## Everything: lints, cargo test, pytest on the installed wheel, verl integration

.PHONY: test-fast
test-fast: test-rust $(TESTED) ## The tests without the training runs
	$(PYTEST) -m "not cpu_run"

.PHONY: test-rust
test-rust: | $(VENV)/.base
	cargo test --quiet --locked --features cuda

.PHONY: test-python
test-python: $(TESTED)
	$(PYTEST)

.PHONY: coverage
coverage: $(TESTED) ## How much of the code the tests run (of the Rust: needs cargo-llvm-cov)
	$(PYTEST) -m "not cpu_run" --cov --cov-report term
	@if cargo llvm-cov --version >/dev/null 2>&1; then \
	    cargo llvm-cov --quiet --locked --features cuda; \
	else \
	    echo "not measured: the Rust code (cargo install --locked cargo-llvm-cov)"; \
	fi

.PHONY: test-full
test-full: $(VENV)/.base ## All that needs no GPU, hours: tests, wheels, fuzzing, faults, benchmarks; a table at last
	$(PY) tests/full.py

SAMPLE ?= 12

.PHONY: mutants-python
mutants-python: $(VENV)/.dev $(VENV)/.verl $(VENV)/.wheel $(CALLERS) ## Change each Python module in some places: does a test fail? (SAMPLE=12)
	$(PY) tests/mutants.py --sample $(SAMPLE)

VERL ?= latest

.PHONY: verl-canary
verl-canary: $(VENV)/.base ## What would break on another verl? (VERL=latest, a version, a wheel or a tree)
	$(PY) tests/verl/canary.py $(VERL)

.PHONY: bench
bench: $(VENV)/.wheel $(VENV)/.verl ## Time the estimator beside memcpy, verl's GRPO and plain torch
	$(PY) benches/speed/advantage.py

.PHONY: targets
targets: $(VENV)/.wheel $(VENV)/.verl ## Which way each target length pushes, for three shapes of lengths: a table, a picture
	$(PY) examples/targets/skew.py

.PHONY: notebooks
notebooks: $(VENV)/.dev $(VENV)/.wheel $(VENV)/.verl ## Execute the notebooks anew and keep what they show
	$(PY) examples/notebooks/execute.py

.PHONY: bench-driver
bench-driver: $(VENV)/.wheel $(VENV)/.verl ## Time a step on the driver, beside what verl does there
	$(PY) benches/speed/driver_cost.py

.PHONY: bench-gpu
bench-gpu: $(VENV)/.wheel $(VENV)/.verl ## Test, sanitise and time the kernels, where there is a GPU
	$(PY) benches/gpu.py

# The compiler of the kernels and the assembler that checks them, without CUDA or a GPU.
$(VENV)/.cuda: $(VENV)/.base
	$(PIP) --no-deps --target $(VENV)/cuda \
	    nvidia-cuda-nvrtc-cu12==12.0.140 nvidia-cuda-nvcc-cu12==12.9.86
	@touch $@

.PHONY: ptx
ptx: $(VENV)/.cuda ## Compile the CUDA kernels anew
	$(PY) src/cuda/compile.py $(VENV)/cuda

.PHONY: check-ptx
check-ptx: $(VENV)/.cuda ## Is the PTX that of the kernels, and does it fit every GPU without spills?
	$(PY) src/cuda/compile.py $(VENV)/cuda --check

.PHONY: bench-grade
bench-grade: $(PEERS)/.wheel ## Time the grader from Rust and Python, against other graders
	$(PEERS)/bin/python benches/graders/pairs.py outputs/grade/pairs.jsonl
	cargo bench --quiet --locked --bench grade -- outputs/grade/pairs.jsonl
	$(PEERS)/bin/python benches/graders/speed.py

.PHONY: agree-grade
agree-grade: $(PEERS)/.wheel ## Where graders disagree, for judging by hand
	$(PEERS)/bin/python benches/graders/agreement.py

.PHONY: agree-math-verify
agree-math-verify: $(CALLERS) $(VENV)/.wheel ## How far lead_rs.math_verify agrees with Math-Verify's own test rows
	$(PY) benches/graders/math_verify_rows.py $(CALLERS)/math_verify-0.9.0/tests

.PHONY: measure-grade
measure-grade: $(PEERS)/.wheel ## The grader on labelled pairs that are made of real ground truths
	$(PEERS)/bin/python benches/graders/made_pairs.py --measure

.PHONY: judge-grade
judge-grade: $(PEERS)/.wheel ## The grader and Math-Verify on a judged set of yours (FILE=set.jsonl)
	$(PEERS)/bin/python benches/graders/external.py $(or $(FILE),$(error say FILE=, a judged set)) $(ARGS)

.PHONY: compare-grade
compare-grade: $(PEERS)/.wheel ## Compare graders on the test cases: a table, a picture
	$(PEERS)/bin/python examples/grader/compare.py

# cargo-fuzz needs the compiler's sanitizers, which RUSTC_BOOTSTRAP opens in a stable one.
FUZZ_SECONDS ?= 1800

.PHONY: fuzz-grade
fuzz-grade: ## Search for inputs that break the grader (needs cargo-fuzz; FUZZ_SECONDS=1800 a target)
	@cargo fuzz --version >/dev/null || { echo "missing: cargo install cargo-fuzz" >&2; exit 1; }
	$(PYTHON) fuzz/seed_corpus.py
	for target in extraction parser grade; do \
	    RUSTC_BOOTSTRAP=1 cargo fuzz run $$target -- -dict=fuzz/latex.dict -max_len=4096 \
	        -timeout=5 -max_total_time=$(FUZZ_SECONDS) || exit 1; \
	done

.PHONY: attack-grade
attack-grade: ## Attack the grader as a policy would (LEAD_RS_DATA=folder of data sets, ATTACK_SECONDS=180)
	cargo bench --quiet --locked --bench attack

CASES ?= 10000000

.PHONY: fuzz-estimator
fuzz-estimator: $(VENV)/.wheel $(VENV)/.dev ## Search for inputs that break the estimator (CASES=10000000)
	$(PY) fuzz/estimator.py --cases $(CASES) --record outputs/fuzz/estimator.json

# What is mutated, the tests that see most of it, and all that are to see it.
PART ?= estimator
MUTATED_estimator := --file 'src/*.rs'
FIRST_estimator := --lib
TESTS_estimator := --lib --test=golden --test=k_rewards --test=row_order --test=warnings --test=threads
SKIPPED_estimator := -- -- --skip grade::
MUTATED_grader := --file 'src/grade/compare/**' --file 'src/grade/number/**' --file 'src/grade/values/**'
FIRST_grader := --test=grade_cases
TESTS_grader := --lib --test=grade_cases

MUTANTS = cargo mutants --iterate --output outputs/mutants/$(PART) --timeout 30 --jobs 2 $(MUTATED_$(PART))

# First with the tests that build fast, then what they missed with all. What was caught before is not run again.
.PHONY: mutants
mutants: export CARGO_PROFILE_DEV_DEBUG := 0
mutants: ## Change the code a little, thousands of times: does a test see it? Hours (PART=estimator or grader)
	@cargo mutants --version >/dev/null || { echo "missing: cargo install --locked cargo-mutants" >&2; exit 1; }
	mkdir -p outputs/mutants/$(PART)
	-$(MUTANTS) $(addprefix --cargo-arg=,$(FIRST_$(PART))) $(SKIPPED_$(PART))
	$(MUTANTS) $(addprefix --cargo-arg=,$(TESTS_$(PART))) $(SKIPPED_$(PART))

KILLS ?= 20

.PHONY: test-crash
test-crash: install ## Kill the CPU run at random moments and resume it, half an hour (KILLS=20 SEED=1)
	$(PY) tests/cpu/crash.py --kills $(KILLS) --seed $(or $(SEED),1)

.PHONY: clean
clean: ## Remove what was built (not .venv's downloads in uv's cache)
	rm -rf $(VENV) dist target fuzz/target
