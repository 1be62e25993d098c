"""Pages behind a patient's private link: status, questions, plan, own data."""
