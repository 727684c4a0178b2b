"""OTLP in every encoding, read to one neutral value: nothing past this package knows how a batch went over the wire."""
