from django.core.management.commands.migrate import Command as MigrateCommand
from django.db import connections

LOCK = 7_261_939  # any number, the same for every release


class Command(MigrateCommand):
    """Django's own, one at a time: two machines that start together must not both change the schema."""

    def handle(self, *args, **options):
        with connections[options["database"]].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            try:
                super().handle(*args, **options)
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
