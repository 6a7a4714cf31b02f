"""What is for sale."""

import json
from pathlib import Path
from typing import NamedTuple


class Product(NamedTuple):
    """One thing for sale."""

    id: str
    name: str
    cents: int
    text: str


_FILE = Path(__file__).resolve().parent.parent / "catalogue" / "products.json"
PRODUCTS = {row["id"]: Product(**row) for row in json.loads(_FILE.read_text(encoding="utf-8"))}

FEATURED = 4


def find(ident: str) -> Product | None:
    """The product of that id."""
    return PRODUCTS.get(ident)


def featured() -> list[Product]:
    """What the front page shows."""
    return list(PRODUCTS.values())[:FEATURED]
