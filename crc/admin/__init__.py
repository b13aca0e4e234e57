from crc.admin import actions, collaboration, desk, reference, todos  # noqa: F401  registered by being imported
