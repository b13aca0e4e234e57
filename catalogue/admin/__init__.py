from catalogue.admin import reference, todos, trainings  # noqa: F401  registered by being imported
