"""What an application imports: light, and independent of the server."""
