"""How the tests of the API call, and count what a list reads."""

import json

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

API = "/api/v1/"


def send(client, method, path, data=None, key="cle"):
    headers = {"idempotency-key": key} if method == "post" else {}
    body = json.dumps(data if data is not None else {})
    return getattr(client, method)(f"{API}{path}", body, content_type="application/json", headers=headers)


def upload(client, path, content, *, name="piece.pdf", key="cle", **fields):
    files = {"fichier": SimpleUploadedFile(name, content)} if content is not None else {}
    return client.post(f"{API}{path}", {**files, **fields}, headers={"idempotency-key": key})


def read(client, path):
    return client.get(f"{API}{path}").json()


def same_number_of_queries(client, path, add, name=None):
    """Whether a list asks as many queries with three rows as with one; `add()` makes a row."""
    add()
    client.get(f"{API}{path}")  # what is read once for all
    counts = []
    for rows in (1, 3):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            told = read(client, path)
        assert len(told if name is None else told[name]) == rows
        counts.append(len(queries))
        if rows == 1:
            add()
            add()
    return counts[0] == counts[1]
