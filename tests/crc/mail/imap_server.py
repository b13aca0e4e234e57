"""A small IMAP server in a thread: one account, one folder, what the portal asks of it."""

import re
import socketserver
import threading


class ImapServer:
    """`messages` by uid; those moved are in `done`. `breaks_at` hangs up at a command."""

    def __init__(self, messages, *, password="secret"):
        self.messages = dict(enumerate(messages, 1))
        self.done, self.deleted, self.password, self.breaks_at = [], set(), password, ""
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                self.wfile.write(b"* OK ready\r\n")
                while line := self.rfile.readline():
                    if not outer.answer(line.decode().strip(), self.wfile):
                        return

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def answer(self, line, out):
        tag, _, command = line.partition(" ")
        name = command.upper()
        if self.breaks_at and name.startswith(self.breaks_at):
            return False
        if name.startswith("CAPABILITY"):
            out.write(b"* CAPABILITY IMAP4rev1\r\n")
        elif name.startswith("LOGIN") and self.password not in command:
            out.write(f"{tag} NO refused\r\n".encode())
            return True
        elif name.startswith("SELECT"):
            out.write(f"* {len(self.messages)} EXISTS\r\n".encode())
        elif name.startswith("UID SEARCH"):
            uids = " ".join(str(uid) for uid in sorted(self.messages.keys() - self.deleted))
            out.write(f"* SEARCH {uids}\r\n".encode())
        elif found := re.match(r"UID FETCH (\d+) .*<0\.(\d+)>", command):
            content = self.messages.get(int(found[1]), b"")[: int(found[2])]
            out.write(b"* 1 FETCH (UID %s BODY[]<0> {%d}\r\n%s)\r\n" % (found[1].encode(), len(content), content))
        elif found := re.match(r"UID COPY (\d+)", command):
            self.done.append(self.messages[int(found[1])])
        elif found := re.match(r"UID STORE (\d+)", command):
            self.deleted.add(int(found[1]))
        elif name.startswith("EXPUNGE"):
            for uid in self.deleted:
                self.messages.pop(uid, None)
            self.deleted = set()
        elif name.startswith("LOGOUT"):
            out.write(f"* BYE\r\n{tag} OK done\r\n".encode())
            return False
        out.write(f"{tag} OK done\r\n".encode())
        return True
