from crc.admin import actions, articles, desk, mails, partners, reference, todos  # noqa: F401  registered by being imported
