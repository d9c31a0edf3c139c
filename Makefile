# Two commands are all the set-up there is:  make demo   make test
# While you work:  make quick   make format      New versions of what is pinned:  make pins
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

# Tests that start a real Label Studio, a browser or a database.
SLOW := server or browser or postgresql

.PHONY: demo test server docs quick fuzz models soak lint format pins debian

demo: .venv/installed
	$(BIN)/mihakk demo

# Servers get the machine for themselves: some of their tests measure time, and each takes most of a gigabyte.
# The faults come once more on PostgreSQL, which works on several requests at the same time.
test: debian .venv/tests-installed lint
	$(BIN)/pytest -rs -n auto -m "not ($(SLOW))"
	$(BIN)/pytest -rs -m "$(SLOW)"
	MIHAKK_TEST_DATABASE=postgresql $(BIN)/pytest -rs tests/server/test_faults.py

# Label Studio beside Mihakk, in the versions that the tests run with: for mihakk annotate serve.
server: .venv/tests-installed

# The site of docs/, in build/site; and docs/commands.md, from the commands themselves.
docs: .venv/installed
	$(BIN)/python docs/site/commands.py
	$(BIN)/python docs/site/build.py

quick: lint
	$(BIN)/pytest -n auto -m "not ($(SLOW))" --hypothesis-profile quick

# Tokens classified by a tiny Transformers model: torch is large, so CI does without.
models: .venv/tests-installed
	$(PIP) install --editable '.[hf]' --no-build-isolation
	$(BIN)/pytest -rs tests/test_models.py

# Half an hour of kills and of a bad network; benchmarks/README.md has the figures.
soak: .venv/tests-installed
	$(BIN)/python tests/soak.py $(ARGS)

# Every command on files that are almost right: make fuzz CASES=20000 FIRST=5000, and one again: make fuzz SEEDS=5123
CASES ?= 5000
FIRST ?= 0
fuzz: .venv/installed
	$(BIN)/python tests/fuzz.py --cases $(CASES) --first $(FIRST) --keep $(SEEDS)

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright

format: .venv/installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Everything is pinned with hashes; --no-deps keeps pip from adding to it. Both sets have the same versions.
.venv/installed: requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Mihakk needs Python 3.11 or newer; say which with: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(PIP) install --require-hashes --no-deps -r requirements.txt
	$(PIP) install --no-build-isolation --no-deps --editable .
	touch $@

# Label Studio itself, what drives a browser, and what shards are tried on.
.venv/tests-installed: requirements-server.txt .venv/installed
	$(PIP) install --require-hashes --no-deps -r requirements-server.txt
	touch $@

# Pins again what pyproject.toml asks for; a version that fits stays, unless UPGRADE=--upgrade. Both files are made
# here, so that they have the same versions. Needs uv (https://docs.astral.sh/uv/).
PIN = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	--no-emit-index-url $(UPGRADE) pyproject.toml --extra spacy --extra figures --group dev
pins:
	$(PIN) --extra server --group browser --group shards --output-file requirements-server.txt
	$(PIN) --constraint requirements-server.txt --output-file requirements.txt

# A browser, Arabic letters and emoji, a database and a program in another language for the tests; elsewhere the tests that lack one say so.
DEBIAN := chromium fonts-noto-core fonts-noto-color-emoji perl postgresql
debian:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && ! dpkg -s $(DEBIAN) >/dev/null 2>&1; then \
		apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $(DEBIAN); \
	fi
