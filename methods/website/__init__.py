"""What visitors read: views, search, metadata, feeds, drawings, share pictures."""
