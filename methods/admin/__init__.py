"""Where editors keep what the public reads."""

from methods.admin import catalogue, clinic

__all__ = ["catalogue", "clinic"]
