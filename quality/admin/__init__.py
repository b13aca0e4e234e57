from quality.admin import improvements, referentials, reports, surveys, todos  # noqa: F401
