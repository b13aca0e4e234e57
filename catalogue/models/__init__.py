from catalogue.models.brochures import Brochure
from catalogue.models.certifications import Certification, TrainingCertification
from catalogue.models.drafts import EntryDraft, EntryVersion, TrainingDraft, TrainingVersion
from catalogue.models.entries import Entry, EntryDocument, EntryHighlight
from catalogue.models.favourites import Favourite
from catalogue.models.imports import CatalogueImport, ImportLine
from catalogue.models.jobs import JobFamily
from catalogue.models.news import News
from catalogue.models.nomenclatures import DiplomaType, Domain, Formacode, Occupation
from catalogue.models.offers import ResultIndicator, TrainingAction, TrainingSession
from catalogue.models.rules import CpfRule
from catalogue.models.search import SearchMiss, Synonym, VocabularyWord
from catalogue.models.trainings import PageContent, Training, TrainingQuerySet
from catalogue.models.units import OperatingUnit, Site, UnitMembership

__all__ = [
    "Brochure",
    "CatalogueImport",
    "Certification",
    "CpfRule",
    "DiplomaType",
    "Domain",
    "Entry",
    "EntryDocument",
    "EntryDraft",
    "EntryHighlight",
    "EntryVersion",
    "Favourite",
    "Formacode",
    "ImportLine",
    "JobFamily",
    "News",
    "Occupation",
    "OperatingUnit",
    "PageContent",
    "ResultIndicator",
    "SearchMiss",
    "Site",
    "Synonym",
    "Training",
    "TrainingAction",
    "TrainingCertification",
    "TrainingDraft",
    "TrainingQuerySet",
    "TrainingSession",
    "TrainingVersion",
    "UnitMembership",
    "VocabularyWord",
]
