from catalogue.models.certifications import Certification, TrainingCertification
from catalogue.models.entries import Entry, EntryHighlight
from catalogue.models.nomenclatures import DiplomaType, Domain, Formacode, Occupation
from catalogue.models.offers import ResultIndicator, TrainingAction, TrainingSession
from catalogue.models.search import SearchMiss, Synonym, VocabularyWord
from catalogue.models.trainings import PageContent, Training, TrainingQuerySet
from catalogue.models.units import OperatingUnit, Site, UnitMembership

__all__ = [
    "Certification",
    "DiplomaType",
    "Domain",
    "Entry",
    "EntryHighlight",
    "Formacode",
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
    "TrainingQuerySet",
    "TrainingSession",
    "UnitMembership",
    "VocabularyWord",
]
