from learners.admin import (  # noqa: F401  registered by being imported
    courses,
    desk,
    followup,
    marking,
    organisations,
    people,
    safeguarding,
    todos,
)
