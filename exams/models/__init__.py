from exams.models.candidates import BacRegistration, BacResult
from exams.models.dates import ExamDates
from exams.models.reference import COUNTS, ReferenceLoad, ReferenceResult
from exams.models.sessions import ExamSession, SeriesBreak

__all__ = [
    "COUNTS",
    "BacRegistration",
    "BacResult",
    "ExamDates",
    "ExamSession",
    "ReferenceLoad",
    "ReferenceResult",
    "SeriesBreak",
]
