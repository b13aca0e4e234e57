"""Rights over what the enrolment files, the follow-up and the organisations hold of a person."""

import io
import json
import zipfile
from datetime import timedelta
from decimal import Decimal

import pytest
from allauth.account.models import EmailAddress
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cned_portal.common.outbox.models import Mail
from learners.domain.duplicates import merge_learners
from learners.domain.privacy import own
from learners.domain.privacy.retention import apply_retention, due
from learners.domain.privacy.rules import load_learner_retention_rules
from learners.enums import (
    ActivityKind,
    CampaignState,
    ContactKind,
    ContactSide,
    CopyState,
    Decision,
    FundingKind,
    GroupOutcome,
    Means,
    MemberRole,
    PaymentState,
    PieceState,
    ScanState,
    SignalEnd,
)
from learners.models import (
    Activity,
    CalendarFeed,
    CampaignRecipient,
    Contact,
    Copy,
    CopyFile,
    Correction,
    CorrectionFile,
    EnrolmentDraft,
    EnrolmentProgress,
    FundingLine,
    GroupEnrolment,
    GroupLine,
    GuardianAgreement,
    MailOptOut,
    MemberInvitation,
    NotificationChoice,
    OrganisationContact,
    OrganisationMember,
    Payment,
    Piece,
    Positioning,
    PriorLearning,
    QuietHours,
    SafeguardingReport,
    Seat,
    TutorAssignment,
)
from tests.catalogue.factories import TrainingFactory
from tests.learners.factories import (
    CampaignFactory,
    ContactFactory,
    CopyFactory,
    CorrectionFactory,
    DevoirFactory,
    EnrolmentFactory,
    EnrolmentFileFactory,
    LearnerProfileFactory,
    ModuleFactory,
    OrganisationFactory,
    PushDeviceFactory,
    SafeguardingReportFactory,
    SignalFactory,
    open_training,
    voucher_for,
)
from tests.learners.privacy.test_rights import SECRET, closed, later, traces
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db
NAME, EMAIL = "Zénobie Introuvable", "zenobie@exemple.example"
WORDS = ["Zénobi", "Introuvable", "zenobie@", SECRET]
STORED = {"name": f"{NAME}.pdf", "content_type": "application/pdf", "size": 9, "sha256": "b" * 64}


@pytest.fixture
def enrolment(db):
    """An enrolment that is over, of a person who left traces in every table."""
    user = UserFactory(first_name="Zénobie", last_name="Introuvable", email=EMAIL)
    EmailAddress.objects.create(user=user, email=EMAIL, verified=True, primary=True)
    organisation = OrganisationFactory()
    training, session = open_training()
    enrolment = EnrolmentFactory(
        learner=LearnerProfileFactory(user=user),
        training=training,
        session=session,
        organisation=organisation,
        state="cancelled",
        cancelled_at=timezone.now(),
    )
    _fill_file(enrolment, user)
    _fill_follow_up(enrolment, user)
    _fill_organisations(enrolment, user, organisation)
    SafeguardingReportFactory(reporter=user, facts="Registre à part, pangolin.")
    return enrolment


def _fill_file(enrolment, user):
    now = timezone.now()
    EnrolmentDraft.objects.create(user=user, training=TrainingFactory(published=True), data={"mot": [SECRET]})
    file = EnrolmentFileFactory(enrolment=enrolment, price=Decimal("89.50"))
    decided = {"decision": Decision.FAVOURABLE, "decided_at": now, "reason": f"{NAME} convient."}
    Positioning.objects.create(file=file, answers=[{"question": "Q", "note": SECRET}], percent=60, **decided)
    PriorLearning.objects.create(file=file, prerequisites="Bac", declared=f"Mon {SECRET}", **decided)
    GuardianAgreement.objects.create(file=file, given_by=user, is_given=True, text=f"Responsable de {NAME}")
    seen = {"file": file, "provided_at": now, "checked_at": now}
    piece = Piece(
        label="Pièce d’identité", why="Pour l’examen.", state=PieceState.ACCEPTED, sha256="a" * 64, is_safe=True, **seen
    )
    piece.name = f"{NAME}.pdf"
    piece.content.save("piece.pdf", ContentFile(b"%PDF piece"))
    reason = f"Ce n’est pas le nom de {NAME}"
    Piece.objects.create(label="Diplôme", why="Pour l’accès.", state=PieceState.REFUSED, reason=reason, **seen)
    funding = FundingLine.objects.create(file=file, kind=FundingKind.SELF, reference=f"BC {NAME}")
    paid = {"amount": Decimal("40.00"), "state": PaymentState.PAID, "means": Means.OFFLINE, "paid_at": now}
    Payment.objects.create(funding=funding, rank=1, reference="r1", proof="VIR ZENOBIE INTROUVABLE", **paid)
    Payment.objects.create(funding=funding, rank=2, reference="r2", proof="RELEVE-2026-77", **paid)


def _fill_follow_up(enrolment, user):
    now = timezone.now()
    module = ModuleFactory(training=enrolment.training)
    devoir = DevoirFactory(module=module)
    copy = CopyFactory(enrolment=enrolment, devoir=devoir, state=CopyState.MARKED, comment=f"Mon {SECRET}")
    CopyFile(copy=copy, scan=ScanState.CLEAN, **STORED).file.save("copie.pdf", ContentFile(b"%PDF copie"))
    marker = UserFactory(first_name="Correcteur", last_name="Tenusecret")
    correction = CorrectionFactory(
        copy=copy, marker=marker, marked_at=now, grade="12.50", feedback=f"{NAME}, beau {SECRET}"
    )
    returned = CorrectionFile(correction=correction, scan=ScanState.CLEAN, **STORED)
    returned.file.save("corrigee.pdf", ContentFile(b"%PDF corrigee"))
    Activity.objects.create(enrolment=enrolment, module=module, kind=ActivityKind.values[0], minutes=30)
    EnrolmentProgress.objects.create(enrolment=enrolment, last_activity_at=now, percent=10, minutes=30)
    ContactFactory(enrolment=enrolment, kind=ContactKind.CALL, note=f"Note sur {NAME}", answer=f"Mon {SECRET}")
    SignalFactory(enrolment=enrolment, closed_at=now, end=SignalEnd.ENROLMENT_OVER)
    TutorAssignment.objects.create(enrolment=enrolment, tutor=marker, ended_at=later(seconds=1))
    CalendarFeed.objects.create(user=user)


def _fill_organisations(enrolment, user, organisation):
    voucher = voucher_for(organisation, session=enrolment.session)
    group = GroupEnrolment.objects.create(
        voucher=voucher, organisation=organisation, file="groups/x.csv", file_name="liste.csv"
    )
    people = [("Introuvable", "Zénobie", EMAIL.capitalize()), ("Voisin", "", "voisin@exemple.example")]
    for line, (last_name, first_name, email) in enumerate(people, 2):
        cells = {"nom": last_name, "prénom": first_name, "adresse électronique": email}
        GroupLine.objects.create(run=group, line=line, outcome=GroupOutcome.CREATED, cells=cells)
    Seat.objects.create(voucher=voucher, enrolment=enrolment, given_name=NAME, given_email=EMAIL)
    MemberInvitation.objects.create(
        organisation=organisation, email=EMAIL.capitalize(), token_hash="f" * 64, expires_at=later(days=3)
    )
    OrganisationMember.objects.create(organisation=OrganisationFactory(), user=user)
    OrganisationContact.objects.create(
        organisation=organisation, side=ContactSide.ORGANISATION, name=NAME, email=EMAIL, phone="01", subject="Tout"
    )
    campaign = CampaignFactory(state=CampaignState.SENDING, sent_at=timezone.now())
    CampaignRecipient.objects.create(campaign=campaign, email=EMAIL, organisation=organisation)
    MailOptOut.objects.create(email=EMAIL)


def copy_of(user):
    """What the copy tells, and the files joined to it."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        held = own.read(user, archive)
    with zipfile.ZipFile(made) as archive:
        return held, {name: archive.read(name) for name in archive.namelist()}


def test_copy_tells_studies_and_organisations_with_the_files(enrolment):
    Piece.objects.create(file=EnrolmentFileFactory(), label="Pièce d’une autre personne", why="x")
    held, files = copy_of(enrolment.learner.user)

    (file,) = held["dossiers_d_inscription"]
    assert file["inscription"] == enrolment.pk
    assert file["financements"][0]["echeances"][1]["preuve"] == "RELEVE-2026-77"
    assert files[file["pieces"][0]["fichier"]] == b"%PDF piece"
    (copy,) = held["copies"]
    assert files[copy["fichiers"][0]["fichier"]] == b"%PDF copie"
    assert files[copy["correction"]["fichiers"][0]["fichier"]] == b"%PDF corrigee"
    assert copy["correction"]["appreciation"] == f"{NAME}, beau {SECRET}"
    for section in (
        "demandes_commencees",
        "activites",
        "avancement",
        "contacts_de_suivi",
        "signaux_de_suivi",
        "suivis_par_un_tuteur",
        "adresse_privee_de_calendrier",
        "places_d_organisations",
        "lignes_d_inscriptions_groupees",
        "organisations_representees",
        "invitations_d_organisations",
        "contact_nomme_d_organisations",
        "messages_de_campagnes",
        "refus_des_messages",
    ):
        assert len(held[section]) == 1, section
    text = json.dumps(held, default=str, ensure_ascii=False)
    for hidden in ("Tenusecret", "Voisin", "autre personne", "pangolin", "Note sur"):
        assert hidden not in text


def test_copy_says_nothing_of_an_address_that_is_not_proved(enrolment):
    EmailAddress.objects.update(verified=False)
    held, _ = copy_of(enrolment.learner.user)
    for section in ("lignes_d_inscriptions_groupees", "contact_nomme_d_organisations", "messages_de_campagnes"):
        assert held[section] == [], section


def test_marking_not_given_back_and_unread_file_stay_closed_in_the_copy(enrolment):
    Correction.objects.update(marked_at=None, grade=None, feedback="")
    CopyFile.objects.update(scan=ScanState.PENDING)
    held, files = copy_of(enrolment.learner.user)
    assert held["copies"][0]["correction"] is None
    assert held["copies"][0]["fichiers"][0]["fichier"] is None
    assert [name.partition("/")[0] for name in files] == ["pieces"]


def test_copy_asks_as_many_queries_for_three_files_and_homeworks_as_for_one(enrolment):
    def queries():
        with CaptureQueriesContext(connection) as seen:
            copy_of(enrolment.learner.user)
        return len(seen)

    one = queries()
    for _ in range(2):
        CorrectionFactory(copy=CopyFactory(enrolment=enrolment, state=CopyState.TAKEN))
        over = EnrolmentFactory(learner=enrolment.learner, state="cancelled", cancelled_at=timezone.now())
        Piece.objects.create(file=EnrolmentFileFactory(enrolment=over), label="Pièce", why="x")
    assert queries() == one


def test_closed_account_is_erased_from_its_studies_but_for_dates_and_figures(
    enrolment, django_capture_on_commit_callbacks
):
    kept = [CopyFile.objects.get().file, CorrectionFile.objects.get().file]
    kept.append(Piece.objects.exclude(content="").get().content)
    Contact.objects.update(note=f"Autre note sur {NAME}")  # the history keeps both
    Copy.objects.update(comment=f"Un autre {SECRET}")
    with django_capture_on_commit_callbacks(execute=True):
        assert closed(enrolment.learner) == 1

    Mail.objects.filter(key__startswith="learners.closure_done").delete()
    assert traces(WORDS) == set()
    assert not any(file.storage.exists(file.name) for file in kept)
    assert set(Piece.objects.values_list("state", flat=True)) == {PieceState.ACCEPTED, PieceState.REFUSED}
    assert Positioning.objects.get().percent == 60
    assert Correction.objects.get().grade == Decimal("12.50")
    assert EnrolmentProgress.objects.get().minutes == Activity.objects.get().minutes == 30
    assert Seat.objects.get().enrolment == enrolment
    payments = Payment.objects.order_by("rank").values_list("amount", "proof")
    assert list(payments) == [(Decimal("40.00"), "[texte effacé]"), (Decimal("40.00"), "RELEVE-2026-77")]
    assert MemberInvitation.objects.get().revoked_at
    assert not MailOptOut.objects.exists()
    assert [line.person for line in GroupLine.objects.order_by("line")] == ["Sans nom", "Voisin"]
    assert SafeguardingReport.objects.get().facts == "Registre à part, pangolin."


def test_merge_moves_what_the_account_holds_and_settles_what_both_have(agent):
    loser, winner = LearnerProfileFactory(), LearnerProfileFactory()
    both, only, followed = (TrainingFactory(published=True) for _ in range(3))
    for training in (both, only, followed):
        EnrolmentDraft.objects.create(user=loser.user, training=training, data={"de": "loser"})
    EnrolmentDraft.objects.create(user=winner.user, training=both, data={"de": "winner"})
    EnrolmentFactory(learner=winner, training=followed)
    feed = CalendarFeed.objects.create(user=loser.user)
    device = PushDeviceFactory(user=loser.user)
    for topic, account, channel in (("a", loser, "mail"), ("b", loser, "mail"), ("a", winner, "none")):
        NotificationChoice.objects.create(user=account.user, topic=topic, channel=channel)
    for account, starts_at in ((loser, "22:00"), (winner, "21:00")):
        QuietHours.objects.create(user=account.user, starts_at=starts_at, ends_at="07:00")
    shared, other = OrganisationFactory(), OrganisationFactory()
    OrganisationMember.objects.create(organisation=shared, user=loser.user, role=MemberRole.MANAGER)
    OrganisationMember.objects.create(organisation=shared, user=winner.user, role=MemberRole.READER)
    OrganisationMember.objects.create(organisation=other, user=loser.user)
    EmailAddress.objects.create(user=loser.user, email=loser.user.email, verified=True, primary=True)
    MailOptOut.objects.create(email=loser.user.email.lower())
    voucher = voucher_for(shared)
    held = EnrolmentFactory(learner=loser, training=voucher.training, session=voucher.session)
    seat = Seat.objects.create(voucher=voucher, enrolment=held, given_name="X", given_email="x@exemple.example")

    merge_learners(loser, winner, acting_user=agent)

    drafts = {item.training: item.data["de"] for item in EnrolmentDraft.objects.select_related("training")}
    assert drafts == {both: "winner", only: "loser"}
    for row in (feed, device):
        row.refresh_from_db()
        assert row.user == winner.user
    assert set(winner.user.notification_choices.values_list("topic", "channel")) == {("a", "none"), ("b", "mail")}
    assert f"{QuietHours.objects.get(user=winner.user).starts_at:%H:%M}" == "21:00"
    roles = winner.user.organisation_memberships.values_list("organisation", "role")
    assert set(roles) == {(shared.pk, MemberRole.MANAGER), (other.pk, MemberRole.CONTACT)}
    assert not loser.user.organisation_memberships.exists()
    assert MailOptOut.objects.filter(email=winner.user.email.lower()).exists()
    seat.refresh_from_db()
    assert seat.enrolment.learner == winner


def test_merge_keeps_the_calendar_of_the_account_that_stays(agent):
    loser, winner = LearnerProfileFactory(), LearnerProfileFactory()
    CalendarFeed.objects.create(user=loser.user)
    kept = CalendarFeed.objects.create(user=winner.user)
    merge_learners(loser, winner, acting_user=agent)
    assert CalendarFeed.objects.get() == kept


def test_retention_erases_pieces_copies_journal_and_notes_long_after_the_end(
    enrolment, django_capture_on_commit_callbacks
):
    load_learner_retention_rules()
    piece = Piece.objects.exclude(content="").get().content
    assert apply_retention()
    assert piece.storage.exists(piece.name)
    assert Activity.objects.exists()
    assert CopyFile.objects.exists()
    assert Contact.objects.exclude(note="").exists()

    long_after = timezone.now() + timedelta(days=3 * 365)
    with django_capture_on_commit_callbacks(execute=True), pytest.MonkeyPatch.context() as patch:
        patch.setattr("learners.domain.privacy.retention.timezone.now", lambda: long_after)
        assert apply_retention()
    assert not piece.storage.exists(piece.name)
    assert not CopyFile.objects.exists()
    assert not CorrectionFile.objects.exists()
    assert not Activity.objects.exists()
    assert EnrolmentProgress.objects.get().minutes == 30
    assert Correction.objects.get().grade == Decimal("12.50")
    left = {table for table, _ in traces([SECRET, NAME])}
    assert not left & {f"learners_{name}" for name in ("copy", "correction", "contact", "piece")}
    assert not left & {f"learners_{name}event" for name in ("copy", "correction", "contact", "piece")}
    for subject in ("pieces", "copies", "activities", "contacts"):
        assert not due(subject, long_after).exists(), subject  # twice finds nothing
