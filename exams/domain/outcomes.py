"""Verbs on the result of a registration: what the person says and what the academy says are two rows, never mixed."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils import timezone

from cned_portal.common.refusals import Refusal
from cned_portal.common.verbs import verb
from exams.domain.registrations import confirm_registration
from exams.enums import Origin, Papers
from exams.models import BacRegistration, BacResult
from exams.validators import check_result


@dataclass(frozen=True)
class Verdict:
    """The decision of the jury, as it is told."""

    outcome: str
    honours: str = ""
    average: Decimal | None = None


@verb
def declare_result(registration, verdict, *, acting_user):
    """The person says what became of them, and may correct it until the academy's result is there.

    Raises Refusal before the results, for papers that lead to none, without a registration made, and after the
    academy's word.
    """
    found = _locked(registration)
    if not found.is_made:
        raise Refusal("Dites d’abord que votre inscription à ces épreuves est faite.")
    if Origin.CONFIRMED in {result.origin for result in found.results.all()}:
        raise Refusal("Votre résultat est confirmé : s’il y a une erreur, écrivez-nous.")
    return _record(found, Origin.DECLARED, verdict, source="")


@verb
def confirm_result(registration, verdict, *, source, acting_user, academy=""):
    """The academy's result was seen, in `source`; it confirms the registration too. Told again, it is corrected."""
    if not source.strip():
        raise Refusal("Dites d’après quoi ce résultat est confirmé.")
    found = _locked(registration)
    confirm_registration(found, academy=academy, acting_user=acting_user)
    return _record(found, Origin.CONFIRMED, verdict, source=source.strip())


def results_day(registration):
    """The day its results come out; the first of July where nobody gave the date. Needs `with_dates`."""
    return registration.results_on or date(registration.session.year, 7, 1)


def may_have_result(registration, today=None):
    """Whether its papers lead to a result, which may be out."""
    return registration.papers == Papers.FINAL and (today or timezone.localdate()) >= results_day(registration)


def _locked(registration):
    BacRegistration.objects.select_for_update().get(pk=registration.pk)
    found = BacRegistration.objects.with_parts().get(pk=registration.pk)
    if found.papers != Papers.FINAL:
        raise Refusal("Seules les épreuves terminales donnent un résultat au baccalauréat.")
    if not may_have_result(found):
        raise Refusal("Les résultats de cette session ne sont pas encore publiés.")
    return found


def _record(registration, origin, verdict, *, source):
    try:
        check_result(verdict.outcome, verdict.honours, verdict.average)
    except ValidationError as error:
        raise Refusal(" ".join(error.messages)) from None
    said = {"outcome": verdict.outcome, "honours": verdict.honours, "average": verdict.average, "source": source}
    held = next((result for result in registration.results.all() if result.origin == origin), None)
    if held is None:
        return BacResult.objects.create(registration=registration, origin=origin, **said)
    changed = [name for name, value in said.items() if getattr(held, name) != value]
    if changed:
        for name in changed:
            setattr(held, name, said[name])
        held.recorded_at = timezone.now()
        held.save(update_fields=[*changed, "recorded_at"])
    return held
