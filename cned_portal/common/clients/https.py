"""HTTPS to addresses that others chose: never to a machine of ours, no redirect, no longer than a deadline."""

import http.client
import ipaddress
import re
import socket
import ssl
import threading
from contextlib import suppress
from urllib.parse import urlsplit

SECONDS = 10
READ_MAX = 1024
PORTS = {443, 8443}
# The last label is a word: numbers written otherwise (`127.1`, `0x7f000001`, `2130706433`) are no names.
_NAME = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])", re.ASCII)
_INNER_NAMES = (".local", ".localhost", ".localdomain", ".internal", ".intranet", ".lan", ".home.arpa")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class ForbiddenAddress(ValueError):
    """The address may not be called; `str()` says why, in French."""


class HttpsFailure(Exception):
    """Nobody answered as HTTP asks; `str()` names the kind of failure and nothing of the other side."""


def check_address(url):
    """(host, port, path) of a public HTTPS address, judged by its text alone; raises ForbiddenAddress."""
    if not url.isascii() or not url.isprintable() or " " in url:
        raise ForbiddenAddress("Cette adresse contient un caractère interdit.")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port or 443
    except ValueError:
        raise ForbiddenAddress("Cette adresse n’a pas la forme attendue.") from None
    if parts.scheme != "https" or not host:
        raise ForbiddenAddress("L’adresse commence par https://.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ForbiddenAddress("L’adresse ne porte ni identifiant, ni mot de passe, ni ancre.")
    if port not in PORTS:
        raise ForbiddenAddress("Les ports acceptés sont 443 et 8443.")
    try:
        allowed = _is_public(ipaddress.ip_address(host))
    except ValueError:
        allowed = bool(_NAME.fullmatch(host)) and not host.endswith(_INNER_NAMES)
    if not allowed:
        raise ForbiddenAddress("Cette adresse n’est pas celle d’une machine publique.")
    path = parts.path or "/"
    return host, port, f"{path}?{parts.query}" if parts.query else path


def post(url, body, headers, *, seconds=SECONDS):
    """Send `body` by POST; the status of the answer, whose text is not kept. Raises ForbiddenAddress, HttpsFailure.

    The connection goes to the very addresses that were checked: a name that changes in between leads nowhere else.
    """
    host, port, path = check_address(url)
    try:
        addresses = _public_addresses(host, port)
    except (OSError, UnicodeError):
        raise HttpsFailure("nom introuvable") from None
    connection = _Pinned(host, port, addresses, seconds)
    timer = threading.Timer(seconds, connection.abort)
    timer.daemon = True
    timer.start()
    try:
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        response.read(READ_MAX)
        return response.status
    except TimeoutError:
        raise HttpsFailure("délai dépassé") from None
    except ssl.SSLError:
        raise HttpsFailure("délai dépassé" if connection.is_aborted else "certificat refusé") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise HttpsFailure("délai dépassé" if connection.is_aborted else type(error).__name__) from None
    finally:
        timer.cancel()
        connection.close()


def _is_public(address):
    if address.version == 6:
        if address.ipv4_mapped is not None:
            return _is_public(address.ipv4_mapped)
        if address.sixtofour or address.teredo or address in _NAT64:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _public_addresses(host, port):
    """What the name leads to; one inner address among them is enough to refuse all."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    if not all(_is_public(ipaddress.ip_address(place[0].partition("%")[0])) for *_, place in found):
        raise ForbiddenAddress("Ce nom mène à une machine qui n’est pas publique.")
    return [(family, place) for family, _, _, _, place in found]


def _tls_context():
    return ssl.create_default_context()


class _Pinned(http.client.HTTPConnection):
    """A connection to given addresses, whose certificate must be that of the name."""

    default_port = 443

    def __init__(self, host, port, addresses, seconds):
        super().__init__(host, port, timeout=seconds)
        self.addresses, self.is_aborted = addresses, False

    def connect(self):
        error: OSError = OSError("no address")
        for family, place in self.addresses:
            self.sock = socket.socket(family, socket.SOCK_STREAM)
            self.sock.settimeout(self.timeout)
            try:
                self.sock.connect(place)
            except OSError as failure:
                error = failure
                self.sock.close()
                if self.is_aborted:
                    break
            else:
                self.sock = _tls_context().wrap_socket(self.sock, server_hostname=self.host)
                return
        raise error

    def abort(self):
        """Cut the connection: a timeout counts from each byte, and a slow answer could last for ever."""
        self.is_aborted = True
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)
