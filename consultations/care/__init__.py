"""What follows a signature: messages, and what patients say to their plan."""
