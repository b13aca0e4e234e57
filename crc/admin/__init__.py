from crc.admin import actions, articles, desk, mails, reference, todos  # noqa: F401  registered by being imported
