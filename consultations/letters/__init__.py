"""E-mails to patients: the outbox, and the text of each e-mail."""
