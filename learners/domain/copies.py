"""Devoirs: handed in once however often they are sent, taken by one marker, given back with a grade or without."""

import hashlib

from django.urls import reverse
from django.utils import timezone

from cned_portal.common.verbs import verb
from learners.domain.courses import NOT_ENROLLED, note_activity
from learners.domain.homework_files import store_files
from learners.domain.notifications import notify
from learners.domain.queries.courses import devoirs_of
from learners.domain.refusals import MoveRefused, Refusal
from learners.enums import ActivityKind, CopyState
from learners.models import Copy, CopyFile, Correction, CorrectionFile, Enrolment

STARTED = "La correction de ce devoir a commencé : il ne peut plus être remplacé."


@verb
def hand_in(enrolment, devoir_pk, *, files, version, client_key, acting_user, comment="", at=None):
    """Hand in a version of a devoir: rows, files and activity, all of it or nothing.

    Sent again with the same key, or again with the same files from another tab, it returns the copy that exists.
    Raises Refusal when the enrolment is over, the devoir is not one of the training, or the copy cannot be replaced.
    """
    at = at or timezone.now()
    enrolment = Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    twin = Copy.objects.filter(enrolment=enrolment, client_key=client_key).first()
    if twin is not None:
        return twin
    if not enrolment.is_enrolled:
        raise Refusal(NOT_ENROLLED)
    devoir = devoirs_of(Enrolment.objects.filter(pk=enrolment.pk)).filter(pk=devoir_pk).first()
    if devoir is None:
        raise Refusal("Ce devoir n’est pas de cette formation.")
    if not files:
        raise Refusal("Joignez votre copie.")
    current = Copy.objects.filter(enrolment=enrolment, devoir=devoir).exclude(state=CopyState.REPLACED).first()
    if current is not None and version != current.version + 1 and _same_files(current, files):
        return current
    _replace(current, devoir, version)
    copy = Copy.objects.create(
        enrolment=enrolment,
        devoir=devoir,
        version=version,
        client_key=client_key,
        handed_in_at=at,
        due_on=devoir.due_on,
        is_late=devoir.due_on is not None and timezone.localdate(at) > devoir.due_on,
        comment=comment,
    )
    store_files(CopyFile, files, copy=copy)
    note_activity(enrolment, ActivityKind.HANDED_IN, module=devoir.module, key=client_key, at=at)
    return copy


def _replace(current, devoir, version):
    """Make room for this version; the conditional update loses to a marker who takes the copy at that moment."""
    if current is None:
        if version != 1:
            raise Refusal("Rechargez la page, puis rendez votre devoir.")
        return
    if current.state != CopyState.HANDED_IN:
        raise MoveRefused(STARTED)
    if version != current.version + 1:
        raise Refusal("Ce devoir vient d’être rendu, depuis une autre fenêtre : rechargez la page pour le remplacer.")
    if version > devoir.versions:
        raise Refusal(f"Ce devoir se rend en {devoir.versions} versions au plus.")
    replaced = Copy.objects.filter(pk=current.pk, state=CopyState.HANDED_IN).update(state=CopyState.REPLACED)
    if not replaced:
        raise MoveRefused(STARTED)


def _same_files(copy, files):
    sent = sorted(hashlib.sha256(content).hexdigest() for _, content in files)
    return sent == sorted(copy.files.values_list("sha256", flat=True))


@verb
def take_copy(copy, *, acting_user, at=None):
    """Take a copy to mark. Raises MoveRefused when someone else has it, or when it was replaced."""
    taken = Copy.objects.filter(pk=copy.pk, state=CopyState.HANDED_IN).update(state=CopyState.TAKEN)
    if not taken:
        raise MoveRefused("Cette copie est déjà prise, ou remplacée.")
    return Correction.objects.create(copy_id=copy.pk, marker=acting_user, taken_at=at or timezone.now())


@verb
def take_next_copy(copies, *, acting_user):
    """Take the oldest of these copies that nobody else is taking; None when none is left."""
    oldest = copies.to_mark().order_by("handed_in_at", "pk")
    copy = Copy.objects.filter(pk__in=oldest.values("pk")).order_by("handed_in_at", "pk")
    copy = copy.select_for_update(skip_locked=True).first()
    return None if copy is None else take_copy(copy, acting_user=acting_user)


@verb
def release_copy(correction, *, acting_user):
    """Put a copy back in the queue, unmarked."""
    correction = _taken(correction, acting_user)
    Copy.objects.filter(pk=correction.copy_id).update(state=CopyState.HANDED_IN)
    correction.delete()


@verb
def mark_copy(correction, *, acting_user, grade=None, is_ungraded=False, feedback="", files=(), at=None):
    """Give the copy back: a grade out of 20 or « non noté », what the marker says, the marked copy.

    Sent twice it changes nothing. Raises Refusal when there is neither grade nor « non noté », or both.
    """
    correction = _taken(correction, acting_user)
    if (grade is None) == (not is_ungraded):
        raise Refusal("Donnez une note, ou cochez « non noté ».")
    correction.marked_at = at or timezone.now()
    correction.grade, correction.is_ungraded, correction.feedback = grade, is_ungraded, feedback
    correction.save(update_fields=["marked_at", "grade", "is_ungraded", "feedback"])
    Copy.objects.filter(pk=correction.copy_id).update(state=CopyState.MARKED)
    store_files(CorrectionFile, files, correction=correction)
    copy = Copy.objects.select_related("enrolment__learner__user", "devoir").get(pk=correction.copy_id)
    notify(
        copy.enrolment.learner.user,
        event="homework_marked",
        key=f"homework_marked:{copy.pk}",
        context={
            "name": copy.enrolment.learner.user.get_full_name(),
            "devoir": copy.devoir.title,
            "url": reverse("learners:devoir", kwargs={"pk": copy.enrolment_id, "devoir": copy.devoir_id}),
        },
    )
    return correction


def _taken(correction, acting_user):
    found = Correction.objects.select_for_update().filter(pk=correction.pk, marker=acting_user).first()
    if found is None or found.marked_at is not None:
        raise MoveRefused("Cette copie n’est pas entre vos mains, ou elle est déjà corrigée.")
    return found
