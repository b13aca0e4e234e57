from learners.admin import (  # noqa: F401  registered by being imported
    campaigns_desk,
    desk,
    organisations,
    organisations_desk,
    people,
    quotes_desk,
    todos,
)
