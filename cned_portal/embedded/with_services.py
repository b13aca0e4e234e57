"""Run a command beside the services of the tests: `python -m cned_portal.embedded.with_services pytest tests/crc`.

Without a command they stay up until Ctrl-C. Services that ran before are used, and left running.
"""

import os
import signal
import subprocess
import sys

from cned_portal.embedded.services import TEST_FOLDER, ServiceError, Services


def main(command):
    services = Services(TEST_FOLDER, durable=False)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    started = False
    try:
        started = services.start()
        if not command:
            print("Services prêts ; Ctrl-C pour les arrêter.", flush=True)
            signal.pause()
        return subprocess.run(command, env={**os.environ, **services.environment()}).returncode
    except ServiceError as error:
        print(error, file=sys.stderr)
        return 1
    except FileNotFoundError as error:
        print(f"Commande introuvable : {error.filename}", file=sys.stderr)
        return 127
    except KeyboardInterrupt:
        return 130
    finally:
        if started:
            services.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
