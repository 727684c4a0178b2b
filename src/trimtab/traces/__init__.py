"""What happened: spans, the collector, search, the overview."""
