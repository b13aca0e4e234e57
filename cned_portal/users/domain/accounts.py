"""What an administrator does to an account."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession

from cned_portal.common.verbs import verb


@verb
def reset_second_factor(user, *, acting_user):
    """Forget the person's second factors and end their sessions; True when there was one to forget.

    For a lost phone, once the person's identity was checked another way. Staff must set one up again to come in.
    """
    forgotten, _ = Authenticator.objects.filter(user=user).delete()
    for session in UserSession.objects.filter(user=user):
        session.end()
    return bool(forgotten)
