"""Public pages. They read the edition and frozen revisions, no session and no user."""
