"""Organisations behind a request: the one for which an account acts, and the one that somebody declares."""

from learners.enums import OrganisationKind
from learners.models import Organisation, OrganisationMember

COMPANIES = (OrganisationKind.COMPANY, OrganisationKind.ASSOCIATION, OrganisationKind.THIRD_PLACE)
PUBLIC_BODIES = (OrganisationKind.PUBLIC_BUYER,)
SCHOOLS = (
    OrganisationKind.FRENCH_SCHOOL,
    OrganisationKind.SCHOOL_ABROAD,
    OrganisationKind.OTHER_ESTABLISHMENT,
    OrganisationKind.TRAINING_CENTRE,
)


def organisation_of(user, kinds, *, name, code):
    """Name and identifier of an organisation of these kinds for which the account acts, under the fields' names.

    `code` is the identifier's field, `siret` or `uai`. The latest membership is taken where there are several.
    """
    member = (
        OrganisationMember.objects.filter(user=user, organisation__kind__in=kinds, organisation__is_active=True)
        .select_related("organisation")
        .order_by("-created_at", "-pk")
        .first()
    )
    return {name: member.organisation.name, code: getattr(member.organisation, code)} if member else {}


def declared(user, kinds, **identifier):
    """One line for the agents on the organisation of an identifier that was typed; empty when the portal knows none.

    Anybody may type an identifier: the line says whether the account acts for that organisation.
    """
    if not all(identifier.values()):
        return ""
    found = Organisation.objects.filter(kind__in=kinds, is_active=True, **identifier).first()
    if found is None:
        return ""
    acts = user is not None and OrganisationMember.objects.filter(user=user, organisation=found).exists()
    place = f", {found.city}" if found.city else ""
    return f"{found.name}{place} ({'le compte en est membre' if acts else 'déclarée par le demandeur'})"
