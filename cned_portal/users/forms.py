from allauth.account.utils import get_next_redirect_url
from django import forms

from cned_portal.common.validators import validate_single_line

AFTER_SIGN_UP = "after_sign_up"


class SignupForm(forms.Form):
    """What sign-up asks beside the address and the password; allauth copies it to the account."""

    first_name = forms.CharField(
        label="Prénom",
        max_length=100,
        validators=[validate_single_line],
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    last_name = forms.CharField(
        label="Nom",
        max_length=100,
        validators=[validate_single_line],
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    field_order = ("first_name", "last_name", "email", "password1", "password2")

    def signup(self, request, user):
        """Remember where the person was going: they come back once the address is proved, by the sign-in page."""
        request.session[AFTER_SIGN_UP] = get_next_redirect_url(request)
