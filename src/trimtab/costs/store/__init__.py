"""All SQL of the costs room: prices and provider reports in the meta store, the ledger in the warehouse."""
