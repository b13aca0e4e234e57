from crc.admin import actions, desk, figures, reference, todos  # noqa: F401  registered by being imported
