"""The intake: questions, pages, drafts, photos, consents, submission."""
