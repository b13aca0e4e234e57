# The two commands are `run` and `test`; both prepare a bare Debian by themselves.
VENV = .venv/bin
WITH_SERVICES = $(VENV)/python -m cned_portal.embedded.with_services
TEST_SETTINGS = DJANGO_SETTINGS_MODULE=cned_portal.settings.test

.PHONY: help run test prepare services lint types check bench locks _lock

help: ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: ## prepare, then start the whole portal with its demonstration data (PORT=8000)
	@python3 cned_portal/embedded/prepare.py run
	@exec $(VENV)/python -m cned_portal.embedded.run

test: prepare ## all the tests, in parallel, with the coverage
	@$(WITH_SERVICES) $(VENV)/pytest -n 2 --dist loadscope --cov --cov-report=term:skip-covered $(ARGS)

prepare:
	@python3 cned_portal/embedded/prepare.py test

services: prepare ## PostgreSQL and Redis for the tests, until Ctrl-C
	@$(WITH_SERVICES)

lint: prepare ## style, import contracts
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/lint-imports --no-cache

types: prepare ## types
	@$(TEST_SETTINGS) $(VENV)/mypy .

check: lint types ## all that is checked before the tests
	@$(WITH_SERVICES) env $(TEST_SETTINGS) $(VENV)/python manage.py makemigrations --check --dry-run
	@set -a && . ./.ci/production.env && \
		DJANGO_SETTINGS_MODULE=cned_portal.settings.production $(VENV)/python manage.py check --deploy --fail-level WARNING
	@if docker compose version >/dev/null 2>&1; then docker compose --env-file .ci/production.env config --quiet; fi

bench: prepare ## measure pages beside the floor as data grows (ARGS="--largest 2000")
	@$(VENV)/python -m cned_portal.demo.bench.run $(ARGS)

locks: ## compile the locks again from pyproject.toml (needs uv)
	@$(MAKE) --no-print-directory _lock OUT=requirements.txt GROUP=
	@$(MAKE) --no-print-directory _lock OUT=requirements-embedded.txt GROUP="--group embedded"
	@$(MAKE) --no-print-directory _lock OUT=requirements-dev.txt GROUP="--group dev"

_lock:
	@uv pip compile pyproject.toml $(GROUP) --quiet --universal --python-version 3.11 --generate-hashes \
		--no-strip-extras --no-header --no-annotate --no-emit-index-url --output-file $(OUT)
