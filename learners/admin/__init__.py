from learners.admin import (  # noqa: F401  registered by being imported
    accesses,
    campaigns_desk,
    desk,
    duplicates,
    files,
    guardians,
    organisations,
    organisations_desk,
    people,
    quotes_desk,
    rights,
    todos,
)
