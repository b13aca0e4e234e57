from catalogue.admin import imports, news, publication, reference, todos, trainings  # noqa: F401  registered by being imported
