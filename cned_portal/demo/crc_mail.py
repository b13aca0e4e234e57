"""Mailboxes of the demonstration, and a mail of each fate: read, left out, put aside. Nothing is fetched."""

from datetime import timedelta
from email.message import EmailMessage

from django.utils import timezone

from cned_portal.demo.people import LEARNER
from crc.domain.mail.ingestion import ingest, keep_mail
from crc.enums import Public
from crc.models import InboundMail, Mailbox, Topic

PICTURE = (  # a picture of one point
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)


def load():
    """Add what is missing; mails are kept once."""
    topic = Topic.objects.filter(code="autre").first() or Topic.objects.active().order_by("position").first()
    boxes = {
        public: Mailbox.objects.get_or_create(
            code=public.value, defaults={"address": f"{public.value}@cned.example", "public": public, "topic": topic}
        )[0]
        for public in Public
    }
    if InboundMail.objects.exists():
        return
    day = timezone.now() - timedelta(days=1)
    for hours, (public, mail) in enumerate([(Public.ADULT, _question()), (Public.COMPANY, _newsletter())]):
        _receive(boxes[public], mail.as_bytes(), day + timedelta(hours=hours))
    for hours, mail in enumerate([_from_the_learner(), _in_english()], start=4):
        _receive(boxes[Public.ADULT], mail.as_bytes(), day + timedelta(hours=hours))
    _receive(boxes[Public.STUDENT], b"Subject: Sans adresse\r\n\r\nBonjour, qui suis-je ?", day + timedelta(hours=3))


def _receive(mailbox, raw, at):
    mail, _ = keep_mail(mailbox, raw, received_at=at)
    ingest(mail.pk)


def _question():
    mail = EmailMessage()
    mail["From"], mail["To"] = "Alix Modèle <alix.modele@exemple.example>", "adulte@cned.example"
    mail["Subject"], mail["Message-ID"] = "Photo de mon devoir illisible ?", "<demo-1@exemple.example>"
    text = "Bonjour,\n\nvoici la photo de mon devoir : est-elle lisible ?\n\nMerci,\nAlix Modèle"
    quote = "Le 3 nov. 2026 à 10:12, Tuteur Fictif <tuteur@exemple.example> a écrit :\n> Envoyez une photo nette."
    mail.set_content(f"{text}\n\n{quote}\n")
    layout = "<p>Bonjour,</p><p>voici la photo de mon devoir : <b>est-elle lisible ?</b></p>"
    mail.add_alternative(layout, subtype="html")
    mail.add_attachment(PICTURE, maintype="image", subtype="png", filename="devoir.png")
    return mail


def _from_the_learner():
    """From an address verified by an account: it is among the requests of that account."""
    address, first_name, last_name = LEARNER
    mail = EmailMessage()
    mail["From"], mail["To"] = f"{first_name} {last_name} <{address}>", "adulte@cned.example"
    mail["Subject"], mail["Message-ID"] = "Mon nouveau numéro de téléphone", "<demo-3@exemple.example>"
    mail.set_content("Bonjour,\n\nj’ai changé de téléphone : où puis-je corriger mon numéro ?\n\nMerci")
    return mail


def _in_english():
    mail = EmailMessage()
    mail["From"], mail["To"] = "Sacha Sample <sacha.sample@exemple.example>", "adulte@cned.example"
    mail["Subject"], mail["Message-ID"] = "Studying from abroad", "<demo-4@exemple.example>"
    mail.set_content("Hello,\n\nI live in Montréal. Could you please tell me how I can enrol from abroad?\n\nThank you")
    return mail


def _newsletter():
    mail = EmailMessage()
    mail["From"], mail["To"] = "Salon Fictif <lettre@salon.example>", "entreprise@cned.example"
    mail["Subject"], mail["Message-ID"] = "Notre salon ouvre ses portes", "<demo-2@salon.example>"
    mail["List-Unsubscribe"] = "<mailto:stop@salon.example>"
    mail.set_content("Une lettre d’information fictive.")
    return mail
