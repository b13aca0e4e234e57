from exams.models.reference import COUNTS, ReferenceLoad, ReferenceResult
from exams.models.sessions import ExamSession, SeriesBreak

__all__ = ["COUNTS", "ExamSession", "ReferenceLoad", "ReferenceResult", "SeriesBreak"]
