"""One command on a bare machine: what `make run` and `make test` prepare, start and stop.

- `prepare.py` runs on the system's Python: packages of the system, virtual environment, hash-pinned dependencies;
- `services.py` drives an embedded PostgreSQL and a Redis server, each replaced by its address in the environment;
- `run.py` starts the whole portal, `with_services.py` a command beside the services of the tests.
"""
