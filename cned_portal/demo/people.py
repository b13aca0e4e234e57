"""One account for each role, and the learner shown to visitors; all invented, all with the same published password."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.utils import timezone

from cned_portal.users.enums import Role
from cned_portal.users.models import RoleGrant, User

DEMO_PASSWORD = "demonstration-2026"  # noqa: S105  published on purpose: `load_demo` refuses to run in production
AUDIT = timedelta(days=90)

STAFF = {
    Role.CRC_AGENT: ("agent@exemple.example", "Agathe", "Agent"),
    Role.CRC_SUPERVISOR: ("superviseur@exemple.example", "Suzanne", "Superviseure"),
    Role.ESTABLISHMENT_DESK: ("guichet@exemple.example", "Gaël", "Guichet"),
    Role.QUALITY_MANAGER: ("qualite@exemple.example", "Quentin", "Qualité"),
    Role.AUDITOR: ("auditeur@exemple.example", "Aude", "Auditrice"),
    Role.CATALOGUE_MANAGER: ("catalogue@exemple.example", "Carole", "Catalogue"),
    Role.UNIT_LEAD: ("unite@exemple.example", "Ursule", "Unité"),
    Role.EXAM_ANALYST: ("examens@exemple.example", "Edgar", "Examens"),
    Role.ADMINISTRATOR: ("admin@exemple.example", "Adama", "Administrateur"),
    Role.TUTOR: ("tuteur@exemple.example", "Tiphaine", "Tutrice"),
    Role.SAFEGUARDING: ("signalements@exemple.example", "Rémi", "Référent"),
}
LEARNER = ("camille.exemple@exemple.example", "Camille", "Exemple")


def accounts():
    """(what the account is for, its address), in the order in which `make run` shows them."""
    return [("Apprenante", LEARNER[0]), *((role.label, address) for role, (address, *_) in STAFF.items())]


def load():
    """Add the accounts that are missing; a password that somebody chose since is left as it is."""
    _account(*LEARNER)
    for role, (email, first_name, last_name) in STAFF.items():
        user = _account(email, first_name, last_name, is_staff=True)
        until = timezone.now() + AUDIT if role == Role.AUDITOR else None
        RoleGrant.objects.get_or_create(user=user, group=Group.objects.get(name=role), defaults={"valid_until": until})


def _account(email, first_name, last_name, **fields):
    names = {"first_name": first_name, "last_name": last_name}
    user = User.objects.filter(email=email).first() or User.objects.create_user(email, None, **names, **fields)
    if not user.has_usable_password():
        user.set_password(DEMO_PASSWORD)
        user.save(update_fields=["password"])
    EmailAddress.objects.get_or_create(user=user, email=email, defaults={"verified": True, "primary": True})
    return user
