"""What a patient's private link opens: status, questions, the plan, their own data."""
