"""Where editors keep what the public reads."""

from methods.admin import clinic, findings, pictures, scar_types, sources, treatments

__all__ = ["clinic", "findings", "pictures", "scar_types", "sources", "treatments"]
