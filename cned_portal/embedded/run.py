"""`make run`: services, migrations, demonstration data, then web server, workers and beat, stopped together by Ctrl-C.

Everything is started by this process and dies with it, even killed: only PostgreSQL and Redis stay up, for the next
start to find. The output of each process is kept in a file of the embedded folder.
"""

import ctypes
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from cned_portal.embedded.services import FOLDER, ServiceError, Services

FREE_MB = 500
READY_SECONDS = 90
STOP_SECONDS = 15
PR_SET_PDEATHSIG = 1


class Stop(Exception):
    """The portal cannot go on; the message is a sentence for the person at the terminal."""


def main():
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    signal.signal(signal.SIGINT, _interrupt)  # a shell that starts us in the background has it ignored
    host, port = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8000")
    try:
        check_folder()
        with open(FOLDER / "run.lock", "w") as lock:
            _lock(lock)
            check_port(host, port)
            run(host, port)
    except (ServiceError, Stop) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\nLe démarrage a échoué : {error.strerror} ({error.filename}).", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nTout est arrêté.", flush=True)
    return 0


def run(host, port):
    """Start everything, stay until Ctrl-C or until a process dies, stop everything."""
    processes = {}
    services = Services(FOLDER)
    try:
        services.start()
        environment = {
            "SITE_URL": f"http://localhost:{port}",
            **services.environment(),
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "cned_portal.settings.embedded",
            "EMBEDDED_DIR": str(FOLDER),
        }
        manage(environment, "migrate", "--verbosity", "0", says="La base de données")
        manage(environment, "load_demo", "--verbosity", "0", says="Les données de démonstration")
        start(processes, environment, host, port)
        wait_until_ready(processes, port)
        greet(environment)
        watch(processes, services)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave half of it running
        stop(processes)
        services.stop()


def check_folder():
    """Refuse, before anything is started, a folder that cannot be written or a full disk."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not os.access(FOLDER, os.W_OK):
        raise Stop(f"Ce compte ne peut pas écrire dans {FOLDER}.")
    free = shutil.disk_usage(FOLDER).free // 2**20
    if free < FREE_MB:
        raise Stop(f"Il reste {free} Mo sur le disque ; le portail en demande {FREE_MB}.")


def check_port(host, port):
    """Refuse, before anything is started, a port that cannot be opened."""
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise Stop(f"PORT doit être un nombre de 1 à 65535, pas « {port} ».")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except PermissionError:
            raise Stop(f"Ce compte ne peut pas ouvrir le port {port} : choisissez-en un au-dessus de 1024.") from None
        except OSError:
            raise Stop(f"Le port {port} est déjà pris : arrêtez ce qui l’occupe, ou « make run PORT=8001 ».") from None


def manage(environment, *command, says):
    """Run a management command to its end; its last line is shown when it fails."""
    print(f"{says}…", flush=True)
    done = subprocess.run(
        [sys.executable, "manage.py", *command], env=environment, capture_output=True, text=True, start_new_session=True
    )
    if done.returncode:
        (FOLDER / "manage.log").write_text(done.stdout + done.stderr)
        lines = (done.stderr or done.stdout).strip().splitlines() or ["raison inconnue"]
        raise Stop(f"« manage.py {command[0]} » a échoué : {lines[-1]} (détail : {FOLDER / 'manage.log'})")


def start(processes, environment, host, port):
    """Start the web server, a worker for each kind of work, and beat."""
    celery = [sys.executable, "-m", "celery", "-A", "cned_portal"]
    worker = [*celery, "worker", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
    commands = {
        "web": [
            *(sys.executable, "-m", "granian", "cned_portal.wsgi:application", "--interface", "wsgi"),
            *("--host", host, "--port", port, "--workers", "2", "--blocking-threads", "4"),
        ],
        "worker": [*worker, "--hostname", "worker@%h", "--queues", "default,mail", "--concurrency", "2"],
        "worker-pdf": [*worker, "--hostname", "pdf@%h", "--queues", "pdf", "--concurrency", "1"],
        "beat": [*celery, "beat", "--loglevel", "INFO", "--schedule", str(FOLDER / "beat"), "--pidfile", ""],
    }
    for name, command in commands.items():
        with open(FOLDER / f"{name}.log", "w") as log:
            processes[name] = subprocess.Popen(
                command,
                env={**environment, "PORTAL_PROCESS": "web" if name == "web" else "worker"},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )


def wait_until_ready(processes, port):
    """Return once the web server answers its first page."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        _check_alive(processes)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise Stop(f"Le serveur ne répond pas (journal : {FOLDER / 'web.log'}).")


def greet(environment):
    """Say where to go and with which accounts."""
    done = subprocess.run(
        [sys.executable, "manage.py", "show_demo_accounts"], env=environment, capture_output=True, text=True
    )
    print(done.stdout or f"Portail : {environment['SITE_URL']}/", flush=True)
    print("Ctrl-C pour tout arrêter.", flush=True)


def watch(processes, services):
    """Stay until a process of ours dies; a database or a Redis that was killed is started again."""
    while True:
        _check_alive(processes)
        services.start()
        time.sleep(2)


def stop(processes):
    """End every process, politely then not."""
    for process in processes.values():
        if process.poll() is None:
            process.terminate()
    until = time.monotonic() + STOP_SECONDS
    for process in processes.values():
        try:
            process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _check_alive(processes):
    for name, process in processes.items():
        if process.poll() is not None:
            raise Stop(f"Le processus « {name} » s’est arrêté (journal : {FOLDER / name}.log) ; tout est arrêté.")


def _lock(file):
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Stop("Le portail tourne déjà depuis ce dossier.") from None


def _interrupt(*_):
    raise KeyboardInterrupt


def _die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
