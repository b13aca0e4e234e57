"""Long work is a row with a state, a progress and an error, so that a person always sees where it stands.

A model inherits `LongRun`; its task claims the row (`claim`), reports (`advance`), then `succeed` or `fail`. A periodic
task calls `free_stuck` then asks again for the `lost`, pages include `components/progress.html`.
Every change is one conditional UPDATE: a message delivered twice works once.
"""

import hashlib
import uuid
from contextlib import contextmanager
from datetime import timedelta

from django.core.files.base import ContentFile
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.functions import Coalesce
from django.utils import timezone

STUCK_AFTER = timedelta(minutes=15)  # CELERY_TASK_TIME_LIMIT: no worker is at it any more


class RunState(models.TextChoices):
    PENDING = "pending", "En attente"
    RUNNING = "running", "En cours"
    DONE = "done", "Terminé"
    FAILED = "failed", "Échec"


class LongRunQuerySet(models.QuerySet):
    def claim(self, pk):
        """Take a pending run; True for the one caller who got it. A run taken up again keeps its first beginning."""
        now = timezone.now()
        return bool(
            self.filter(pk=pk, state=RunState.PENDING).update(
                state=RunState.RUNNING,
                started_at=Coalesce("started_at", now),
                heartbeat_at=now,
                progress=0,
                error="",
            )
        )

    def advance(self, pk, percent):
        """Report progress, from 0 to 100, and that the work is alive."""
        return self.filter(pk=pk, state=RunState.RUNNING).update(progress=percent, heartbeat_at=timezone.now())

    @contextmanager
    def advancing(self, pk):
        """Give a function like `advance` whose reports are seen even while a long transaction is open.

        They go through a connection of their own.
        """
        other = connections.create_connection(DEFAULT_DB_ALIAS)
        table = connections[DEFAULT_DB_ALIAS].ops.quote_name(self.model._meta.db_table)
        update = f"UPDATE {table} SET progress = %s, heartbeat_at = now() WHERE id = %s AND state = %s"  # noqa: S608

        def advance(percent):
            with other.cursor() as cursor:
                cursor.execute(update, [percent, pk, RunState.RUNNING])

        try:
            yield advance
        finally:
            other.close()

    def succeed(self, pk, **fields):
        """Close a running run with its results; True when it was still running."""
        return bool(
            self.filter(pk=pk, state=RunState.RUNNING).update(
                state=RunState.DONE, progress=100, finished_at=timezone.now(), **fields
            )
        )

    def succeed_with_file(self, pk, content, *, folder, **fields):
        """Close a running run with the document it made, in the fields `file` and `sha256`; True when it was running.

        The name is one of its own for each attempt: a slow worker never writes over the file of the one that replaced
        it, and removes its own when it comes too late.
        """
        storage = self.model._meta.get_field("file").storage
        name = storage.save(f"{folder}/{uuid.uuid4().hex}.pdf", ContentFile(content))
        if self.succeed(pk, file=name, sha256=hashlib.sha256(content).hexdigest(), **fields):
            return True
        storage.delete(name)
        return False

    def store_file(self, pk, content, *, folder):
        """Store the archive that a run made; its name, which tells on success whether the run is still one’s own.

        The row has the name first: what a worker killed meanwhile had begun is found and removed by the next one.
        """
        storage = self.model._meta.get_field("file").storage
        left = self.filter(pk=pk, state=RunState.RUNNING).exclude(file="").values_list("file", flat=True).first()
        name = f"{folder}/{uuid.uuid4().hex}.zip"
        self.filter(pk=pk, state=RunState.RUNNING).update(file=name)
        if left:
            storage.delete(left)
        return storage.save(name, content)

    def lost(self, after=timedelta(minutes=5), most=500):
        """Keys of the runs that have waited for so long that their message must be lost, the oldest first."""
        waiting = self.filter(state=RunState.PENDING, created_at__lt=timezone.now() - after)
        return list(waiting.order_by("created_at").values_list("pk", flat=True)[:most])

    def fail(self, pk, error):
        """Close an unfinished run with a sentence for the person who waits; True when it was not finished."""
        return bool(
            self.filter(pk=pk, state__in=[RunState.PENDING, RunState.RUNNING]).update(
                state=RunState.FAILED, finished_at=timezone.now(), error=error
            )
        )

    def free_stuck(self, after=STUCK_AFTER):
        """Put back in the queue the runs without a sign of life for `after`; number of rows freed.

        What still fails after several times `after` kills its workers, and is left to the person who waits.
        """
        now = timezone.now()
        stuck = self.filter(state=RunState.RUNNING, heartbeat_at__lt=now - after)
        again = stuck.filter(started_at__gte=now - 4 * after).update(state=RunState.PENDING, progress=0)
        return again + stuck.update(
            state=RunState.FAILED,
            finished_at=now,
            error="Le traitement s’est interrompu sans réponse. Vous pouvez le relancer.",
        )

    def retry(self, pk):
        """Put a failed run back in the queue; True when it had failed."""
        return bool(
            self.filter(pk=pk, state=RunState.FAILED).update(
                state=RunState.PENDING, progress=0, error="", started_at=None, finished_at=None
            )
        )


class LongRun(models.Model):
    """Common columns of long work."""

    state = models.CharField("état", max_length=10, choices=RunState, default=RunState.PENDING)
    progress = models.PositiveSmallIntegerField("avancement (%)", default=0)
    error = models.TextField("erreur", blank=True)
    created_at = models.DateTimeField("demandé le", auto_now_add=True)
    started_at = models.DateTimeField("commencé le", null=True, blank=True)
    heartbeat_at = models.DateTimeField("dernier signe de vie", null=True, blank=True)
    finished_at = models.DateTimeField("terminé le", null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(progress__lte=100),
                name="%(app_label)s_%(class)s_progress_percent",
                violation_error_message="L’avancement va de 0 à 100.",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["done", "failed"], finished_at__isnull=False)
                | models.Q(state__in=["pending", "running"], finished_at__isnull=True),
                name="%(app_label)s_%(class)s_finished_dated",
                violation_error_message="Un traitement terminé a une date de fin, un autre n’en a pas.",
            ),
        ]

    @property
    def is_finished(self):
        return self.state in {RunState.DONE, RunState.FAILED}
