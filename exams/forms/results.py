from django import forms
from dsfr.forms import DsfrBaseForm

from exams.enums import CandidateStatus, Pathway

EVERY_SESSION = "toutes"


class ResultsFilterForm(DsfrBaseForm):
    """What the results page shows. A value that does not exist is said beside its field and replaced by the default."""

    session = forms.ChoiceField(
        label="Session", required=False, error_messages={"invalid_choice": "Cette session n’est pas connue."}
    )
    voie = forms.ChoiceField(
        label="Voie",
        required=False,
        choices=[("", "Toutes les voies"), *Pathway.choices],
        error_messages={"invalid_choice": "Cette voie n’est pas connue."},
    )
    statut = forms.ChoiceField(
        label="Statut du candidat",
        required=False,
        choices=[("", "Tous les statuts"), *CandidateStatus.choices],
        error_messages={"invalid_choice": "Ce statut n’est pas connu."},
    )

    def __init__(self, params, *, years):
        self.latest = str(years[0]) if years else EVERY_SESSION
        data = {name: params.get(name, "") for name in ("session", "voie", "statut")}
        data["session"] = data["session"] or self.latest
        super().__init__(data)
        self.fields["session"].choices = [
            *((str(year), f"Session {year}") for year in years),
            (EVERY_SESSION, "Toutes les sessions"),
        ]
        self.is_valid()

    @property
    def year(self):
        """The session asked for, None for all of them."""
        chosen = self.cleaned_data.get("session", self.latest)
        return None if chosen == EVERY_SESSION else int(chosen)

    @property
    def pathway(self):
        return self.cleaned_data.get("voie", "")

    @property
    def status(self):
        return self.cleaned_data.get("statut", "")

    @property
    def query(self):
        """The filters kept, for the address of the download."""
        return {"session": self.cleaned_data.get("session", self.latest), "voie": self.pathway, "statut": self.status}
