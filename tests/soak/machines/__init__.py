"""Several machines on one PostgreSQL, killed, upgraded and cut off under load."""
