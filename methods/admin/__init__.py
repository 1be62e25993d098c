"""Where editors keep what the public reads."""

from methods.admin import catalogue, clinic, pictures

__all__ = ["catalogue", "clinic", "pictures"]
