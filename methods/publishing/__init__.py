"""From drafts to what is live: publish, revert, freeze, and the edition."""
