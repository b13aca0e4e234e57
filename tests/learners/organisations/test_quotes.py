"""Quotes: asked for, drafted, sent and frozen, accepted by a signature or a purchase order; seats never oversold."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.outbox.models import Mail
from cned_portal.users.enums import Role
from learners.domain.enrolments import cancel_enrolment
from learners.domain.organisations.quotes import (
    add_quote_line,
    build_quote_document,
    cancel_quote,
    expire_quotes,
    order_quote,
    refuse_quote,
    request_quote,
    send_quote,
    set_quote_terms,
    sign_quote,
)
from learners.domain.organisations.seats import agree_to_seat, release_seats, seats_to_answer, use_voucher
from learners.domain.refusals import AlreadyEnrolled, MoveRefused, Refusal
from learners.enums import MemberRole, QuoteState
from learners.models import Enrolment, Quote, QuoteDocument, QuoteLine, Seat, Voucher
from tests.learners.factories import OrganisationFactory, QuoteFactory, member_of, open_training, voucher_for
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 fictif"


@pytest.fixture
def organisation():
    return OrganisationFactory(name="Société Exemple Services")


@pytest.fixture
def sent(organisation):
    return send_quote(QuoteFactory(organisation=organisation), acting_user=None)


def test_request_becomes_a_quote_then_seats(organisation):
    member = member_of(organisation, MemberRole.CONTACT)
    _, session = open_training(title="Bureautique")
    quote = request_quote(organisation, request="Trois personnes à former", acting_user=member)
    add_quote_line(quote, session=session, seats=3, unit_price=Decimal("89.50"), acting_user=None)
    send_quote(quote, acting_user=None)

    quote.refresh_from_db()
    assert quote.content["total"] == "268.50"
    assert quote.content["lines"][0]["training"] == "Bureautique"
    assert member.email == Mail.objects.get(kind="learners/email/quote_sent").to

    sign_quote(quote, name="Dominique Exemple", position="Directrice", acting_user=member)

    quote.refresh_from_db()
    assert "Dominique Exemple, Directrice, accepte au nom de Société Exemple Services" in quote.signed_text
    assert "268,50\xa0€" in quote.signed_text
    assert Voucher.objects.get(line__quote=quote).free == 3


def test_tax_is_counted_once_on_the_whole(organisation):
    quote = QuoteFactory(organisation=organisation, lines=[(open_training()[1], 3, Decimal("33.33"))])
    set_quote_terms(quote, valid_until=timezone.localdate(), vat_rate=Decimal("20"), vat_mention="", acting_user=None)
    content = send_quote(quote, acting_user=None).content
    assert (content["net"], content["vat"], content["total"]) == ("99.99", "20.00", "119.99")


def test_quote_that_was_sent_is_frozen(sent):
    with pytest.raises(MoveRefused, match="ne change plus"):
        add_quote_line(sent, session=open_training()[1], seats=1, unit_price=1, acting_user=None)
    for change in (
        lambda: Quote.objects.filter(pk=sent.pk).update(content={"total": "0.00"}),
        lambda: QuoteLine.objects.filter(quote=sent).update(unit_price=0),
        lambda: QuoteLine.objects.filter(quote=sent).delete(),
        lambda: Quote.objects.filter(pk=sent.pk).update(state=QuoteState.DRAFT),
    ):
        with pytest.raises(Exception, match=r"frozen|Invalid transition"), transaction.atomic():
            change()


@pytest.mark.parametrize("end", [refuse_quote, cancel_quote])
def test_closed_quote_opens_no_seat(sent, end):
    end(sent, reason="Trop tard", acting_user=None)
    with pytest.raises(MoveRefused):
        sign_quote(sent, name="Dominique Exemple", position="Directrice", acting_user=None)
    assert not Voucher.objects.exists()


def test_quote_out_of_date_is_not_accepted_and_expires(sent):
    late = timezone.now() + timedelta(days=31)
    with pytest.raises(MoveRefused, match="plus valable"):
        sign_quote(sent, name="Dominique Exemple", position="Directrice", acting_user=None, at=late)
    assert expire_quotes(at=late) == 1
    assert expire_quotes(at=late) == 0
    sent.refresh_from_db()
    assert sent.state == QuoteState.EXPIRED


def test_purchase_order_is_judged_by_its_content(sent):
    values = {"number": "BC-2026-12", "acting_user": None}
    with pytest.raises(Refusal, match="n’est pas"):
        order_quote(sent, file_name="bon.pdf", content=b"MZ\x90\0", **values)
    assert not Voucher.objects.exists()
    order_quote(sent, file_name="bon.pdf", content=PDF, **values)
    assert sent.files.get().extension == "pdf"
    assert Voucher.objects.get().seats == 3
    with pytest.raises(MoveRefused):
        order_quote(sent, file_name="bon.pdf", content=PDF, **values)
    assert Voucher.objects.count() == 1


def test_empty_quote_is_not_sent(organisation):
    quote = QuoteFactory(organisation=organisation)
    quote.lines.all().delete()
    with pytest.raises(Refusal, match="au moins une ligne"):
        send_quote(quote, acting_user=None)


def test_pdf_is_made_once_and_tagged(sent):
    document = QuoteDocument.objects.get(quote=sent)
    assert build_quote_document(document.pk)
    assert not build_quote_document(document.pk)
    document.refresh_from_db()
    with document.file.open("rb") as file, pikepdf.open(file) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert pdf.docinfo["/Title"] == f"Devis {sent.reference}"


def test_code_takes_one_seat_for_oneself(organisation):
    voucher = voucher_for(organisation, seats=1)
    first, second = UserFactory(), UserFactory()
    enrolment = use_voucher(voucher, acting_user=first)
    assert enrolment.organisation == organisation
    with pytest.raises(Refusal, match="plus de place"):
        use_voucher(voucher, acting_user=second)
    assert not Enrolment.objects.filter(learner__user=second).exists()
    cancel_enrolment(enrolment, acting_user=None)
    assert (release_seats(), release_seats()) == (1, 0)
    use_voucher(voucher, acting_user=second)


def test_person_enrolled_already_keeps_the_seat_free(organisation):
    voucher, user = voucher_for(organisation), UserFactory()
    use_voucher(voucher, acting_user=user)
    with pytest.raises(AlreadyEnrolled):
        use_voucher(voucher, acting_user=user)
    voucher.refresh_from_db()
    assert voucher.used == 1


def test_database_refuses_one_seat_too_many(organisation):
    voucher = voucher_for(organisation, seats=1)
    with pytest.raises(IntegrityError, match="voucher_never_oversold"), transaction.atomic():
        Voucher.objects.filter(pk=voucher.pk).update(used=2)


@pytest.mark.django_db(transaction=True)
def test_seats_are_never_oversold_under_a_rush(organisation):
    voucher = voucher_for(organisation, seats=3)
    people = UserFactory.create_batch(8)

    def take(user):
        try:
            return use_voucher(voucher, acting_user=user)
        except Refusal:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        taken = [enrolment for enrolment in threads.map(take, people) if enrolment]

    voucher.refresh_from_db()
    assert (len(taken), voucher.used, Seat.objects.count(), Enrolment.objects.count()) == (3, 3, 3, 3)


def test_member_signs_on_the_page_and_a_reader_does_not(sent, organisation, client):
    address = sent.get_absolute_url()
    signature = {"act": "sign", "sign-name": "Dominique Exemple", "sign-position": "Directrice", "sign-agreed": "on"}
    client.force_login(member_of(organisation, MemberRole.READER))
    assert "Signer le devis" not in client.get(address).content.decode()
    assert client.post(address, signature).status_code == 404
    client.force_login(member_of(organisation, MemberRole.CONTACT))
    assert "Cochez la case" in client.post(address, {**signature, "sign-agreed": ""}).content.decode()
    assert client.post(address, signature).status_code == 302
    sent.refresh_from_db()
    assert sent.state == QuoteState.ACCEPTED
    assert client.post(address, signature).status_code == 200  # said on the page: it is accepted already
    client.force_login(member_of(OrganisationFactory()))
    assert client.get(address).status_code == 404


def test_member_sends_a_purchase_order_on_the_page(sent, organisation, client):
    client.force_login(member_of(organisation))
    wrong = {"act": "order", "order-number": "BC 12", "order-file": SimpleUploadedFile("bon.pdf", b"MZ\x90\0")}
    page = client.post(sent.get_absolute_url(), wrong).content.decode()
    assert re.search(r'id="id_order-file[^"]*error"[^>]*>\s*(<[^>]+>\s*)*Le contenu de ce fichier', page)
    assert 'value="BC 12"' in page
    file = SimpleUploadedFile("bon.pdf", PDF)
    client.post(sent.get_absolute_url(), {"act": "order", "order-number": "BC 12", "order-file": file})
    sent.refresh_from_db()
    assert (sent.state, sent.order_number) == (QuoteState.ACCEPTED, "BC 12")
    paper = organisation.files.get()
    address = reverse("learners:organisation_paper", kwargs={"organisation": organisation.pk, "pk": paper.pk})
    response = client.get(address)
    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Disposition"].startswith("attachment")


def test_code_is_typed_and_confirmed_on_the_page(organisation, learner, client):
    voucher = voucher_for(organisation)
    client.force_login(learner)
    address = reverse("learners:voucher")
    assert "Aucun bon ne porte ce code" in client.post(address, {"code": "0A1B-2C3D-4E5F-6G7H"}).content.decode()
    shown = client.post(address, {"code": voucher.printed_code}).content.decode()
    assert organisation.name in shown
    assert not Enrolment.objects.exists()
    client.post(address, {"code": voucher.printed_code, "take": "1"})
    seat = Seat.objects.get()
    assert seat.agreed_at
    assert not seats_to_answer(learner).exists()
    agree_to_seat(seat, acting_user=learner)  # again: nothing changes


def test_desk_drafts_and_sends(organisation, staff, client):
    _, session = open_training(title="CAP Fictif")
    client.force_login(staff(Role.ESTABLISHMENT_DESK))
    client.post(reverse("admin:learners_quote_new", args=[organisation.pk]))
    quote = Quote.objects.get()
    address = quote.desk_url
    assert client.post(address, {"act": "send"}).status_code == 409
    assert "CAP Fictif" in client.get(address, {"q": "cap"}).content.decode()
    line = {"act": "line", "session": session.pk, "seats": "2", "unit_price": "1 234,50 €"}
    assert client.post(f"{address}?q=cap", {**line, "seats": "0"}).status_code == 200
    client.post(f"{address}?q=cap", line)
    client.post(address, {"act": "send"})
    quote.refresh_from_db()
    assert (quote.state, quote.content["total"]) == (QuoteState.SENT, "2469.00")
    client.force_login(staff(Role.CRC_AGENT))
    assert client.get(address).status_code == 403


def test_lists_of_quotes_cost_the_same_with_one_and_three(organisation, staff, client, django_assert_max_num_queries):
    desk, member = staff(Role.ESTABLISHMENT_DESK), member_of(organisation)
    addresses = {
        desk: reverse("admin:learners_quotes"),
        member: reverse("learners:organisation_quotes", kwargs={"organisation": organisation.pk}),
    }
    counts = {}
    for _ in range(3):
        send_quote(QuoteFactory(organisation=organisation), acting_user=None)
        for user, address in addresses.items():
            client.force_login(user)
            client.get(address)
            with django_assert_max_num_queries(30) as queries:
                client.get(address)
            counts.setdefault(user, []).append(len(queries))
    assert all(len(set(found)) == 1 for found in counts.values()), counts
