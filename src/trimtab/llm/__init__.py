"""The vocabulary of one model call: usage, the record of a call, and the dialects in and out. Pure."""
