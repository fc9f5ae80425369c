"""Asks this machine's own server whether it is well: `python -m haisum.probe`, for a container.

It reads no settings, so that a probe every few seconds does not start Django each time.
"""

import os
import sys
import urllib.error
import urllib.request

ADDRESS = "http://127.0.0.1:8000/healthz"


def main() -> None:
    host = os.environ.get("ALLOWED_HOSTS", "127.0.0.1").split(",")[0].strip().lstrip(".*")
    request = urllib.request.Request(ADDRESS, headers={"Host": host or "127.0.0.1"})
    try:
        urllib.request.urlopen(request, timeout=4).close()
    except urllib.error.HTTPError as error:
        sys.exit(f"{error.code}: {error.read().decode()}")
    except OSError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
