"""Finds products by name."""

from . import catalogue, pages
from .answers import Answer, Fields

MOST = 50


def search(rest: str, fields: Fields) -> Answer:
    """Products whose name has `q` in it."""
    wanted = str(fields.get("q", ""))
    found = [product for product in catalogue.PRODUCTS.values() if wanted in product.name]
    return pages.render("search", products=pages.listing(found[:MOST]))
