from learners.admin import desk, files, organisations, people, todos  # noqa: F401  registered by being imported
