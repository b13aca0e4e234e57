"""Verbs on a person's registration for the baccalauréat.

The person says where they stand; staff confirm what the academy's papers show. Nobody is registered from here: the
academy does that, on its own site.
"""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from cned_portal.common.refusals import Refusal
from cned_portal.common.verbs import verb
from exams.enums import NATIONAL, Papers, RegistrationState
from exams.models import BacRegistration, BacResult, ExamSession
from exams.validators import check_study

YEARS_BACK = 1
YEARS_AHEAD = 2
State = RegistrationState
ALREADY = "Vous avez déjà annoncé ces épreuves pour cette session."
SETTLED = "Cette inscription est confirmée ou annulée : écrivez-nous pour la changer."


@dataclass(frozen=True)
class Candidacy:
    """What a person says of the papers they sit. Their account already says who they are."""

    session: ExamSession
    papers: str
    regime: str
    pathway: str
    series: str
    specialities: tuple[str, ...] = ()
    academy: str = ""


def declarable_sessions():
    """Sessions that a person may speak of: the last one, this year's and the next ones."""
    year = timezone.localdate().year
    return ExamSession.objects.filter(year__range=(year - YEARS_BACK, year + YEARS_AHEAD)).order_by("year")


@verb
def declare_registration(learner, candidacy, *, is_made, acting_user):
    """The person will sit these papers; `is_made` when they have already registered with their academy.

    Raises Refusal when they already said it, and when the file is closed.
    """
    if not learner.is_open:
        raise Refusal("Ce dossier est fermé ou réuni à un autre.")
    registration = BacRegistration(learner=learner, state=_state(is_made), **_checked(candidacy))
    try:
        with transaction.atomic():
            registration.save(force_insert=True)
    except IntegrityError:
        raise Refusal(ALREADY) from None
    return registration


@verb
def change_registration(registration, candidacy, *, is_made, acting_user):
    """The person corrects what they said, until it is confirmed."""
    values = _checked(candidacy)
    leads_to_result = is_made and candidacy.papers == Papers.FINAL
    if not leads_to_result and BacResult.objects.filter(registration=registration).exists():
        raise Refusal("Vous avez donné un résultat : ces épreuves terminales ont bien eu lieu.")
    rows = BacRegistration.objects.filter(pk=registration.pk, state__in=[State.INTENDED, State.DECLARED])
    try:
        with transaction.atomic():
            changed = rows.update(state=_state(is_made), **values)
    except IntegrityError as error:
        raise Refusal(ALREADY if "live_once" in str(error) else SETTLED) from None
    if not changed:
        raise Refusal(SETTLED)
    registration.refresh_from_db()
    return registration


@verb
def say_made(registration, *, acting_user):
    """The person registered with their academy. Said twice, or of a confirmed registration, it changes nothing."""
    BacRegistration.objects.filter(pk=registration.pk, state=State.INTENDED).update(state=State.DECLARED)
    registration.refresh_from_db()
    if not registration.is_made:
        raise Refusal("Cette inscription est annulée.")
    return registration


@verb
def confirm_registration(registration, *, acting_user, academy="", at=None):
    """The academy's confirmation was seen; `academy` completes or corrects what the person said.

    Confirmed twice, it changes nothing. Raises Refusal without an académie, and when it is cancelled.
    """
    found = BacRegistration.objects.select_for_update().get(pk=registration.pk)
    if found.state == State.CANCELLED:
        raise Refusal("Cette inscription est annulée.")
    if academy == NATIONAL or not (academy or found.academy):
        raise Refusal("Indiquez l’académie qui a inscrit la personne.")
    if found.state != State.CONFIRMED or (academy and academy != found.academy):
        found.academy = academy or found.academy
        found.confirmed_at = found.confirmed_at or at or timezone.now()
        found.state = State.CONFIRMED
        found.save(update_fields=["academy", "confirmed_at", "state"])
    return found


@verb
def withdraw_registration(registration, *, acting_user):
    """The person gives up, before anything is confirmed: the academy has to be told of what it registered."""
    return _cancel(registration, [State.INTENDED, State.DECLARED], SETTLED)


@verb
def cancel_registration(registration, *, acting_user):
    """Staff cancel a registration, confirmed or not."""
    live = [State.INTENDED, State.DECLARED, State.CONFIRMED]
    return _cancel(registration, live, "Cette inscription est déjà annulée.")


def _cancel(registration, states, refusal):
    results = BacResult.objects.filter(registration=OuterRef("pk"))
    rows = BacRegistration.objects.filter(~Exists(results), pk=registration.pk, state__in=states)
    if not rows.update(state=State.CANCELLED, cancelled_at=timezone.now()):
        has_result = BacResult.objects.filter(registration=registration).exists()
        raise Refusal("Un résultat est enregistré : cette inscription ne s’annule plus." if has_result else refusal)
    registration.refresh_from_db()
    return registration


def _state(is_made):
    return State.DECLARED if is_made else State.INTENDED


def _checked(candidacy):
    """The columns of a candidacy; Refusal in words when it is not consistent."""
    try:
        check_study(candidacy.pathway, candidacy.series, candidacy.specialities)
    except ValidationError as error:
        raise Refusal(" ".join(error.messages)) from None
    if candidacy.academy == NATIONAL:
        raise Refusal("Un candidat dépend d’une académie.")
    if not declarable_sessions().filter(pk=candidacy.session.pk).exists():
        raise Refusal("Cette session n’est pas une de celles que l’on peut annoncer aujourd’hui.")
    return {
        "session": candidacy.session,
        "papers": candidacy.papers,
        "regime": candidacy.regime,
        "pathway": candidacy.pathway,
        "series": candidacy.series,
        "specialities": sorted(candidacy.specialities),
        "academy": candidacy.academy,
    }
