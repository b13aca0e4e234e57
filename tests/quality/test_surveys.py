"""The survey after a closed ticket: once, to the right people, answered without an account."""

import re
import threading
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core import signing
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from cned_portal.common.outbox.domain.dispatch import dispatch
from cned_portal.common.outbox.enums import MailState
from cned_portal.common.outbox.models import Mail
from cned_portal.users.enums import Role
from crc.domain.merging import merge_tickets
from crc.domain.tickets import requester_reply, revoke_tracking_links
from crc.models import Ticket
from quality.domain import surveys
from quality.domain.surveys import invite, invite_after_closed_tickets, recipient_digest, survey_token
from quality.models import SurveyAnswer, SurveyInvitation, SurveyOptOut
from tests.crc.factories import ServiceFactory, make_ticket
from tests.quality.factories import make_closed_ticket, make_survey

INVITATIONS = {"kind": "quality/email/ticket_survey"}


@pytest.fixture
def survey(db):
    return make_survey()


@pytest.fixture
def ticket(survey):
    return make_closed_ticket()


@pytest.fixture
def invitation(ticket):
    invite_after_closed_tickets()
    return SurveyInvitation.objects.get()


def link_of_mail(pattern=r"/enquetes/\S+"):
    return urlsplit(re.search(rf"http\S+{pattern}", Mail.objects.get(**INVITATIONS).text)[0]).path


def full(survey, score=5, resolved="oui", text=""):
    first, second, third = survey.questions.all()
    return {f"q{first.pk}": score, f"q{second.pk}": resolved, f"q{third.pk}": text}


def test_closed_ticket_is_asked_about_once_however_often_the_task_runs(ticket):
    assert [invite_after_closed_tickets() for _ in range(3)] == [1, 0, 0]
    assert SurveyInvitation.objects.get().ticket == ticket
    mail = Mail.objects.get(**INVITATIONS)
    assert mail.to == ticket.requester_email
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert ticket.requester_name not in mail.subject


def test_merged_ticket_is_not_asked_about(ticket, staff):
    kept = make_ticket(service=ticket.service)
    merge_tickets(ticket, into=kept, reason="Doublon", version=ticket.version, acting_user=staff(Role.CRC_SUPERVISOR))
    assert invite_after_closed_tickets() == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_invite_once(ticket):
    results = []

    def work():
        results.append(invite_after_closed_tickets())
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(results) == 1
    assert Mail.objects.filter(**INVITATIONS).count() == 1


@pytest.mark.django_db(transaction=True)
def test_six_workers_at_once_ask_one_person_once(survey):
    """Each worker holds another ticket of the same person when it looks for earlier invitations."""
    tickets = [make_closed_ticket(requester_email="meme@exemple.example") for _ in range(6)]
    ready = threading.Barrier(len(tickets))

    def work(ticket):
        ready.wait()
        invite(survey, ticket.pk, acting_user=None, now=timezone.now())
        connection.close()

    threads = [threading.Thread(target=work, args=[ticket]) for ticket in tickets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert SurveyInvitation.objects.count() == 1


def test_spared_people_hold_nobody_else_up(survey, monkeypatch):
    monkeypatch.setattr(surveys, "BATCH", 2)
    monkeypatch.setattr(surveys, "READ_AT_ONCE", 3)
    hours = iter(range(60, 30, -1))
    for number in range(5):
        closed_at = timezone.now() - timedelta(hours=next(hours))
        make_closed_ticket(requester_email=f"refus{number}@exemple.example", closed_at=closed_at)
        SurveyOptOut.objects.create(recipient=recipient_digest(f"refus{number}@exemple.example"))
    for number in range(3):
        closed_at = timezone.now() - timedelta(hours=next(hours))
        make_closed_ticket(requester_email=f"oui{number}@exemple.example", closed_at=closed_at)
    assert [invite_after_closed_tickets() for _ in range(3)] == [2, 1, 0]


def test_people_and_tickets_that_are_spared(survey):
    make_closed_ticket(closed_at=timezone.now() - timedelta(hours=2), requester_email="tot@exemple.example")
    make_closed_ticket(closed_at=timezone.now() - timedelta(days=30), requester_email="tard@exemple.example")
    make_closed_ticket(service=ServiceFactory(is_restricted=True), requester_email="sante@exemple.example")
    twice = [make_closed_ticket(requester_email=email) for email in ("Deux@exemple.example", "deux@exemple.example")]
    assert invite_after_closed_tickets() == 1
    assert SurveyInvitation.objects.get().ticket in twice


def test_nothing_leaves_without_an_active_survey(ticket, survey):
    survey.is_active = False
    survey.save()
    assert invite_after_closed_tickets() == 0


def test_ticket_reopened_before_the_mail_left_is_not_asked_about(invitation):
    requester_reply(Ticket.objects.get(), body="Encore un mot.")
    dispatch()
    assert Mail.objects.get(**INVITATIONS).state == MailState.CANCELLED


def test_mail_is_answered_without_an_account(client, invitation, survey):
    link = link_of_mail()
    assert "Question 1 ?" in client.get(link).content.decode()
    answer = client.post(link, full(survey, score=4, text="Bien."), follow=True)
    assert "Merci de vos réponses" in answer.content.decode()
    assert list(SurveyAnswer.objects.values_list("score", "yes", "text")) == [(4, None, ""), (None, True, ""),
                                                                              (None, None, "Bien.")]  # fmt: skip


def test_opening_the_link_records_nothing(client, invitation):
    for _ in range(3):
        client.get(link_of_mail())
        client.head(link_of_mail())
    invitation.refresh_from_db()
    assert invitation.answered_at is None
    assert not SurveyAnswer.objects.exists()


def test_second_sending_changes_nothing(client, invitation, survey):
    client.post(link_of_mail(), full(survey, score=5))
    client.post(link_of_mail(), full(survey, score=1))
    assert SurveyAnswer.objects.get(score__isnull=False).score == 5


@pytest.mark.parametrize("score", ["", "6", "0", "beaucoup"])
def test_wrong_score_is_said_beside_its_question(client, invitation, survey, score):
    page = client.post(link_of_mail(), full(survey, score=score)).content.decode()
    assert "Il reste à corriger" in page
    assert not SurveyAnswer.objects.exists()


def test_unhappy_person_is_offered_to_write_again(client, invitation, survey):
    assert "Écrire de nouveau" in client.post(link_of_mail(), full(survey, score=1), follow=True).content.decode()


def test_revoked_link_gives_no_access_back_but_still_refuses_surveys(client, invitation, survey):
    client.post(link_of_mail(), full(survey, score=1))
    revoke_tracking_links(invitation.ticket, acting_user=None)
    assert client.get(link_of_mail()).status_code == 404
    assert client.post(link_of_mail(r"/enquetes/\S+/ne-plus-recevoir/")).status_code == 200
    assert SurveyOptOut.objects.filter(recipient=invitation.recipient).exists()


def test_link_sent_before_it_named_a_generation_still_works_until_revoked(client, invitation):
    token = signing.Signer(salt="quality.survey", sep=".").sign(str(invitation.pk))
    assert client.get(f"/enquetes/{token}/").status_code == 200
    revoke_tracking_links(invitation.ticket, acting_user=None)
    assert client.get(f"/enquetes/{token}/").status_code == 404
    assert client.post(f"/enquetes/{token}/ne-plus-recevoir/").status_code == 200


def test_happy_person_is_not(client, invitation, survey):
    assert "Écrire de nouveau" not in client.post(link_of_mail(), full(survey, score=5), follow=True).content.decode()


def test_expired_forged_or_foreign_link_records_nothing(client, invitation, survey):
    SurveyInvitation.objects.update(
        invited_at=timezone.now() - timedelta(days=40), expires_at=timezone.now() - timedelta(days=10)
    )
    assert client.post(link_of_mail(), full(survey)).status_code == 410
    token = survey_token(invitation)
    for forged in (f"{invitation.pk + 1}{token[len(str(invitation.pk)) :]}", "x", "x" * 5000, "é", f"{token}0"):
        assert client.post(f"/enquetes/{forged}/", full(survey)).status_code == 404
    assert not SurveyAnswer.objects.exists()


def test_answering_too_often_from_one_place_is_refused(client, invitation):
    for _ in range(60):
        client.get("/enquetes/x/")
    assert client.get(link_of_mail()).status_code == 404


def test_refusal_by_the_mail_program_is_kept(client, invitation):
    link = link_of_mail(r"/enquetes/\S+/ne-plus-recevoir/")
    client.get(link)
    assert not SurveyOptOut.objects.exists()
    assert Client(enforce_csrf_checks=True).post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert SurveyOptOut.objects.get().recipient == invitation.recipient
    dispatch()
    assert Mail.objects.get(**INVITATIONS).state == MailState.CANCELLED


def test_survey_that_was_sent_keeps_its_questions(invitation, survey):
    question = survey.questions.first()
    for act in (lambda: survey.questions.update(label="Autre ?"), question.delete):
        with pytest.raises(IntegrityError, match="survey already sent"), transaction.atomic():
            act()
