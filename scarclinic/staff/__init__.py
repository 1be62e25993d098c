"""The ground floor: accounts, roles, log-in, rate limits, the ledger, edit conflicts."""
