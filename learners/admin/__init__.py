from learners.admin import (  # noqa: F401  registered by being imported
    accesses,
    desk,
    duplicates,
    guardians,
    organisations,
    people,
    rights,
    todos,
)
