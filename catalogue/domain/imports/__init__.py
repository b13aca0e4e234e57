"""Trainings that come from a file: a table (CSV, XLSX) or LHEO.

`tables` and `lheo` read a file into `records`; `writing` makes the rows, or the draft, say what a record says; `runs`
are the verbs and what the worker does. The check that is shown before anything is written runs the same code, undone.
"""
