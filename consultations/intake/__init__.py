"""What a patient tells: questions, pages, drafts, photos, consents, and the way to send."""
