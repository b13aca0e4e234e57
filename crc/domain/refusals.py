"""What a verb refuses, in words that a page can show as they are."""

from cned_portal.common.refusals import Refusal

__all__ = ["Refusal"]


class MoveRefused(Refusal):
    """The ticket's state does not allow the act."""


class StaleTicket(Refusal):
    """The ticket changed since the person opened it; nothing was written."""

    def __init__(self, new_messages):
        self.new_messages = new_messages
        if new_messages == 1:
            what = "Un nouveau message depuis l’ouverture"
        elif new_messages:
            what = f"{new_messages} nouveaux messages depuis l’ouverture"
        else:
            what = "Cette demande a changé depuis l’ouverture"
        super().__init__(f"{what} : relisez le fil, puis envoyez votre réponse. Rien n’est encore parti.")


class NoFallbackService(Refusal):
    """No rule fits and no service is the default one: the desk is not set up."""

    def __init__(self):
        super().__init__("Aucun service par défaut n’est défini.")
