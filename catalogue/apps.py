from django.apps import AppConfig

from cned_portal.users.enums import Role

_MODELS = (
    *("training", "trainingaction", "trainingsession", "resultindicator", "trainingcertification", "certification"),
    *("operatingunit", "site", "unitmembership", "domain", "diplomatype", "occupation", "formacode", "entry"),
    *("entryhighlight", "entrydocument", "synonym", "jobfamily", "news", "cpfrule"),
)
_OFFER = ("training", "trainingaction", "trainingsession", "resultindicator", "trainingcertification")


def _permissions(models, *acts):
    return {f"catalogue.{act}_{model}" for model in models for act in acts}


_READ = _permissions((*_MODELS, "searchmiss", "catalogueimport"), "view") | {"catalogue.view_every_training"}


class CatalogueConfig(AppConfig):
    name = "catalogue"
    verbose_name = "Catalogue des formations"
    role_permissions = {
        Role.CATALOGUE_MANAGER: _READ
        | {"catalogue.publish_training", "catalogue.change_searchmiss", "catalogue.delete_searchmiss"}
        | {"catalogue.add_catalogueimport"}
        | _permissions(_MODELS, "add", "change")
        | _permissions(
            ("trainingaction", "trainingsession", "resultindicator", "trainingcertification", "synonym"), "delete"
        )
        | _permissions(("entryhighlight", "entrydocument", "unitmembership", "site"), "delete"),
        # Only the trainings of the units given to the person: the admin narrows the rows.
        Role.UNIT_LEAD: _permissions(_OFFER, "view", "change")
        | _permissions(("trainingsession", "resultindicator"), "add")
        | _permissions(("certification", "operatingunit", "site"), "view"),
        Role.QUALITY_MANAGER: _READ,
        Role.AUDITOR: _READ,
        Role.ADMINISTRATOR: _READ
        | _permissions(("operatingunit", "site", "unitmembership"), "add", "change")
        | _permissions(("site", "unitmembership"), "delete"),
    }
