from catalogue.admin import news, publication, reference, todos, trainings  # noqa: F401  registered by being imported
