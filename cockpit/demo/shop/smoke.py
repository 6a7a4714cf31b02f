"""Asks every host in COCKPIT_URLS for its health, the front page and one product; exit 1 names what is wrong."""

import os
import sys
import urllib.error
import urllib.request

PATHS = {"/health": "build", "/": "Welcome", "/product/kettle": "Kettle"}
TIMEOUT = 5


def look(url: str, path: str, expected: str) -> str:
    """Empty where the page is as it should be, else what is wrong with it."""
    try:
        with urllib.request.urlopen(url.rstrip("/") + path, timeout=TIMEOUT) as answer:  # noqa: S310
            body = answer.read().decode()
    except (urllib.error.URLError, OSError) as error:
        return f"{url}{path}: {error}"
    return "" if expected in body else f"{url}{path}: {expected!r} is not on the page"


def main() -> int:
    """Look at every page of every host; the exit code."""
    urls = os.environ.get("COCKPIT_URLS", "").replace(",", " ").split()
    if not urls:
        print("smoke: COCKPIT_URLS names no host", file=sys.stderr)
        return 1
    wrong = [said for url in urls for path, expected in PATHS.items() if (said := look(url, path, expected))]
    for said in wrong:
        print(f"smoke: {said}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
