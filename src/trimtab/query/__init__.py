"""The one filter language: what a person types to search, and what sampling, monitors and budgets ask of a span. Pure.

A text is parsed to an expression (`parse`), which can be printed again (`render`), asked of plain values (`evaluate`),
or turned into SQL by a store. While it is typed, `complete` says what may come next.
"""
