"""Seats: opened by an accepted quote, taken with a code or by a file, agreed to by the person, given back."""

from collections import Counter

from django.db.models import Q
from django.utils import timezone

from cned_portal.common.verbs import verb
from learners.domain.documents import new_document_code
from learners.domain.enrolments import cancel_enrolment, enrol
from learners.domain.refusals import Refusal
from learners.enums import DIGITAL_MAJORITY
from learners.models import Guardianship, LearnerProfile, Seat, Voucher
from learners.models.people import born_to_be
from learners.validators import document_code

TRIES_PER_HOUR = 30  # of codes, by one person
UNKNOWN_CODE = "Aucun bon ne porte ce code. Vérifiez chaque caractère, ou demandez-le à votre organisation."
NO_SEAT = "Il ne reste plus de place sur ce bon."
_RELEASED_AT_ONCE = 1_000


def open_seats(quote):
    """A voucher for each line of a quote that has just been accepted."""
    Voucher.objects.bulk_create(
        Voucher(line=line, code=new_document_code(), seats=line.seats) for line in quote.lines.order_by("pk")
    )


def vouchers():
    """Vouchers with what pages show of them."""
    return Voucher.objects.select_related("line__session__action__training", "line__quote__organisation")


def find_voucher(code):
    """The voucher of a code as typed, or None."""
    code = document_code(code)
    return vouchers().filter(code=code, line__quote__organisation__is_active=True).first() if code else None


@verb
def use_voucher(voucher, *, acting_user):
    """Take a seat for oneself: the organisation pays for it and follows the enrolment.

    Raises Refusal when no seat is left or the session is closed, AlreadyEnrolled when the person is enrolled.
    """
    if not Voucher.objects.take(voucher.pk):
        raise Refusal(NO_SEAT)
    enrolment = enrol(
        user=acting_user,
        training=voucher.training,
        session=voucher.session,
        organisation=voucher.organisation,
        acting_user=acting_user,
    )
    Seat.objects.create(
        voucher=voucher,
        enrolment=enrolment,
        given_name=acting_user.get_full_name(),
        given_email=acting_user.email,
        agreed_at=timezone.now(),
    )
    return enrolment


def seats_of(user):
    """Seats that organisations gave to the person, or to the minors they sign for."""
    seats = Seat.objects.select_related("enrolment__learner__user", "enrolment__training", "enrolment__organisation")
    return seats.filter(enrolment__learner__in=_own_file(user).values("pk").union(_wards(user), all=True))


def seats_to_answer(user):
    """Those that wait for an answer."""
    return seats_of(user).to_answer()


def _own_file(user):
    """The person's own file, from 15: below, a guardian who signs answers alone."""
    young = Q(date_of_birth__gt=born_to_be(DIGITAL_MAJORITY, timezone.localdate()))
    return LearnerProfile.objects.filter(user=user).exclude(young)


def _wards(user):
    """Keys of the minors for whom the person signs."""
    return Guardianship.objects.signing().filter(guardian=user).values("learner")


@verb
def agree_to_seat(seat, *, acting_user, at=None):
    """The person takes the seat, and the organisation may follow the enrolment. Agreeing twice changes nothing."""
    Seat.objects.to_answer().filter(pk=seat.pk).update(agreed_at=at or timezone.now())


@verb
def decline_seat(seat, *, acting_user):
    """The person does not want it: the enrolment is cancelled, the seat is free again."""
    cancel_enrolment(seat.enrolment, acting_user=acting_user)
    release_seats(acting_user=acting_user)


@verb
def release_seats(*, acting_user=None, at=None):
    """Free the seats of cancelled enrolments; their number. Twice frees them once."""
    held = Seat.objects.to_release().select_for_update(skip_locked=True, of=("self",))
    seats = dict(held.order_by("voucher", "pk").values_list("pk", "voucher")[:_RELEASED_AT_ONCE])
    Seat.objects.filter(pk__in=seats).update(released_at=at or timezone.now())
    for voucher, number in Counter(seats.values()).items():
        Voucher.objects.give_back(voucher, number)
    return len(seats)
