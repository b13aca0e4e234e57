"""Figures of « Les métiers en 2030 » and the passage from ROME jobs to families of jobs, read from two small files."""

import csv
from decimal import Decimal

from catalogue.models import JobFamily, Occupation
from cned_portal.common.verbs import verb

FIGURES = ("jobs", "created", "leaving", "openings", "imbalance", "tension")


@verb
def load_job_figures(figures, passages, *, acting_user, source, year):
    """Load both CSV files (« ; »); run again, it changes nothing. Number of families.

    `figures`: code, label, then FIGURES, empty where unknown. `passages`: rome, fap. Jobs that the catalogue does not
    know are passed over.
    """
    with open(figures, encoding="utf-8", newline="") as file:
        rows = [
            JobFamily(
                code=row["code"],
                label=row["label"],
                source=source,
                year=year,
                **{name: Decimal(row[name]) if row[name] else None for name in FIGURES},
            )
            for row in csv.DictReader(file, delimiter=";")
        ]
    JobFamily.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["code"], update_fields=["label", "source", "year", *FIGURES]
    )
    families = {family.code: family for family in JobFamily.objects.all()}
    jobs = {job.code: job for job in Occupation.objects.only("code")}
    link = Occupation.families.through
    with open(passages, encoding="utf-8", newline="") as file:
        links = [
            link(occupation=jobs[row["rome"]], jobfamily=families[row["fap"]])
            for row in csv.DictReader(file, delimiter=";")
            if row["rome"] in jobs and row["fap"] in families
        ]
    link.objects.bulk_create(links, ignore_conflicts=True)
    return len(rows)
