from datetime import date, datetime, time, timedelta
from decimal import Decimal
from threading import Barrier, Thread
from zoneinfo import ZoneInfo

import pikepdf
import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from catalogue.enums import Perimeter
from cned_portal.common.clients.clamd import ScanError
from cned_portal.common.outbox.models import Mail
from learners.domain import documents, drafts, enrolments, files, payments
from learners.domain.notifications import choose_notifications
from learners.domain.people import Identity
from learners.domain.refusals import AlreadyEnrolled, IncompleteFile, MoveRefused, Refusal
from learners.enums import (
    Decision,
    DocumentKind,
    FundingKind,
    LearnerPublic,
    Means,
    NotificationChannel,
    NotificationTopic,
    PaymentState,
    PieceState,
    Relationship,
    SelfRating,
    TimeZone,
    WaitingOn,
)
from learners.enums import EnrolmentState as State
from learners.models import Document, Enrolment, EnrolmentDraft, EnrolmentFile, FundingLine, Guardianship, Payment
from tests.learners.factories import AdmissionFactory, GuardianshipFactory, OrganisationFactory, open_training
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7 fictif"


def ask(user, *, price=None, admission=False, perimeter=Perimeter.COMPETITIVE, **kwargs):
    """The file of a new request, with the conditions and the price said."""
    training, session = open_training(perimeter=perimeter)
    session.action.price = price and Decimal(price)
    session.action.is_cpf_eligible = True
    session.action.save()
    if admission:
        AdmissionFactory(training=training, whole=True)
    enrolment = enrolments.enrol(user=user, training=training, session=session, acting_user=user, **kwargs)
    return reload(enrolment.file)


def reload(file):
    return EnrolmentFile.objects.with_parts().get(pk=file.pk)


def texts(file):
    return [item.text for item in files.missing(reload(file))]


def confirm(file, **kwargs):
    return enrolments.confirm_enrolment(file.enrolment, acting_user=None, **kwargs)


def provide(piece, content=PDF, name="piece.pdf"):
    return files.provide_piece(piece, name=name, content=content, acting_user=None)


@pytest.fixture
def agent():
    return UserFactory(first_name="Agathe", last_name="Agent")


def test_training_that_asks_nothing_is_confirmed_at_once(learner):
    file = ask(learner)

    assert texts(file) == []
    assert file.waiting_on == WaitingOn.STAFF
    assert confirm(file).state == State.CONFIRMED
    assert reload(file).waiting_on == WaitingOn.NOBODY


def test_confirmation_says_all_that_is_missing_then_passes(learner, agent):
    file = ask(learner, admission=True)
    with pytest.raises(IncompleteFile) as refusal:
        confirm(file)
    assert len(refusal.value.lacking) == 3
    assert file.waiting_on == WaitingOn.LEARNER

    questions = file.enrolment.training.admission.questions.all()
    files.answer_positioning(file, ratings={item.pk: SelfRating.WELL for item in questions}, acting_user=learner)
    files.declare_prior_learning(file, declared="Un diplôme.", acting_user=learner)
    piece = provide(file.pieces.get())
    assert reload(file).waiting_on == WaitingOn.STAFF
    files.check_piece(piece, sha256=piece.sha256, accepted=True, acting_user=agent)
    files.decide_prior_learning(file, decision=Decision.FAVOURABLE, reason="Vu.", acting_user=agent)
    with pytest.raises(IncompleteFile, match="positionnement"):
        confirm(file)
    files.decide_positioning(file, decision=Decision.ADAPTED, reason="Un appui en été.", acting_user=agent)

    assert confirm(file).state == State.CONFIRMED
    assert Document.objects.get(enrolment=file.enrolment).kind == DocumentKind.SUMMARY


@pytest.mark.parametrize(
    ("rating", "percent", "advice"),
    [(SelfRating.NONE, 0, "Remise à niveau conseillée."), (SelfRating.VERY_WELL, 100, "Parcours adapté à vous.")],
)
def test_positioning_gives_a_result_and_an_advice_and_decides_nothing(learner, rating, percent, advice):
    file = ask(learner, admission=True)
    questions = file.enrolment.training.admission.questions.all()
    files.answer_positioning(file, ratings={item.pk: rating for item in questions}, acting_user=learner)

    found = reload(file).positioning
    assert (found.percent, found.advice, found.decision) == (percent, advice, Decision.PENDING)
    assert found.answers[0] == {"question": "Question 1 ?", "answer": rating.label, "points": rating}
    with pytest.raises(MoveRefused):
        files.answer_positioning(file, ratings={}, acting_user=learner)


def test_positioning_half_answered_is_refused(learner):
    file = ask(learner, admission=True)
    with pytest.raises(Refusal, match="chaque question"):
        files.answer_positioning(file, ratings={}, acting_user=learner)
    assert not hasattr(reload(file), "positioning")


def test_second_agent_learns_who_decided_and_may_correct_what_they_read(learner, agent):
    file = ask(learner, admission=True, declared="Un diplôme.")
    files.decide_prior_learning(file, decision=Decision.UNFAVOURABLE, reason="Non.", acting_user=agent)
    with pytest.raises(MoveRefused, match="Agathe Agent"):
        files.decide_prior_learning(file, decision=Decision.FAVOURABLE, reason="Oui.", acting_user=UserFactory())
    assert "La vérification des acquis a une décision défavorable." in texts(file)

    files.decide_prior_learning(
        file, decision=Decision.FAVOURABLE, reason="Relu.", seen=Decision.UNFAVOURABLE, acting_user=agent
    )
    assert reload(file).prior_learning.reason == "Relu."


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("cv.pdf", b"MZ programme", "contenu"),
        ("photo.gif", b"GIF89a fictif", "n’est pas accepté ici"),
        ("vide.pdf", b"", "vide"),
        ("gros.pdf", PDF + b"0" * files.MAX_BYTES, "10 Mo"),
    ],
)
def test_piece_of_a_wrong_kind_is_refused_and_the_former_kept(learner, name, content, message):
    file = ask(learner, admission=True)
    before = provide(file.pieces.get())
    with pytest.raises(Refusal, match=message):
        provide(before, content, name)

    piece = file.pieces.get()
    assert (piece.sha256, piece.state) == (before.sha256, PieceState.TO_CHECK)


def test_agent_does_not_accept_a_file_they_did_not_read(learner, agent):
    file = ask(learner, admission=True)
    read = provide(file.pieces.get())
    provide(read, PDF + b" autre")
    with pytest.raises(MoveRefused, match="Un autre fichier"):
        files.check_piece(read, sha256=read.sha256, accepted=True, acting_user=agent)


def test_piece_asked_again_says_why_and_is_provided_again(learner, agent):
    file = ask(learner, admission=True)
    piece = provide(file.pieces.get())
    with pytest.raises(Refusal, match="pourquoi"):
        files.check_piece(piece, sha256=piece.sha256, accepted=False, acting_user=agent)
    files.check_piece(piece, sha256=piece.sha256, accepted=False, reason="Illisible.", acting_user=agent)
    assert "Illisible." in Mail.objects.order_by("pk").last().text
    with pytest.raises(MoveRefused):
        files.check_piece(piece, sha256=piece.sha256, accepted=True, acting_user=agent)

    piece = provide(piece, PDF + b" net")
    assert (piece.state, piece.reason) == (PieceState.TO_CHECK, "")
    files.check_piece(piece, sha256=piece.sha256, accepted=True, acting_user=agent)
    with pytest.raises(MoveRefused, match="déjà acceptée"):
        provide(piece)


@pytest.mark.parametrize(("virus", "state"), [("", PieceState.TO_CHECK), ("Eicar", PieceState.REFUSED)])
def test_piece_stays_closed_until_the_antivirus_has_read_it(learner, settings, monkeypatch, virus, state):
    settings.CLAMD_ADDRESS = "localhost:1"
    file = ask(learner, admission=True)

    def away(*args, **kwargs):
        raise ScanError("away")

    monkeypatch.setattr(files, "scan", away)
    piece = provide(file.pieces.get())
    assert files.scan_pieces() == 0
    assert files.open_piece(file.pieces.all(), piece.pk) is None

    monkeypatch.setattr(files, "scan", lambda *args, **kwargs: virus)
    assert (files.scan_pieces(), files.scan_pieces()) == (1, 0)
    assert file.pieces.get().state == state
    opened = files.open_piece(file.pieces.all(), piece.pk)
    assert (opened is None) == bool(virus)
    if opened:
        opened[1].close()


def minor_file(learner, **kwargs):
    identity = Identity(public=LearnerPublic.PUPIL, date_of_birth=date(timezone.localdate().year - 15, 1, 1))
    return ask(learner, identity=identity, **kwargs)


def test_minor_is_not_confirmed_without_a_guardian(learner):
    file = minor_file(learner, guardian=("Parent@exemple.example", Relationship.PARENT))
    assert Guardianship.objects.get().invited_email == "parent@exemple.example"
    assert file.waiting_on == WaitingOn.GUARDIAN
    with pytest.raises(IncompleteFile, match="responsable légal"):
        confirm(file)

    signing = GuardianshipFactory(accepted=True, learner=file.enrolment.learner).guardian
    text = files.agreement_text(file)
    answer = files.answer_agreement(file, is_given=True, text=text, acting_user=signing)
    assert files.answer_agreement(file, is_given=True, text=text, acting_user=signing) == answer
    assert confirm(file).state == State.CONFIRMED
    assert answer.text == text


@pytest.mark.parametrize("who", ["stranger", "learner", "trusted adult", "former guardian"])
def test_only_who_signs_for_the_minor_agrees(learner, who):
    file = minor_file(learner)
    user = {"learner": learner}.get(who) or UserFactory()
    if who == "trusted adult":
        GuardianshipFactory(
            accepted=True, learner=file.enrolment.learner, guardian=user, relationship=Relationship.OTHER
        )
    if who == "former guardian":
        GuardianshipFactory(accepted=True, learner=file.enrolment.learner, guardian=user, ended_at=timezone.now())
    with pytest.raises(Refusal, match="Seul un responsable"):
        files.answer_agreement(file, is_given=True, text=files.agreement_text(file), acting_user=user)
    assert file.waiting_on == WaitingOn.GUARDIAN


def test_second_guardian_does_not_answer_otherwise(learner):
    file = minor_file(learner)
    first, second = UserFactory.create_batch(2)
    for user in (first, second):
        GuardianshipFactory(accepted=True, learner=file.enrolment.learner, guardian=user)
    text = files.agreement_text(file)
    with pytest.raises(MoveRefused, match="relisez"):
        files.answer_agreement(file, is_given=True, text="Autre texte", acting_user=first)
    files.answer_agreement(file, is_given=False, text=text, acting_user=first)
    with pytest.raises(MoveRefused, match="déjà répondu"):
        files.answer_agreement(file, is_given=True, text=text, acting_user=second)
    assert "Le responsable légal a refusé son accord." in texts(file)


def test_own_payment_is_due_after_the_withdrawal_period_and_no_more_than_thirty_percent(learner):
    file = ask(learner, price="990.00")
    assert texts(file) == []
    confirm(file)

    file = reload(file)
    first, second = file.payments
    assert (str(first.amount), str(second.amount)) == ("297.00", "693.00")
    assert first.due_on == file.withdrawal_until + timedelta(days=1)
    assert second.due_on > first.due_on
    with pytest.raises(MoveRefused, match="Rien n’est à payer"):
        payments.start_payment(first, means=Means.OFFLINE, acting_user=learner)


def test_regulated_schooling_is_paid_before_it_is_confirmed(learner, agent):
    file = ask(learner, price="200.00", perimeter=Perimeter.REGULATED)
    assert file.waiting_on == WaitingOn.PAYMENT
    with pytest.raises(IncompleteFile, match="200"):
        confirm(file)
    with pytest.raises(Refusal, match="référence"):
        payments.record_payment(file.payments[0], proof=" ", acting_user=agent)
    payments.record_payment(file.payments[0], proof="VIR 42", acting_user=agent)
    with pytest.raises(MoveRefused):
        payments.record_payment(file.payments[0], proof="VIR 42", acting_user=agent)

    assert confirm(file).state == State.CONFIRMED


@pytest.mark.parametrize(
    ("concluded", "until"),
    [
        (date(2026, 3, 2), date(2026, 3, 16)),
        (date(2026, 3, 6), date(2026, 3, 20)),
        (date(2026, 3, 7), date(2026, 3, 23)),  # a Saturday
        (date(2026, 4, 17), date(2026, 5, 4)),  # 1 May, then a week-end
    ],
)
def test_withdrawal_period_ends_on_a_working_day(concluded, until):
    assert payments.withdrawal_until(concluded) == until


def test_training_starts_after_the_period_once_what_is_due_is_paid(learner):
    file = ask(learner, price="990.00", at=timezone.now() - timedelta(days=25))
    confirm(file, at=timezone.now() - timedelta(days=20))
    with pytest.raises(MoveRefused, match="Un paiement"):
        enrolments.start_enrolment(file.enrolment, acting_user=None)
    with pytest.raises(MoveRefused, match="délai de rétractation"):
        enrolments.start_enrolment(file.enrolment, on=timezone.localdate() - timedelta(days=10), acting_user=None)
    payments.record_payment(reload(file).payments[0], proof="VIR 1", acting_user=None)

    assert enrolments.start_enrolment(file.enrolment, acting_user=None).state == State.ACTIVE


def test_withdrawal_calls_off_what_is_owed_and_refunds_what_is_paid(learner):
    file = ask(learner, price="200.00", perimeter=Perimeter.REGULATED)
    payments.record_payment(file.payments[0], proof="VIR 1", acting_user=None)
    enrolment = confirm(file)

    assert enrolments.withdraw_enrolment(enrolment, acting_user=learner).state == State.CANCELLED
    with pytest.raises(MoveRefused):
        enrolments.withdraw_enrolment(enrolment, acting_user=learner)
    file = reload(file)
    assert (file.payments[0].state, file.waiting_on) == (PaymentState.TO_REFUND, WaitingOn.STAFF)
    payments.record_refund(file.payments[0], acting_user=None)
    assert reload(file).waiting_on == WaitingOn.NOBODY


@time_machine.travel(datetime(2026, 11, 27, 15, 4, tzinfo=ZoneInfo("Europe/Paris")), tick=False)
def test_withdrawal_is_acknowledged_by_mail_with_what_was_declared_and_when(learner):
    choose_notifications(
        learner,
        channels=dict.fromkeys(NotificationTopic.values, NotificationChannel.NONE),
        quiet=(time(8), time(20), TimeZone.PARIS),
        acting_user=learner,
    )
    enrolment = confirm(ask(learner))

    enrolments.withdraw_enrolment(enrolment, acting_user=learner)

    mail = Mail.objects.get(kind="learners/email/withdrawal_received")
    assert (mail.to, mail.due_at <= timezone.now()) == (learner.email, True)
    for body in (mail.text, mail.html):
        assert "27 novembre 2026 à 15:04" in body
        assert f"Je renonce au contrat d’inscription à la formation « {enrolment.training.title} »" in body
        assert enrolment.learner.number in body


def test_withdrawal_for_a_minor_is_acknowledged_to_the_guardian_too(learner):
    file = minor_file(learner)
    guardian = GuardianshipFactory(accepted=True, learner=file.enrolment.learner).guardian
    files.answer_agreement(file, is_given=True, text=files.agreement_text(file), acting_user=guardian)
    enrolment = confirm(reload(file))

    enrolments.withdraw_enrolment(enrolment, acting_user=guardian)

    mails = {mail.to: mail.text for mail in Mail.objects.filter(kind="learners/email/withdrawal_received")}
    assert set(mails) == {learner.email, guardian.email}
    whose = f"{guardian.get_full_name()}, responsable légal "
    assert all(whose in text for text in mails.values())
    assert "/accord/" in mails[guardian.email]


def test_withdrawal_after_an_early_start_ends_the_training(learner):
    file = ask(learner, early_start=True)
    enrolment = enrolments.start_enrolment(confirm(file), acting_user=None)

    withdrawn = enrolments.withdraw_enrolment(enrolment, acting_user=learner)
    assert (withdrawn.state, withdrawn.abandon_reason) == (State.ABANDONED, "withdrawal")


def test_withdrawal_is_refused_once_the_period_is_over(learner):
    file = ask(learner, at=timezone.now() - timedelta(days=25))
    enrolment = confirm(file, at=timezone.now() - timedelta(days=20))
    with pytest.raises(MoveRefused, match="ne court pas"):
        enrolments.withdraw_enrolment(enrolment, acting_user=learner)
    enrolment.refresh_from_db()
    assert enrolment.state == State.CONFIRMED


def test_provider_that_calls_twice_pays_once(learner):
    file = ask(learner, price="200.00", perimeter=Perimeter.REGULATED)
    payment = file.payments[0]
    address = payments.start_payment(payment, means=Means.SANDBOX, acting_user=learner)
    assert payment.reference in address
    settle = {"means": Means.SANDBOX, "acting_user": None}
    assert payments.settle_payment(payment.reference, is_paid=False, **settle).state == PaymentState.FAILED
    for _ in range(2):
        assert payments.settle_payment(payment.reference, is_paid=True, **settle).state == PaymentState.PAID
    assert payments.settle_payment(payment.reference, is_paid=False, **settle).state == PaymentState.PAID
    assert Mail.objects.filter(text__contains="Votre paiement est reçu").count() == 1
    with pytest.raises(Refusal):
        payments.settle_payment("inconnue", is_paid=True, **settle)


def test_money_that_comes_after_the_request_was_called_off_goes_back(learner):
    file = ask(learner, price="200.00", perimeter=Perimeter.REGULATED)
    payments.start_payment(file.payments[0], means=Means.SANDBOX, acting_user=learner)
    enrolments.cancel_enrolment(file.enrolment, acting_user=learner)

    payments.settle_payment(file.payments[0].reference, means=Means.SANDBOX, is_paid=True, acting_user=None)
    assert reload(file).payments[0].state == PaymentState.TO_REFUND


def test_sandbox_is_not_offered_unless_it_is_enabled(learner, settings):
    settings.PAYMENT_SANDBOX = False
    file = ask(learner, price="200.00", perimeter=Perimeter.REGULATED)
    with pytest.raises(Refusal, match="proposé"):
        payments.start_payment(file.payments[0], means=Means.SANDBOX, acting_user=learner)
    assert payments.start_payment(file.payments[0], means=Means.OFFLINE, acting_user=learner)


def test_what_funders_do_not_grant_is_the_learners(learner, agent):
    file = ask(learner, price="990.00", fundings=[FundingKind.CPF, FundingKind.REGION])
    cpf, region = file.fundings.all()
    assert file.waiting_on == WaitingOn.STAFF
    with pytest.raises(Refusal, match="ne peut le dépasser"):
        payments.decide_funding(cpf, granted=True, amount=991, acting_user=agent)
    payments.decide_funding(cpf, granted=True, amount=600, reference="D-1", acting_user=agent)
    with pytest.raises(MoveRefused):
        payments.decide_funding(cpf, granted=False, acting_user=agent)
    payments.decide_funding(region, granted=False, acting_user=agent)

    own = FundingLine.objects.get(file=file, kind=FundingKind.SELF)
    assert own.amount == 390
    assert sum(payment.amount for payment in reload(file).payments) == 990


def test_organisation_bears_the_whole_price_and_no_period_runs(learner, agent):
    file = ask(learner, price="990.00", organisation=OrganisationFactory(), order_reference="BC-7")
    line = file.fundings.get()
    assert (line.kind, line.amount, line.reference) == (FundingKind.COMPANY, 990, "BC-7")
    enrolment = confirm(file)
    assert reload(file).withdrawal_until is None
    assert enrolments.start_enrolment(enrolment, acting_user=agent).state == State.ACTIVE


def test_quote_is_accepted_as_it_was_read(learner, agent):
    file = ask(learner)
    payments.quote_price(file, amount=500, acting_user=agent)
    with pytest.raises(IncompleteFile, match="devis"):
        confirm(file)
    with pytest.raises(MoveRefused, match="a changé"):
        payments.accept_price(file, amount=400, acting_user=learner)
    payments.accept_price(file, amount=500, acting_user=learner)
    with pytest.raises(MoveRefused):
        payments.accept_price(file, amount=500, acting_user=learner)
    with pytest.raises(MoveRefused, match="déjà accepté"):
        payments.quote_price(file, amount=900, acting_user=agent)
    assert confirm(file).state == State.CONFIRMED


def test_summary_says_the_price_the_payments_and_the_period(learner):
    file = ask(learner, price="990.00")
    confirm(file)

    from learners.domain.documents import summary_data

    enrolment = Enrolment.objects.select_related("learner__user", "training__unit", "session__action").get()
    data = summary_data(enrolment, timezone.localdate())
    assert data["price"] == "990.00"
    assert [item["amount"] for item in data["payments"]] == ["297.00", "693.00"]
    assert data["withdrawal_until"] == reload(file).withdrawal_until.isoformat()


def test_longest_summary_holds_on_one_page(learner):
    file = minor_file(learner, price="990.00", early_start=True)
    guardian = GuardianshipFactory(accepted=True, learner=file.enrolment.learner).guardian
    files.answer_agreement(file, is_given=True, text=files.agreement_text(file), acting_user=guardian)
    confirm(reload(file))

    summary = Document.objects.get(kind=DocumentKind.SUMMARY)
    assert documents.build_document(summary.pk)
    summary.refresh_from_db()
    assert summary.data["agreed_by"]
    assert summary.data["early_start"]
    with summary.file.open("rb") as content, pikepdf.open(content) as pdf:
        assert len(pdf.pages) == 1


def test_draft_is_kept_then_forgotten(learner):
    training, session = open_training()
    save = {"user": learner, "training": training, "acting_user": learner}
    first = drafts.save_draft(step="vous", values={"city": ["Poitiers"]}, **save)
    again = drafts.save_draft(step="vous", values={"city": ["Poitiers"]}, **save)
    other = drafts.save_draft(step="prix", values={"fundings": ["self"]}, **save)
    assert (first.version, again.version, other.version) == (1, 1, 2)
    assert other.data == {"vous": {"city": ["Poitiers"]}, "prix": {"fundings": ["self"]}}

    EnrolmentDraft.objects.update(updated_at=timezone.now() - timedelta(days=drafts.KEPT_DAYS + 1))
    assert (drafts.purge_drafts(), drafts.purge_drafts()) == (1, 0)
    enrolments.enrol(user=learner, training=training, session=session, acting_user=learner)
    assert drafts.save_draft(step="vous", values={"city": ["Tard"]}, **save) is None


def in_threads(*acts):
    """Run acts at the same moment, each on its own connection; what each returned or raised."""
    barrier, outcomes = Barrier(len(acts)), [None] * len(acts)

    def run(index, act):
        barrier.wait()
        try:
            outcomes[index] = act()
        except Refusal as refusal:
            outcomes[index] = refusal
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return outcomes


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_enrol_at_once_make_one_file():
    user = UserFactory()
    training, session = open_training()

    def act():
        return enrolments.enrol(user=user, training=training, session=session, acting_user=user)

    outcomes = in_threads(act, act)
    assert sorted(type(item) is AlreadyEnrolled for item in outcomes) == [False, True]
    assert Enrolment.objects.count() == EnrolmentFile.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_agents_that_decide_at_once_make_one_decision():
    file = ask(UserFactory(), admission=True, declared="Un diplôme.")
    agents = [UserFactory(), UserFactory()]
    outcomes = in_threads(
        *(
            lambda agent=agent: files.decide_prior_learning(
                file, decision=Decision.FAVOURABLE, reason="Vu.", acting_user=agent
            )
            for agent in agents
        )
    )
    assert sorted(isinstance(item, MoveRefused) for item in outcomes) == [False, True]


@pytest.mark.django_db(transaction=True)
def test_two_calls_of_a_provider_at_once_pay_once():
    user = UserFactory()
    file = ask(user, price="200.00", perimeter=Perimeter.REGULATED)
    payment = file.payments[0]
    payments.start_payment(payment, means=Means.SANDBOX, acting_user=user)

    def act():
        return payments.settle_payment(payment.reference, means=Means.SANDBOX, is_paid=True, acting_user=None)

    assert [item.state for item in in_threads(act, act)] == [PaymentState.PAID] * 2
    assert Payment.objects.get().proof == ""
    assert Mail.objects.filter(text__contains="Votre paiement est reçu").count() == 1
