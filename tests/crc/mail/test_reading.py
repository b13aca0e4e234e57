"""Bytes of real and hostile mails: read within bounds, never an exception, never a letter lost."""

import os
import time
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cned_portal.common.files import RefusedFile, file_type
from crc.domain.mail.kinds import kind_of
from crc.domain.mail.parsing import TooLarge, message_id_of, parse
from crc.domain.mail.quoting import quote_start

DATA = os.environ.get("CNED_SHARED_DATA")
NBSP = "\u00a0"
GMAIL = "Le mar. 3 nov. 2026 à 10:12, CRC <contact@cned.example> a écrit :\n\n> Bonjour"
HEADERS = (
    f"De{NBSP}: CRC <contact@cned.example>\nEnvoyé{NBSP}: mardi 3 novembre 2026 10:12\n"
    f"À{NBSP}: Camille <c@e.example>\nObjet{NBSP}: Votre demande\n\nBonjour"
)


@pytest.mark.parametrize(
    "quote",
    [
        GMAIL,
        f"Le mar. 3 nov. 2026 à 10:12, Centre de relation clients\n<contact@cned.example> a écrit{NBSP}:\n\n> Bonjour",
        "> Le 3 nov. 2026 à 10:12, CRC <contact@cned.example> a écrit :\n> \n> Bonjour",
        HEADERS,
        f"________________________________\n{HEADERS}",
        '> Message du 03/11/26 10:12\n> De : "CRC" <contact@cned.example>\n> Objet : x\n>\n> Bonjour',
        '----- Mail original -----\nDe: "CRC" <contact@cned.example>\nEnvoyé: Mardi 3 Novembre 2026\n\nBonjour',
        "-------- Message d’origine --------\nDe : CRC <contact@cned.example>\nDate : 03/11/2026 10:12\n\nBonjour",
        'de : "CRC" <contact@cned.example>\nà : c@e.example\nenvoyé le : mardi 3 novembre 2026\nobjet : x\n\nBonjour',
        "— Répondez au-dessus de cette ligne —\nBonjour",
        "On Tue, Nov 3, 2026 at 10:12 AM CRC <contact@cned.example> wrote:\n> Bonjour",
        "---------- Forwarded message ---------\nDe : CRC <contact@cned.example>\nDate: mar. 3 nov. 2026\n\nBonjour",
    ],
)
def test_quote_of_usual_clients_is_found(quote):
    text = f"Merci beaucoup.\n\n{quote}"
    assert text[: quote_start(text)].strip() == "Merci beaucoup."


@pytest.mark.parametrize(
    "text",
    [
        "Bonjour,\nLe professeur de maths a écrit :\nrendez le devoir.\nQue dois-je faire ?",
        "> Votre nom ?\nCamille\n> Votre ville ?\nPoitiers\n> Classe ?\nSeconde\n> Langue ?\nAnglais",
        "> Bonjour\n> texte",
        GMAIL,
        "De : Paris\nJe voudrais venir.",
        "",
    ],
)
def test_what_the_person_wrote_is_never_folded(text):
    assert quote_start(text) is None


RUNAWAYS = [
    *("On " * 20_000, "Le " * 30_000, ">" * 60_000, "De : " * 20_000, "On x\n" * 20_000, ">a\nb\n" * 20_000),
    *("_" * 99_999, "De : a@b\n" * 20_000, "Le 3 nov 2026 " * 8_000 + " a écrit"),
]


@pytest.mark.parametrize("text", RUNAWAYS, ids=range(len(RUNAWAYS)))
def test_no_text_makes_the_fold_run_away(text):
    started = time.process_time()
    quote_start(f"Bonjour\n{text}")
    assert time.process_time() - started < 1, "each of these takes other libraries from ten seconds to forever"


def nested(depth):
    mail = EmailMessage()
    mail.set_content("au fond")
    for _ in range(depth):
        outer = EmailMessage()
        outer.make_mixed()
        outer.attach(mail)
        mail = outer
    return mail.as_bytes()


@pytest.mark.parametrize(
    "raw",
    [
        nested(30),
        b"Content-Type: multipart/mixed; boundary="
        + b"a" * 200
        + b"\r\n\r\n"
        + (b"--" + b"a" * 200 + b"\r\n\r\nx\r\n") * 60,
        b"boundary=" * 300,
        b"X: 1\r\n" * 5_000 + b"\r\nx",
        b"Content-Type: text/plain" + b';"' * 2_000_000 + b"\r\n\r\nx",
        b"From: a@b.example\r\n\r\n" + b"x" * (26 * 1024 * 1024),
    ],
    ids=["deep", "wide", "boundaries", "headers", "parameters", "heavy"],
)
def test_mail_past_a_bound_is_refused_quickly(raw):
    started = time.process_time()
    with pytest.raises(TooLarge):
        parse(raw)
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("raw", "message_id"),
    [
        (b"Message-ID: <a@b.example>\r\n\r\nx", "<a@b.example>"),
        (b"Subject: x\nMESSAGE-ID:\n <a@b.example>\n\nx", "<a@b.example>"),
        (b"Message-Id: sans-chevrons\r\n\r\n", "sans-chevrons"),
        (b"Subject: x\r\n\r\nMessage-ID: <dans@le.texte>", ""),
        (b"", ""),
    ],
)
def test_message_id_is_read_from_the_headers(raw, message_id):
    assert message_id_of(raw) == message_id


def test_message_id_of_hostile_headers_is_read_quickly():
    raw = b"Content-Type: multipart/mixed" + b';"' * 1_000_000 + b"\r\nMessage-ID: <a@b.example>\r\n\r\nx"
    started = time.process_time()
    assert message_id_of(raw) == "<a@b.example>"
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        ("Subject: Réponse".encode(), "Réponse"),
        ("Subject: Réponse".encode("cp1252"), "Réponse"),
        (b"Subject: =?utf-8?q?R=C3=A9ponse?=", "Réponse"),
        (b"Subject: =?fakescii?q?R=C3=A9ponse?=", "Réponse"),
        (b"Subject: =?utf-8?b?###?=", "=?utf-8?b?###?="),
        (b"Subject: a\r\n b\r\nBcc: x", "a b"),
        (b"Subject: a\x00b\x07", "a b"),
    ],
)
def test_subject_is_read_whatever_it_is_made_of(raw, subject):
    assert parse(raw + b"\r\n\r\nx").subject == subject


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("Camille <c@e.example>", "c@e.example"),
        ('"Exemple, Camille" <c@e.example>', "c@e.example"),
        ("c@e.example", "c@e.example"),
        ("=?utf-8?q?C=C3=A9line?= <c@e.example>", "c@e.example"),
        ("personne", ""),
        ("", ""),
        ("<>", ""),
        ("(" * 9_000, ""),
    ],
)
def test_sender_is_an_address_or_nothing(value, address):
    assert parse(f"From: {value}\r\n\r\nx".encode()).from_address == address


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.binary(max_size=200))
def test_any_bytes_are_read(head, body):
    raw = b"From: " + head + b"\r\nSubject: " + head[::-1] + b"\r\nContent-Type: text/html; charset=" + body[:20]
    raw += b"\r\n\r\n" + body
    mail = parse(raw)
    message_id_of(raw)
    kind_of(mail, own_addresses=set(), instance="x")
    for text in (mail.text, mail.subject, mail.from_name, mail.from_address, mail.html):
        text.encode()
        assert "\0" not in text


@pytest.mark.skipif(not DATA, reason="public mails are not in this environment")
def test_every_public_mail_is_read():
    read = 0
    for path in sorted((Path(DATA) / "mail").rglob("*")):
        if not path.is_file():
            continue
        raw = path.read_bytes()
        message_id_of(raw)
        mail = parse(raw)
        kind_of(mail, own_addresses=set(), instance="x")
        start = quote_start(mail.text)
        assert start is None or mail.text[:start].strip(), path
        (mail.text + mail.subject + mail.html + mail.from_name).encode()
        read += 1
    assert read > 1_000


@pytest.mark.parametrize(
    ("name", "content", "extension"),
    [
        ("a.pdf", b"%PDF-1.4", "pdf"),
        ("a.JPG", b"\xff\xd8\xff\xe0", "jpg"),
        ("a.jpeg", b"\xff\xd8\xff\xe0", "jpg"),
        ("photo", b"\x89PNG\r\n\x1a\n", "png"),
        ("notes.txt", "été".encode(), "txt"),
    ],
)
def test_document_is_known_by_its_content(name, content, extension):
    assert file_type(name, content).extension == extension


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"MZ"),
        ("a.png", b"%PDF-1.4"),
        ("a.html", b"<p>"),
        ("a.txt", b"<html>"),
        ("a.svg", b"<svg/>"),
        ("a.zip", b"PK\x03\x04"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("a.docx", b"PK\x03\x04rien"),
        ("winmail.dat", b"x\x9f>\x22"),
        ("vide.pdf", b""),
    ],
)
def test_what_may_hurt_is_refused(name, content):
    with pytest.raises(RefusedFile):
        file_type(name, content)
