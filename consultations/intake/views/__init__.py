"""Views of the intake: its pages, photos, and the link to come back to a draft."""
