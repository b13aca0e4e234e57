from learners.admin import desk, organisations, people, todos  # noqa: F401  registered by being imported
