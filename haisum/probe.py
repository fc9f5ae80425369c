"""Asks this machine's own server whether it is well: `python -m haisum.probe`, for a container.

Another path may be named, as `/readyz` or `/metrics`, or a whole address; what it says is printed.
No settings are read, so that a probe every few seconds does not start Django each time.
"""

import os
import sys
import urllib.error
import urllib.request
from urllib.parse import urljoin

SERVER = "http://127.0.0.1:8000/"


def main(path: str = "/healthz") -> None:
    request = urllib.request.Request(urljoin(SERVER, path))
    if token := os.environ.get("METRICS_TOKEN"):
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=4) as answer:
            sys.stdout.write(answer.read().decode())
    except urllib.error.HTTPError as error:
        sys.exit(f"{error.code}: {error.read().decode()}")
    except OSError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(*sys.argv[1:2])
