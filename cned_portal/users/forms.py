from django import forms

from cned_portal.common.validators import validate_single_line


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
        """Nothing more to do: asked for by allauth."""
