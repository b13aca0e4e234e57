"""Notes that name colleagues: « @prenom.nom »."""

import re

from cned_portal.common.text import words
from cned_portal.common.verbs import verb
from cned_portal.users.models import User
from crc.domain.refusals import Refusal
from crc.domain.tickets import add_note
from crc.models import Follower, Mention, Ticket

# Not inside an address: « camille@exemple.example » names nobody.
_HANDLE = re.compile(r"(?<![\w.+-])@([^\W\d_][\w'’-]*\.[\w'’-]+)")


@verb
def write_note(ticket, *, body, acting_user, mentioned=()):
    """Write an internal note; the colleagues in `mentioned` and those named in it follow the ticket from now on.

    Raises Refusal, and writes nothing, when a name is nobody's or somebody who may not read the ticket.
    """
    people = {person.pk: person for person in [*mentioned, *named_in(body)]}
    people.pop(acting_user.pk, None)
    for person in people.values():
        if not Ticket.objects.visible_to(person).filter(pk=ticket.pk).exists():
            raise Refusal(f"{person.get_full_name()} ne peut pas lire cette demande : la note n’est pas enregistrée.")
    message = add_note(ticket, body=body, acting_user=acting_user)
    Mention.objects.bulk_create(Mention(message=message, ticket=ticket, user=person) for person in people.values())
    Follower.objects.bulk_create(
        [Follower(ticket=ticket, user=person) for person in people.values()], ignore_conflicts=True
    )
    return message


def named_in(text):
    """Members of staff that a text names; raises Refusal for a name that is nobody's, or several people's."""
    wanted = {_handle(*found.split(".", 1)): found for found in _HANDLE.findall(text)}
    if not wanted:
        return []
    known: dict[str, list[User]] = {}
    for person in User.objects.filter(is_staff=True, is_active=True):
        handle = handle_of(person)
        if handle in wanted:
            known.setdefault(handle, []).append(person)
    for handle, typed in wanted.items():
        if handle not in known:
            raise Refusal(f"« @{typed} » ne désigne aucun collègue : corrigez-le, ou choisissez dans la liste.")
        if len(known[handle]) > 1:
            raise Refusal(f"« @{typed} » désigne plusieurs collègues : choisissez dans la liste.")
    return [people[0] for people in known.values()]


def handle_of(person):
    """How a note names the person, without the sign: « sacha.exemple »."""
    return _handle(person.first_name, person.last_name)


def _handle(first, last):
    return f"{'-'.join(words(first))}.{'-'.join(words(last))}"
