from exams.admin import reference  # noqa: F401
