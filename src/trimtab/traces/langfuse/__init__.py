"""The doors of Langfuse's public API: its clients, old and new, work here unmodified."""
