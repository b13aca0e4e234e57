from crc.admin import actions, articles, desk, reference, todos  # noqa: F401  registered by being imported
