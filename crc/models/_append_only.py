import pgtrigger


def append_only():
    """Triggers of a table whose rows are never changed nor removed: the database refuses, whoever asks."""
    return [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
