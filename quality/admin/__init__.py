from quality.admin import referentials, reports, surveys, todos  # noqa: F401
