"""The review: workflow verbs, desk, business hours, documents, erasure."""
