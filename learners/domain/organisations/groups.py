"""A group enrolment from end to end: a file is deposited, a worker checks it, a member accepts, a worker enrols."""

import logging
import uuid
from datetime import timedelta

import pghistory
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from cned_portal.common.progress import RunState
from cned_portal.common.spreadsheets import UnreadableFile
from cned_portal.common.verbs import verb
from learners import tasks
from learners.domain.enrolments import open_sessions
from learners.domain.organisations.group_lines import needs_correction, plan, read_people, write
from learners.domain.organisations.seats import release_seats, vouchers
from learners.domain.refusals import Refusal
from learners.enums import GroupMode, GroupOutcome, GroupStep
from learners.models import GroupEnrolment, GroupLine

logger = logging.getLogger(__name__)

FAILURE = "L’inscription s’est interrompue. Rien n’est perdu : vous pouvez recommencer ; si cela dure, écrivez-nous."
CHANGED = "Des inscriptions ont été faites en même temps que celle-ci. Rien n’est écrit : vous pouvez recommencer."
KEPT_FOR = timedelta(days=90)  # the file names people: no longer than it takes to answer a question about it


@verb
def request_group(voucher, *, name, content, acting_user):
    """Keep the file and have it checked after the commit. Raises Refusal when nobody may enrol in the session now."""
    if not open_sessions(voucher.training).filter(pk=voucher.session.pk).exists():
        raise Refusal("Les inscriptions à cette session sont closes.")
    stored = GroupEnrolment._meta.get_field("file").storage.save(f"groups/{uuid.uuid4().hex}", ContentFile(content))
    run = GroupEnrolment.objects.create(
        voucher=voucher,
        organisation=voucher.organisation,
        file=stored,
        file_name=name[-150:],
        requested_by=acting_user,
    )
    _ask_worker(run.pk)
    return run


@verb
def accept_group(run, *, mode, acting_user):
    """Have the checked file written: everything or nothing, or its good lines. Raises Refusal the second time."""
    taken = GroupEnrolment.objects.filter(pk=run.pk, step=GroupStep.CHECK, state=RunState.DONE).update(
        step=GroupStep.WRITE,
        mode=mode,
        requested_by=acting_user,
        state=RunState.PENDING,
        progress=0,
        started_at=None,
        finished_at=None,
    )
    if not taken:
        raise Refusal("Ce fichier est déjà accepté, ou n’est pas encore vérifié.")
    _ask_worker(run.pk)


@verb
def retry_group(run, *, acting_user):
    """Take up again what was interrupted. Raises Refusal when it was not."""
    if not GroupEnrolment.objects.retry(run.pk):
        raise Refusal("Ce fichier est en cours de traitement, ou traité.")
    _ask_worker(run.pk)


def process_group(pk):
    """Check or enrol once, however often the message is delivered; True when this call did it."""
    if not GroupEnrolment.objects.claim(pk):
        return False
    run = GroupEnrolment.objects.get(pk=pk)
    act = "learners.write_group" if run.step == GroupStep.WRITE else "learners.check_group"
    with pghistory.context(verb=act, user=run.requested_by_id):
        try:
            return _process(run)
        except (UnreadableFile, Refusal) as error:
            GroupEnrolment.objects.fail(pk, str(error))
        except IntegrityError:
            # Somebody signed up or was enrolled between the look and the insert: all is undone.
            logger.warning("group enrolment %s met another one", pk)
            GroupEnrolment.objects.fail(pk, CHANGED)
        except Exception:
            logger.exception("group enrolment %s was interrupted", pk)
            GroupEnrolment.objects.fail(pk, FAILURE)
    return False


def recover_groups():
    """Take up what a dead worker left, ask again for what no message announces, forget what is old, free dead seats."""
    with pghistory.context(verb="learners.recover_groups"):
        GroupEnrolment.objects.free_stuck()
        for pk in GroupEnrolment.objects.lost():
            tasks.process_group.delay(pk)
        for run in GroupEnrolment.objects.filter(finished_at__lt=timezone.now() - KEPT_FOR).order_by("pk")[:100]:
            name = run.file.name
            run.delete()
            run.file.storage.delete(name)
    release_seats()


def _process(run):
    with run.file.open("rb") as file:
        people, ignored = read_people(file.read(), timezone.localdate())
    with GroupEnrolment.objects.advancing(run.pk) as advance, transaction.atomic():
        writes, voucher = run.step == GroupStep.WRITE, vouchers().get(pk=run.voucher_id)
        if writes:
            # Two files for the same seats wait for each other: the second sees whom the first enrolled.
            voucher = vouchers().select_for_update(of=("self",)).get(pk=run.voucher_id)
            if not open_sessions(voucher.training).filter(pk=voucher.session.pk).exists():
                raise Refusal("Les inscriptions à cette session sont closes.")
        plan(people, voucher, advance)
        if writes and run.mode == GroupMode.ALL and needs_correction(people):
            writes = False
        if writes:
            write(people, run, voucher, advance)
        _keep_lines(run, people)
        counts = {f"{kind}_count": sum(person.outcome == kind for person in people) for kind in GroupOutcome.values}
        step = GroupStep.WRITE if writes else GroupStep.CHECK
        if GroupEnrolment.objects.succeed(run.pk, step=step, ignored_columns=ignored, **counts):
            return True
        transaction.set_rollback(True)  # another worker took it up and finished
        return False


def _keep_lines(run, people):
    run.lines.all().delete()
    ranks = list(GroupOutcome)  # what asks for a correction comes first
    people = sorted(people, key=lambda person: (ranks.index(person.outcome), person.line))
    GroupLine.objects.bulk_create(
        (
            GroupLine(
                run=run, line=person.line, outcome=person.outcome, cells=person.cells, problems=list(person.problems)
            )
            for person in people
        ),
        batch_size=1_000,
    )


def _ask_worker(pk):
    # A broker that is down does not undo the request: `recover_groups` asks again.
    transaction.on_commit(lambda: tasks.process_group.apply_async((pk,), retry=False), robust=True)
