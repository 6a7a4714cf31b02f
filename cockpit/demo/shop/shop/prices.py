"""What things cost, in cents throughout."""

from . import catalogue

VAT = 19
FREE_SHIPPING = 10000
SHIPPING = 490


def goods(items: dict[str, int]) -> int:
    """The sum of the goods in a cart, {product id: how many}; what is unknown is left out."""
    known = ((catalogue.find(ident), count) for ident, count in items.items())
    return sum(product.cents * count for product, count in known if product)


def shipping(cents: int) -> int:
    """What sending goods of that worth costs."""
    return 0 if cents > FREE_SHIPPING else SHIPPING


def included_vat(cents: int) -> int:
    """The tax that is in the price."""
    return cents * VAT // (100 + VAT)


def in_words(cents: int) -> str:
    """`12.50 EUR`."""
    return f"{cents // 100}.{cents % 100:02} EUR"
