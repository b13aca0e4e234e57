class Refusal(Exception):
    """The act is not possible; `str()` says why, in French, in words that a page can show as they are."""
