"""What makes a registration or a result consistent, said beside the field; the database refuses the same."""

from django.core.exceptions import ValidationError

from exams.enums import HONOURS_BANDS, MOST_SPECIALITIES, OUTCOME_BANDS, SERIES_OF, Outcome, Pathway


def check_study(pathway, series, specialities):
    """Raise ValidationError when the series is not of the pathway, or the specialities are not of it."""
    if series not in SERIES_OF.get(pathway, ()):
        raise ValidationError({"series": "Cette série n’est pas de cette voie."})
    if specialities and pathway != Pathway.GENERAL:
        raise ValidationError({"specialities": "Seule la voie générale a des spécialités à choisir."})
    if len(specialities) > MOST_SPECIALITIES or len(set(specialities)) < len(specialities):
        raise ValidationError({"specialities": "Choisissez deux spécialités différentes au plus."})


def check_result(outcome, honours, average):
    """Raise ValidationError when these cannot be true together; an average that is not known proves nothing."""
    errors = {}
    if honours and outcome != Outcome.ADMITTED_FIRST:
        errors["honours"] = "Une mention ne s’obtient qu’au 1er groupe."
    if average is not None:
        band = OUTCOME_BANDS.get(outcome)
        if band is None:
            errors["average"] = "Il n’y a pas de moyenne avec ce résultat."
        elif not band[0] <= average < band[1]:
            errors["average"] = "Cette moyenne ne va pas avec ce résultat."
        elif honours and not errors and not HONOURS_BANDS[honours][0] <= average < HONOURS_BANDS[honours][1]:
            errors["honours"] = "Cette mention ne va pas avec cette moyenne."
    if errors:
        raise ValidationError(errors)
