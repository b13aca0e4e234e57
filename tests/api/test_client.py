"""A typed client, generated from the description, does what an application does: nothing of it is written by hand."""

import copy
import importlib
import io
import json
import subprocess
import sys

import pytest

from crc.models import Ticket
from learners.enums import EnrolmentState, PieceState
from learners.models import Enrolment
from tests.api.things import PASSWORD, PDF, Person, public_things
from tests.crc.factories import TopicFactory, fallback_service

PACKAGE = "client_genere"
CONFIG = {
    "post_hooks": [],  # no formatter, no network
    "package_name_override": PACKAGE,
    "content_type_overrides": {"application/pdf": "application/octet-stream"},
}


@pytest.fixture(scope="session")
def generated(openapi, tmp_path_factory):
    """Import a module of the generated client: `generated("api.moi.inscriptions")`."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "schema.json").write_text(json.dumps(_with_one_form_of_body(openapi)))
    (folder / "config.json").write_text(json.dumps(CONFIG))
    paths = ["--path", "schema.json", "--config", "config.json", "--output-path", PACKAGE, "--meta", "none"]
    command = [sys.executable, "-m", "openapi_python_client", "generate", *paths, "--fail-on-warning"]
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    sys.path.insert(0, str(folder))
    yield lambda name: importlib.import_module(f"{PACKAGE}.{name}")
    sys.path.remove(str(folder))


def _with_one_form_of_body(openapi):
    """Where a body may be JSON or a form with files, JSON: the generator forgets an import for operations with two."""
    told = copy.deepcopy(openapi)
    for item in told["paths"].values():
        for operation in item.values():
            content = operation.get("requestBody", {}).get("content", {})
            if "application/json" in content:
                content.pop("multipart/form-data", None)
    return told


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_generated_client_signs_in_lists_creates_once_and_reads_problems(generated, live_server):
    fallback_service()
    TopicFactory(code="devoirs")
    training, session = public_things()
    person = Person()
    models, clients = generated("models"), generated("client")

    visitor = clients.Client(base_url=live_server.url)
    refused = generated("api.moi.inscriptions").sync(client=visitor)
    assert (type(refused).__name__, refused.status) == ("Problem", 401)
    proof = models.CompteAuthLoginPostBody(email=person.user.email, password=PASSWORD)
    answer = generated("api.compte.compte_auth_login_post").sync(client=visitor, body=proof)
    token = answer.meta.session_token

    client = clients.AuthenticatedClient(
        base_url=live_server.url, token=token, prefix="", auth_header_name="X-Session-Token"
    )
    board = generated("api.moi.tableau_de_bord").sync(client=client)
    assert person.enrolment.training.title in [row.formation.intitule for row in board.inscriptions]
    page = generated("api.moi.inscriptions").sync(client=client)
    assert page.suivant is None
    assert EnrolmentState.ACTIVE in [row.etat.value for row in page.inscriptions]

    draft = generated("api.moi.brouillon").sync(training.slug, client=client)
    assert (draft.suivante, draft.version) == ("vous", 0)
    step = models.FillStep(champs=[models.TypedField(nom="public", valeurs=["adult"])])
    where = models.BrouillonEtapeEtape("vous")
    kept = generated("api.moi.brouillon_etape").sync(training.slug, where, client=client, body=step)
    assert (kept.version, kept.etapes[0].etat.value) == (1, "a-corriger")

    scan = generated("types").File(io.BytesIO(PDF + b" deux"), "piece.pdf", "application/pdf")
    sent = models.PieceUpload(fichier=scan)
    send_piece = generated("api.moi.piece_envoyer")
    piece = send_piece.sync(person.piece.pk, client=client, body=sent, idempotency_key="piece")
    assert (piece.etat.value, piece.fichier is not None) == (PieceState.TO_CHECK, True)
    paid = generated("api.moi.paiement_moyen").sync(
        person.payment.pk, client=client, body=models.PayBy(models.MeansEnum("offline")), idempotency_key="moyen"
    )
    assert (paid.virement.libelle, paid.moyen) == (person.payment.transfer_label, models.MeansEnum("offline"))

    asked = models.Enrol(public=models.LearnerPublicEnum("adult"), formation=training.slug, session=session.pk)
    enrol = generated("api.moi.inscription_demander")
    first = enrol.sync_detailed(client=client, body=asked, idempotency_key="une-cle")
    again = enrol.sync_detailed(client=client, body=asked, idempotency_key="une-cle")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.parsed == first.parsed
    assert again.headers["idempotent-replayed"] == "true"
    assert Enrolment.objects.filter(learner=person.learner, training=training).count() == 1
    twin = enrol.sync(client=client, body=asked, idempotency_key="une-autre")
    assert (type(twin).__name__, twin.status) == ("Problem", 409)

    words = models.Ask(public=models.PublicEnum("adulte"), sujet="devoirs", objet="Un devoir", message="Bonjour")
    ticket = generated("api.demandes.demande_creer").sync(client=client, body=words, idempotency_key="k")
    assert Ticket.objects.filter(reference=ticket.reference, requester=person.user).exists()
    wrong = models.Ask(public=models.PublicEnum("adulte"), sujet="inconnu", objet="Un devoir", message="Bonjour")
    problem = generated("api.demandes.demande_creer").sync(client=client, body=wrong, idempotency_key="l")
    assert list(problem.errors.to_dict()) == ["sujet"]

    other = Person(survey=person.survey)
    missing = generated("api.moi.inscription").sync(other.enrolment.pk, client=client)
    assert (missing.status, missing.title) == (404, "Introuvable")

    generated("api.compte.compte_auth_session_delete").sync(client=client)
    assert generated("api.moi.moi").sync(client=client).status == 401
    for one in (visitor, client):
        one.get_httpx_client().close()
