"""The pages below /status/<token>/."""
