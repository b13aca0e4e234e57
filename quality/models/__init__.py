from quality.models.improvements import Improvement, ImprovementSource, ImprovementStep
from quality.models.referentials import Criterion, Indicator, ReferentialVersion
from quality.models.reports import ReportRun
from quality.models.surveys import Survey, SurveyAnswer, SurveyInvitation, SurveyOptOut, SurveyQuestion

__all__ = [
    "Criterion",
    "Improvement",
    "ImprovementSource",
    "ImprovementStep",
    "Indicator",
    "ReferentialVersion",
    "ReportRun",
    "Survey",
    "SurveyAnswer",
    "SurveyInvitation",
    "SurveyOptOut",
    "SurveyQuestion",
]
