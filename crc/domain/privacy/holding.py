"""The desk's part in what a person may ask of their account: see `learners.domain.holdings`."""

from crc.domain.privacy.erasure import erase_person
from crc.domain.privacy.exports import held_about
from crc.domain.privacy.people import find_person
from crc.domain.refusals import Refusal
from crc.enums import State
from crc.models import Ticket
from learners.domain.holdings import Holding, Kept
from learners.domain.refusals import Refusal as HoldingRefusal

SHOWN = 5


def read(user, archive):
    return held_about(find_person(account=user), archive)


def count(user):
    return [("Demandes au centre de relation clients", Ticket.objects.filter(requester=user).count())]


def move(loser, winner, *, acting_user):
    """Requests follow their account; the address they were written from stays on them."""
    return [("Demandes", Ticket.objects.filter(requester=loser).update(requester=winner))]


def hinder_closure(user):
    opened = find_person(account=user).tickets().exclude(state=State.CLOSED).order_by("received_at", "pk")
    references = list(opened.values_list("reference", flat=True)[:SHOWN])
    if not references:
        return []
    start = "Une demande n’est pas close" if len(references) == 1 else "Des demandes ne sont pas closes"
    return [f"{start} : {', '.join(references)}."]


def erase(user, *, acting_user):
    try:
        erase_person(find_person(account=user), acting_user=acting_user)
    except Refusal as refusal:
        raise HoldingRefusal(str(refusal)) from refusal


HOLDING = Holding(
    key="relation_usagers",
    label="Vos demandes",
    read=read,
    count=count,
    move=move,
    hinder_closure=hinder_closure,
    erase=erase,
    kept=(
        Kept(
            "Les réclamations closes",
            "pour répondre à un recours (prescription de l’article 2224 du code civil)",
            "5 ans, puis anonymisées",
        ),
        Kept(
            "Les dates et les délais de vos demandes, sans votre nom ni vos textes",
            "pour les statistiques",
            "sans limite",
        ),
    ),
)
