"""Writes dist/: the application, its pages with the commit in them, and a version file.

The same commit gives the same bytes: nothing here looks at the clock, and files are written in order of their names.
"""

import json
import os
import shutil
from pathlib import Path

HERE = Path(__file__).resolve().parent
DIST = HERE / "dist"
COPIED = ("shop", "catalogue", "static")


def main() -> None:
    """Build the checkout this file is in."""
    commit = os.environ.get("COCKPIT_COMMIT", "unknown")
    shutil.rmtree(DIST, ignore_errors=True)
    for folder in COPIED:
        shutil.copytree(HERE / folder, DIST / folder, ignore=shutil.ignore_patterns("__pycache__"))
    layout = (HERE / "pages" / "layout.html").read_text(encoding="utf-8")
    (DIST / "pages").mkdir()
    for page in sorted((HERE / "pages").glob("*.html")):
        if page.name != "layout.html":
            whole = layout.replace("{{body}}", page.read_text(encoding="utf-8").strip())
            (DIST / "pages" / page.name).write_text(whole.replace("{{commit}}", commit), encoding="utf-8")
    products = json.loads((HERE / "catalogue" / "products.json").read_text(encoding="utf-8"))
    assert len({product["id"] for product in products}) == len(products), "a product id is there twice"
    (DIST / "version.json").write_text(json.dumps({"commit": commit}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
