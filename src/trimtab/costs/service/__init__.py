"""What other rooms ask of this one: the price of an attempt. Prices, corrections and reports stand beside it."""

from trimtab.costs.quote import PriceSource, Quote
from trimtab.costs.service.book import NOT_BILLED_VERSION, SELF_HOSTED_VERSION, PriceBook

__all__ = ["NOT_BILLED_VERSION", "SELF_HOSTED_VERSION", "PriceBook", "PriceSource", "Quote"]
