from crc.admin import actions, desk, mails, reference, todos  # noqa: F401  registered by being imported
