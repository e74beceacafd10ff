"""The roof and the ground of the portal."""
