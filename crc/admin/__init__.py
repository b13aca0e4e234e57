from crc.admin import (  # noqa: F401  registered by being imported
    actions,
    articles,
    collaboration,
    desk,
    figures,
    intake,
    legal,
    mails,
    partners,
    privacy,
    reference,
    todos,
)
