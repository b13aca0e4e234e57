"""A real SMTP server that keeps what it takes, and fails on order."""

import re
import time
from email import message_from_bytes

from aiosmtpd.controller import Controller


class Sink:
    """`answers`: what the next RCPT or DATA says (`rcpt`, `data`), `drop` to hang up after DATA was taken."""

    def __init__(self):
        self.taken = []
        self.rcpt = self.data = None
        self.drop = False
        self.pause = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.rcpt:
            return self.rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.data:
            return self.data
        time.sleep(self.pause)
        self.taken.append(message_from_bytes(envelope.content))
        if self.drop:
            server.transport.close()
        return "250 OK"

    @property
    def message_ids(self):
        return [re.sub(r"\s", "", message["Message-ID"]) for message in self.taken]


class SinkController(Controller):
    def __init__(self):
        self.sink = Sink()
        super().__init__(self.sink, hostname="127.0.0.1", port=0)

    def _trigger_server(self):  # it would connect to port 0, which was only a wish
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
