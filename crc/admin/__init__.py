from crc.admin import actions, articles, desk, mails, privacy, reference, todos  # noqa: F401  registered by being imported
