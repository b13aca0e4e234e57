"""What a training asks at the entry, and how a positioning is worked out. A person decides, never this module."""

from dataclasses import dataclass

from learners.domain.refusals import Refusal
from learners.enums import SelfRating
from learners.models import Admission


@dataclass(frozen=True)
class Result:
    answers: list
    percent: int
    advice: str


def admission_of(training):
    """Conditions of the training with all their rows, None when it has none."""
    rows = Admission.objects.prefetch_related("questions", "advice", "required_pieces")
    return rows.filter(training=training).first()


def position(admission, ratings):
    """Result of the ratings, a dict from the key of each question to a SelfRating; each question is answered."""
    questions = list(admission.questions.all()) if admission else []
    if not questions:
        raise Refusal("Cette formation n’a plus de questionnaire : écrivez-nous.")
    try:
        rated = [(question.text, SelfRating(int(ratings[question.pk]))) for question in questions]
    except (KeyError, ValueError, TypeError):
        raise Refusal("Répondez à chaque question du positionnement.") from None
    percent = round(100 * sum(rating for _, rating in rated) / (SelfRating.VERY_WELL * len(rated)))
    reached = [advice.text for advice in admission.advice.all() if advice.from_percent <= percent]
    answers = [{"question": text, "answer": rating.label, "points": int(rating)} for text, rating in rated]
    return Result(answers, percent, reached[-1] if reached else "")
