"""What a verb refuses, in words that a page can show as they are."""

from cned_portal.common.refusals import Refusal

__all__ = ["Refusal"]


class MoveRefused(Refusal):
    """The state does not allow the act."""


class AlreadyEnrolled(Refusal):
    """The learner has a live enrolment in this training: `enrolment`."""

    def __init__(self, enrolment):
        self.enrolment = enrolment
        super().__init__("Une inscription à cette formation est déjà en cours.")
