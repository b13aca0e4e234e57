"""Base of the addresses at which a person reads and writes what is theirs."""

from django.contrib.auth.decorators import login_not_required
from django.utils.decorators import method_decorator

from cned_portal.users.api.authentication import IsPerson, PersonAuthentication, TokenAuthentication
from cned_portal.users.api.base import PrivateView, ScopedThrottle


@method_decorator(login_not_required, name="dispatch")  # strangers get 401, not the page of the site
class PersonView(PrivateView):
    """Subclasses say the rates of what reads (`throttle_scope`) and of what writes (`write_scope`)."""

    authentication_classes = [TokenAuthentication, PersonAuthentication]
    permission_classes = [IsPerson]
    throttle_classes = [ScopedThrottle]

    def caller(self, request):
        return f"user:{request.user.pk}"


class SpaceView(PersonView):
    """An address of « Mon espace »."""

    throttle_scope = "espace"
    write_scope = "espace-envoi"
