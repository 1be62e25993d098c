"""Photos of people on public pages: kept with consent, as renditions only."""
