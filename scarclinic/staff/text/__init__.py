"""The text gate: whatever a person types or pastes is read here, and only here."""
