"""A group enrolment of ten thousand people: checked, then written, by one worker."""

import time
from decimal import Decimal

from catalogue.models import Training
from cned_portal.common.spreadsheets import csv_text
from cned_portal.demo.organisations import HEADER
from learners.domain.enrolments import open_sessions
from learners.domain.organisations import groups, quotes
from learners.domain.organisations.seats import vouchers
from learners.enums import GroupMode
from learners.models import Organisation

SECONDS = 30


def people_enrolled(number=10_000):
    """Seconds to check a list, to enrol its people, and to see that the same list again enrols nobody."""
    mark = time.time_ns()
    rows = ([f"Exemple{rank}", f"Prénom{rank}", f"g{mark}-{rank}@exemple.example"] for rank in range(number))
    content = csv_text(HEADER, rows).encode()
    voucher = _seats(number)
    checked, run = _timed(voucher, content)
    groups.accept_group(run, mode=GroupMode.ALL, acting_user=None)
    started, worked = time.perf_counter(), time.process_time()
    groups.process_group(run.pk)
    written, worked = time.perf_counter() - started, time.process_time() - worked
    again, twin = _timed(voucher, content)
    run.refresh_from_db()
    done = (run.created_count, twin.unchanged_count) == (number, number)
    verdict = "oui" if done and checked + written <= SECONDS else "NON"
    return (
        f"liste de {number} personnes : vérifiée en {checked:.1f} s, inscrite en {written:.1f} s "
        f"({worked:.1f} s de processeur), revérifiée en {again:.1f} s, {verdict} (≤ {SECONDS} s en tout)"
    )


def _timed(voucher, content):
    run = groups.request_group(voucher, name="liste.csv", content=content, acting_user=None)
    started = time.perf_counter()
    groups.process_group(run.pk)
    run.refresh_from_db()
    return time.perf_counter() - started, run


def _seats(number):
    training = Training.objects.with_enrolment_open().filter(enrolment_open=True, state="published").first()
    quote = quotes.draft_quote(Organisation.objects.order_by("pk").first(), acting_user=None)
    quotes.add_quote_line(
        quote, session=open_sessions(training).first(), seats=number, unit_price=Decimal(10), acting_user=None
    )
    quotes.send_quote(quote, acting_user=None)
    quotes.sign_quote(quote, name="Dominique Exemple", position="Directrice", acting_user=None)
    return vouchers().get(line__quote=quote)
