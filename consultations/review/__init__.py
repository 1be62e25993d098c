"""What a clinician answers: assessment, desk, decisions, signature, documents."""
