# Two commands are all the set-up there is:  make demo   make test
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.PHONY: demo test lint debian

demo: .venv/installed
	$(BIN)/mihakk demo

test: debian .venv/tests-installed lint
	$(BIN)/pytest -rs

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright

# Everything is pinned with hashes; --no-deps keeps pip from adding to it. Both sets have the same versions.
.venv/installed: requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Mihakk needs Python 3.11 or newer; say which with: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(PIP) install --require-hashes --no-deps -r requirements.txt
	$(PIP) install --no-build-isolation --no-deps --editable .
	touch $@

# Label Studio itself, and what drives a browser.
.venv/tests-installed: requirements-server.txt .venv/installed
	$(PIP) install --require-hashes --no-deps -r requirements-server.txt
	touch $@

# A browser, Arabic letters and a database for the tests; elsewhere the tests that lack one say so.
DEBIAN := chromium fonts-noto-core postgresql
debian:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && ! dpkg -s $(DEBIAN) >/dev/null 2>&1; then \
		apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $(DEBIAN); \
	fi
