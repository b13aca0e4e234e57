from learners.admin import (  # noqa: F401  registered by being imported
    accesses,
    desk,
    duplicates,
    files,
    guardians,
    organisations,
    people,
    rights,
    todos,
)
