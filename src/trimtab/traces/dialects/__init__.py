"""What telemetry says about model calls, in every vocabulary that is in use: one small module for each dialect.

A dialect reads one span and returns a `Reading`: what it understood, nothing more. Several dialects may understand
one span; `registry.read` lays their readings over one another, the more explicit vocabulary first.
"""
