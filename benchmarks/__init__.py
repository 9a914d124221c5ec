"""Measurements of bbopt against its peers; each module says in its first lines what it compares."""
