"""Prepare a bare Debian: `python3 cned_portal/embedded/prepare.py run|test`. Standard library only, and re-runnable.

What is there already is left alone, and root is asked for only where a package of the system is missing. A stamp, the
digest of the lock, is written last in the virtual environment: an interrupted installation is done again.
"""

import ctypes
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
LOCKS = {"run": "requirements-embedded.txt", "test": "requirements-dev.txt"}
FREE_MB = {"run": 1200, "test": 2500}

# Debian package of each shared library that WeasyPrint loads.
LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}


def main(purpose):
    if sys.version_info < (3, 11):  # noqa: UP036  this file is what finds an older Python
        sys.exit(f"Il faut Python 3.11 ou plus récent ; celui-ci est le {sys.version.split()[0]}.")
    try:
        with open(ROOT / ".prepare.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two commands at once prepare one after the other
            install_packages(missing_packages(purpose))
            install_dependencies(purpose)
    except PermissionError as error:
        sys.exit(f"Le dossier du projet n’est pas modifiable par ce compte : {error.filename}.")
    except OSError as error:
        sys.exit(f"La préparation a échoué : {error.strerror} ({error.filename}).")


def missing_packages(purpose):
    """Debian packages whose library or program is not on the machine."""
    missing = [package for library, package in LIBRARIES.items() if not _has_library(library)]
    if not os.environ.get("REDIS_URL") and not shutil.which("redis-server"):
        missing.append("redis-server")
    if not VENV.exists() and not _has_venv():
        missing.append("python3-venv")
    if os.geteuid() == 0 and not shutil.which("setpriv"):
        missing.append("util-linux")
    if purpose == "test" and not Path("/usr/bin/chromium").exists():
        missing.append("chromium")
    return missing


def _has_library(name):
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _has_venv():
    try:
        import ensurepip  # noqa: F401  Debian packages it apart
        import venv  # noqa: F401
    except ImportError:
        return False
    return True


def install_packages(packages):
    """Install packages of the system, as root or through sudo; nothing is asked where nothing is missing."""
    if not packages:
        return
    wanted = " ".join(packages)
    if not shutil.which("apt-get"):
        sys.exit(f"Il manque des paquets du système, à installer à la main : {wanted}.")
    prefix = []
    if os.geteuid() != 0:
        if not shutil.which("sudo"):
            sys.exit(f"Il manque des paquets du système ; un administrateur doit lancer : apt-get install {wanted}.")
        prefix = ["sudo"]
    print(f"Installation des paquets du système : {wanted}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = [*prefix, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    for command in ([*prefix, "apt-get", "update", "-qq"], install):
        done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL)
        if done.returncode and command is install:
            sys.exit(f"apt-get n’a pas pu installer {wanted} (voir ci-dessus) ; corrigez puis relancez la commande.")


def install_dependencies(purpose):
    """Make `.venv` hold exactly what the lock says; a lock that was installed before costs nothing."""
    lock = ROOT / LOCKS[purpose]
    if not lock.exists():
        sys.exit(f"Le verrou des dépendances est absent : {lock.name}.")
    if any(_stamp(name).exists() and _stamp(name).read_text() == _digest(name) for name in _satisfying(purpose)):
        return
    free = shutil.disk_usage(ROOT).free // 2**20
    if free < FREE_MB[purpose]:
        sys.exit(f"Il reste {free} Mo sur le disque ; l’installation en demande {FREE_MB[purpose]}.")
    print(f"Installation des dépendances ({lock.name})…", flush=True)
    is_new = not (VENV / "bin" / "python").exists()
    for name in LOCKS:
        _stamp(name).unlink(missing_ok=True)
    if is_new:
        shutil.rmtree(VENV, ignore_errors=True)
        _run_or_exit([sys.executable, "-m", "venv", str(VENV)], "L’environnement virtuel n’a pas pu être créé", is_new)
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    _run_or_exit(
        [*pip, "install", "--require-hashes", "--requirement", str(lock)],
        f"Les dépendances de {lock.name} n’ont pas pu être installées",
        is_new,
    )
    _stamp(purpose).write_text(_digest(purpose))


def _satisfying(purpose):
    """The lock of the tests holds all that the other one does."""
    return ["run", "test"] if purpose == "run" else ["test"]


def _stamp(purpose):
    return VENV / f".lock-{purpose}"


def _digest(purpose):
    return hashlib.sha256((ROOT / LOCKS[purpose]).read_bytes()).hexdigest()


def _run_or_exit(command, sentence, is_new):
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        if is_new:
            shutil.rmtree(VENV, ignore_errors=True)
        lines = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("WARNING")]
        reason = next((line for line in lines if "ERROR" in line or "No space" in line), "raison inconnue")
        sys.exit(f"{sentence} : {reason.strip()}")


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in LOCKS:
        sys.exit("usage : prepare.py run|test")
    main(sys.argv[1])
