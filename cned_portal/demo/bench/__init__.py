"""`make bench`: pages measured side by side with a floor, in the same run, as data grows.

The floor is a bare view of the same server: one indexed query and a page of the same size. An app adds a `Scenario` to
`scenarios.py`; `run.py` starts the servers and prints the table.
"""
