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


class IncompleteFile(Refusal):
    """The enrolment cannot be confirmed yet: `lacking` says each thing that is missing."""

    def __init__(self, lacking):
        self.lacking = lacking
        super().__init__("Il manque encore : " + " ".join(lacking))
