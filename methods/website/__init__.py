"""The public site: views, search, metadata, feeds, drawings, share pictures."""
