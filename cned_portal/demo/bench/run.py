"""Start the services and the server, drive each scenario and its floor, print the table."""

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.client import HTTPConnection

from cned_portal.embedded.services import FOLDER, Services

WARM_UP, CLIENTS, MAILS_A_SECOND, SUBMISSION_MS = 20, 2, 100, 100
HEADER = ("page", "volume", "SQL", "ko", "médiane", "p95", "req/s", "socle", "rapport", "seuil")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=10**9, help="pas de volume au-dessus de ce nombre")
    parser.add_argument("--only", default="", help="seulement les pages dont le nom contient ce texte")
    parser.add_argument(
        "--keep", action="store_true", help="repartir des données de la dernière mesure, au plus grand volume"
    )
    options = parser.parse_args()
    largest = options.largest
    if not options.keep:  # volumes are added to what is there: measure them from nothing
        shutil.rmtree(FOLDER / "bench", ignore_errors=True)
    with Services(FOLDER / "bench") as services:
        os.environ.update(services.environment())
        os.environ["DJANGO_SETTINGS_MODULE"] = "cned_portal.settings.bench"
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        call_command("load_demo", verbosity=0)
        from cned_portal.demo import scale
        from cned_portal.demo.bench.scenarios import SCENARIOS

        scenarios = [scenario for scenario in SCENARIOS if options.only in scenario.label]
        rows = [HEADER]
        print(_line(HEADER), flush=True)  # noqa: T201
        for volume in dict.fromkeys(scenario.volume for scenario in scenarios):
            name, numbers = volume
            numbers = [number for number in numbers if number <= largest]
            for number in numbers[-1:] if options.keep else numbers:
                scale.load({name: number}, lambda text: None)
                with server() as port:
                    for scenario in (one for one in scenarios if one.volume == volume):
                        rows.append(measured(scenario, number, port, is_last=number == numbers[-1]))
                        print(_line(rows[-1]), flush=True)  # noqa: T201
        said = []
        if options.only in "courriels":
            said.append(mails_read())
        if options.only in "dépôt":
            said.append(requests_received())
        if options.only in "liste à inscrire":
            from cned_portal.demo.bench.groups import people_enrolled

            said.append(people_enrolled())
        print(*said, sep="\n")  # noqa: T201
    return 1 if any("NON" in text for text in [*(row[-1] for row in rows), *said]) else 0


def mails_read(number=500):
    """Mails that one worker reads in a second: parsed, classified, routed, written, acknowledged."""
    from crc.domain.mail.ingestion import ingest_waiting, keep_mail
    from crc.models import Mailbox

    mailbox = Mailbox.objects.order_by("pk").first()
    for rank in range(number):
        head = f"From: Personne {rank} <p{rank}@exemple.example>\r\nSubject: Mon devoir {rank}\r\n"
        head += f"Message-ID: <bench-{time.time_ns()}-{rank}@exemple.example>\r\n\r\n"
        keep_mail(mailbox, f"{head}Bonjour, quand rendre le devoir ?\r\n".encode())
    started = time.perf_counter()
    read = ingest_waiting(most=number)
    rate = read / (time.perf_counter() - started)
    verdict = "oui" if rate >= MAILS_A_SECOND else "NON"
    return f"courriels lus par un ouvrier : {rate:.0f} par seconde, {verdict} (≥ {MAILS_A_SECOND})"


def requests_received(number=200):
    """Time of a submission: routed, promised, written, its words learnt, its acknowledgement queued."""
    from crc.domain.tickets import receive_request
    from crc.enums import Public
    from crc.models import Topic

    topic, times = Topic.objects.order_by("pk").first(), []
    for rank in range(number):
        started = time.perf_counter()
        receive_request(
            public=Public.ADULT,
            topic=topic,
            subject="Mon devoir",
            body="Bonjour, quand rendre mon devoir ? " * 20,
            requester_name="Personne Fictive",
            requester_email=f"depot{rank}@exemple.example",
            acting_user=None,
        )
        times.append(1000 * (time.perf_counter() - started))
    median = statistics.median(times)
    verdict = "oui" if median < SUBMISSION_MS else "NON"
    return f"dépôt d’une demande, accusé mis en file : médiane {median:.0f} ms, {verdict} (< {SUBMISSION_MS} ms)"


@contextmanager
def server():
    """The portal under granian as in production: two processes of four threads. Gives its port once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "cned_portal.wsgi:application", "--interface", "wsgi"]
    process = subprocess.Popen(  # noqa: S603  our own server
        [*command, "--host", "127.0.0.1", "--port", str(port), "--workers", "2", "--blocking-threads", "4"],
        env={**os.environ, "PORTAL_PROCESS": "web"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(200):
            try:
                _get(HTTPConnection("127.0.0.1", port, timeout=5), "/healthz", {})
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


def measured(scenario, number, port, *, is_last):
    """A line of the table; requests to the floor, a page of the same size, alternate with those to the page."""
    from django.urls import reverse

    from catalogue.models import Training

    addresses, users = scenario.addresses(), scenario.users()
    headers = [_headers(user) for user in users]
    size = len(_get(HTTPConnection("127.0.0.1", port, timeout=300), addresses[0], headers[0]))
    floor_address = reverse("bench_floor", args=[Training.objects.order_by("pk").first().pk, size])
    times, floor = _drive(port, [addresses, [floor_address]], headers, scenario.requests)
    median, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
    ratio = median / statistics.median(floor)
    return (
        *(
            scenario.label,
            f"{number:,}".replace(",", " "),
            str(_queries(addresses[-1], users[-1])),
            f"{size / 1024:.0f}",
        ),
        *(f"{median:.1f} ms", f"{p95:.1f} ms", f"{CLIENTS * 1000 * len(times) / sum(times):.0f}"),
        *(f"{statistics.median(floor):.1f} ms", f"{ratio:.1f}", _verdict(scenario, ratio, p95) if is_last else ""),
    )


def _verdict(scenario, ratio, p95):
    bars = [(scenario.bar, ratio, "× le socle"), (scenario.p95_ms, p95, "ms au p95")]
    said = [f"{'oui' if value <= bar else 'NON'} (≤ {bar:g} {unit})" for bar, value, unit in bars if bar is not None]
    return " ; ".join(sorted(said, key=lambda text: text.startswith("oui")))


def _drive(port, addresses, headers, requests):
    """Times of the requests to each list of addresses in milliseconds, by clients that keep their connection.

    Each client asks for one of each list in turn: what slows the machine down slows them all. `headers` are those of
    each person who asks, in turn too.
    """
    times = [[] for _ in addresses]
    warm_up = min(WARM_UP, requests // 10)

    def client(first):
        connection = HTTPConnection("127.0.0.1", port, timeout=300)
        for number in range(first, requests + warm_up, CLIENTS):
            for found, choices in zip(times, addresses, strict=True):
                started = time.perf_counter()
                _get(connection, choices[number % len(choices)], headers[number % len(headers)])
                if number >= warm_up:
                    found.append(1000 * (time.perf_counter() - started))

    threads = [threading.Thread(target=client, args=[first]) for first in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def _get(connection, address, headers):
    connection.request("GET", address, headers=headers)
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{address} a répondu {answer.status}.")
    return content


def _headers(user):
    from django.conf import settings
    from django.test import Client

    if user is None:
        return {}
    client = Client()
    client.force_login(user)
    return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={client.session.session_key}"}


def _queries(address, user):
    """Number of SQL queries of the page, in this process."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"host": "localhost"})
    if user:
        client.force_login(user)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address)
        if answer.streaming:
            list(answer.streaming_content)
    return len(queries)


def _line(cells):
    widths = (32, 10, 4, 5, 10, 10, 7, 9, 8, 0)
    return " ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))


if __name__ == "__main__":
    sys.exit(main())
