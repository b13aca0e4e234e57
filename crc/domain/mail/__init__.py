"""Mail that comes in: kept whole before anything is read, then parsed within bounds, classified, threaded, written.

`parsing` reads bytes, `kinds` tells people from machines, `quoting` finds where the answer ends and the quote begins,
`threads` finds the ticket it answers, `ingestion` is the way through. Nothing here trusts a mail.
"""
