"""The antivirus daemon clamd, by its INSTREAM command."""

import socket
import struct

_CHUNK = 64 * 1024
_ANSWER_MAX = 4096


class ScanError(Exception):
    """The antivirus could not say: nothing is known of the file."""


def scan(content, *, address, timeout=60):
    """Name of the virus found in the bytes, or an empty text when there is none; raises ScanError.

    `address` is `host:port`, or the path of a socket.
    """
    try:
        with _connected(address, timeout) as connection:
            connection.sendall(b"zINSTREAM\0")
            for start in range(0, len(content), _CHUNK):
                chunk = content[start : start + _CHUNK]
                connection.sendall(struct.pack("!L", len(chunk)) + chunk)
            connection.sendall(struct.pack("!L", 0))
            answer = _read(connection)
    except (OSError, ValueError) as error:
        raise ScanError(type(error).__name__) from error
    if answer.endswith("FOUND"):
        return answer.removeprefix("stream:").removesuffix("FOUND").strip()[:100] or "inconnu"
    if answer.endswith("OK"):
        return ""
    raise ScanError("unexpected answer")


def _connected(address, timeout):
    if address.startswith("/"):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(timeout)
        connection.connect(address)
        return connection
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=timeout)


def _read(connection):
    answer = b""
    while len(answer) < _ANSWER_MAX:
        piece = connection.recv(_ANSWER_MAX)
        if not piece:
            break
        answer += piece
        if answer.endswith(b"\0"):
            break
    return answer.rstrip(b"\0\n").decode("utf-8", "replace").strip()
