from exams.admin import candidates, reference  # noqa: F401
