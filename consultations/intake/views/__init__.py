"""The patient's way: the intake, its photos, and the private link."""
