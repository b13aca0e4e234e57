"""Documents on a store that speaks S3, through the code that makes and serves them."""

import pytest
import requests
from django.core.files.storage import default_storage
from moto.server import ThreadedMotoServer

from cned_portal.common.progress import RunState
from cned_portal.settings.files import media_storage
from learners.domain.documents import build_document, request_document
from tests.learners.factories import EnrolmentFactory

pytestmark = pytest.mark.django_db
BUCKET = "documents"


@pytest.fixture
def store(settings, monkeypatch):
    import boto3
    import environ

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    values = {
        "MEDIA_STORAGE": "s3", "S3_BUCKET": BUCKET, "S3_ENDPOINT_URL": f"http://{host}:{port}",
        "S3_REGION": "eu-west-3", "S3_ACCESS_KEY": "cle", "S3_SECRET_KEY": "secret",
    }  # fmt: skip
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    client = boto3.client(
        "s3", endpoint_url=values["S3_ENDPOINT_URL"], region_name="eu-west-3", aws_access_key_id="cle",
        aws_secret_access_key="secret",
    )  # fmt: skip
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    settings.STORAGES = {**settings.STORAGES, "default": media_storage(environ.Env())}
    yield client
    requests.post(f"{values['S3_ENDPOINT_URL']}/moto-api/reset", timeout=5)  # its buckets outlive the server
    server.stop()


@pytest.fixture
def document(learner):
    return request_document(EnrolmentFactory(learner__user=learner, active=True), acting_user=learner)


def test_certificate_is_kept_in_the_store_and_served_by_the_portal(store, document, learner, client):
    assert build_document(document.pk)
    document.refresh_from_db()
    kept = store.list_objects_v2(Bucket=BUCKET)["Contents"]
    assert [item["Key"] for item in kept] == [document.file.name]
    client.force_login(learner)
    answer = client.get(f"/mon-espace/documents/{document.pk}/telecharger/")
    assert b"".join(answer.streaming_content).startswith(b"%PDF")
    default_storage.delete(document.file.name)
    assert client.get(f"/mon-espace/documents/{document.pk}/telecharger/").status_code == 404


def test_store_that_is_away_is_said_to_the_person(store, document):
    store.delete_bucket(Bucket=BUCKET)
    assert not build_document(document.pk)
    document.refresh_from_db()
    assert document.state == RunState.FAILED
    assert "recommencer" in document.error
