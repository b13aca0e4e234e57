from crc.admin import (  # noqa: F401  registered by being imported
    actions,
    articles,
    desk,
    figures,
    legal,
    mails,
    reference,
    todos,
)
