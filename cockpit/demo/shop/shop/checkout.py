"""Takes an order."""

from . import pages, prices
from .answers import Answer, Fields


def checkout(rest: str, fields: Fields) -> Answer:
    """Price the cart in `items`, {product id: how many}, and confirm the order."""
    items = fields.get("items", {})
    if not items:
        return Answer(b"the cart is empty\n", "400 Bad Request", "text/plain")
    goods = prices.goods(items)
    total = goods + prices.shipping(goods)
    return pages.render("receipt", total=prices.in_words(total), vat=prices.in_words(prices.included_vat(total)))
