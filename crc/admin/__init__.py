from crc.admin import actions, desk, reference, todos  # noqa: F401  registered by being imported
