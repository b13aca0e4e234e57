"""Page objects: a test of a journey reads as the gestures of a person. Each takes a page of the browser."""

from tests.browser.pages.accounts import SignInPage
from tests.browser.pages.desk import DeskBoard, DeskHome, DeskIndicators, DeskQueue, DeskTicket
from tests.browser.pages.frame import Frame
from tests.browser.pages.public import AskPage, SearchPage, TrackingPage, TrainingPage

__all__ = [
    "AskPage",
    "DeskBoard",
    "DeskHome",
    "DeskIndicators",
    "DeskQueue",
    "DeskTicket",
    "Frame",
    "SearchPage",
    "SignInPage",
    "TrackingPage",
    "TrainingPage",
]
