"""The pages that only show things."""

import json
from html import escape
from pathlib import Path

from . import catalogue
from .answers import Answer, Fields, missing
from .prices import in_words

DIST = Path(__file__).resolve().parent.parent
COMMIT: str = json.loads((DIST / "version.json").read_text(encoding="utf-8"))["commit"]
PAGES = {page.stem: page.read_text(encoding="utf-8") for page in (DIST / "pages").glob("*.html")}
STATIC = {file.name: file.read_bytes() for file in (DIST / "static").iterdir()}


def render(page: str, **parts: str) -> Answer:
    """The page with each `{{name}}` filled in; parts are HTML already."""
    text = PAGES[page]
    for name, part in parts.items():
        text = text.replace("{{" + name + "}}", part)
    return Answer(text.encode())


def listing(products: list[catalogue.Product]) -> str:
    """Products as a list of links."""
    items = (f'<li><a href="/product/{p.id}">{escape(p.name)}</a> {in_words(p.cents)}</li>' for p in products)
    return "<ul>" + "".join(items) + "</ul>"


def front(rest: str, fields: Fields) -> Answer:
    """The front page."""
    return render("front", products=listing(catalogue.featured()))


def product(rest: str, fields: Fields) -> Answer:
    """One product."""
    found = catalogue.find(rest)
    if found is None:
        return missing(rest, fields)
    return render("product", name=escape(found.name), price=in_words(found.cents), text=escape(found.text))


def cart(rest: str, fields: Fields) -> Answer:
    """What is in the cart: `items=kettle,mug`."""
    wanted = str(fields.get("items", "")).split(",")
    return render("cart", products=listing([p for ident in wanted if (p := catalogue.find(ident))]))


def version(rest: str, fields: Fields) -> Answer:
    """Which commit this is."""
    return Answer(json.dumps({"commit": COMMIT}).encode(), kind="application/json")


def static(rest: str, fields: Fields) -> Answer:
    """Style sheets and pictures."""
    kind = "text/css" if rest.endswith(".css") else "image/svg+xml"
    return Answer(STATIC[rest], kind=kind) if rest in STATIC else missing(rest, fields)
