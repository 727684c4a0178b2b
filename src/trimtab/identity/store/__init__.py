"""The tables of the identity room and every statement on them."""
