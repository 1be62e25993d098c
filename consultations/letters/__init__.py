"""What is written to patients: the outbox, and the words of each e-mail."""
