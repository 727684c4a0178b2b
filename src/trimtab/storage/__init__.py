"""The stores: meta (transactions), warehouse (spans and ledger), their engines and migrations."""
