"""What this app holds about a person: see `learners.domain.holdings`.

A registration hangs on the learner's file, and loses its person with it. What was never confirmed goes, and what could
still point at somebody among the few candidates of a series; session, voie, série and confirmed outcome stay, so that
the rates of past sessions do not move.
"""

import pgtrigger
from django.db.models import Q

from exams.enums import Origin
from exams.models import BacRegistration, BacResult
from learners.domain.holdings import Holding, Kept
from learners.domain.privacy.forget import ERASED, forget_columns


def _registrations(user):
    """Also those of the files that were joined to the person's."""
    return BacRegistration.objects.filter(Q(learner__user=user) | Q(learner__merged_into__user=user))


def read(user, archive):
    rows = _registrations(user).select_related("session").prefetch_related("results")
    return [_told(item) for item in rows.order_by("created_at", "pk")]


def _told(item):
    return {
        "session": item.session.year,
        "epreuves": item.get_papers_display(),
        "inscription_au_cned": item.get_regime_display(),
        "voie": item.get_pathway_display(),
        "serie": item.get_series_display(),
        "specialites": item.speciality_labels,
        "academie": item.get_academy_display(),
        "etat": item.get_state_display(),
        "annoncee_le": item.created_at,
        "confirmee_le": item.confirmed_at,
        "annulee_le": item.cancelled_at,
        "resultats": [
            {
                "origine": result.get_origin_display(),
                "resultat": result.get_outcome_display(),
                "mention": result.get_honours_display(),
                "moyenne": result.average,
                "d_apres": result.source,
                "enregistre_le": result.recorded_at,
            }
            for result in item.results.all()
        ],
    }


def count(user):
    return [("Inscriptions au baccalauréat", _registrations(user).count())]


def hinder_merge(loser, winner):
    """One person sits papers of a session once."""
    theirs = set(BacRegistration.objects.live().of_user(winner).values_list("session", "papers"))
    rows = BacRegistration.objects.live().of_user(loser).select_related("session").order_by("pk")
    return [
        f"Les deux dossiers annoncent les mêmes épreuves du baccalauréat à la {item.session}."
        for item in rows
        if (item.session_id, item.papers) in theirs
    ]


def move(loser, winner, *, acting_user):
    moved = BacRegistration.objects.of_user(loser).update(learner=winner.learner_profile)
    return [("Inscriptions au baccalauréat", moved)]


def erase(user, *, acting_user):
    rows = _registrations(user)
    results = BacResult.objects.filter(registration__in=rows)
    _delete(results.filter(origin=Origin.DECLARED))
    _delete(rows.filter(confirmed_at=None))
    forget_columns(rows, specialities=[], academy="")
    forget_columns(results, average=None, source=ERASED)


def _delete(rows):
    """Rows that no figure counts, and their history."""
    keys = list(rows.values_list("pk", flat=True))
    rows.model._base_manager.filter(pk__in=keys).delete()
    events = rows.model.pgh_event_model
    with pgtrigger.ignore(f"{events._meta.label}:append_only"):
        events.objects.filter(pgh_obj_id__in=keys).delete()


HOLDING = Holding(
    key="baccalaureat",
    label="Vos inscriptions au baccalauréat et leurs résultats",
    read=read,
    count=count,
    hinder_merge=hinder_merge,
    move=move,
    erase=erase,
    kept=(
        Kept(
            "Vos inscriptions au baccalauréat et leur issue confirmée, sans votre nom, votre académie, vos spécialités "
            "ni votre moyenne",
            "pour les statistiques de l’établissement",
            "sans limite : elles ne disent plus qui vous êtes",
        ),
    ),
)
