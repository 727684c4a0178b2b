"""What applications call instead of the provider; its hot path knows no web framework and no SQL."""
