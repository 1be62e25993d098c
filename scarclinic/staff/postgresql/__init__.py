"""PostgreSQL that is asked with a deadline: a server that hangs holds up nobody for long.

base       the engine for `DATABASES`: time limits on both sides
patience   how long this process waits
"""
