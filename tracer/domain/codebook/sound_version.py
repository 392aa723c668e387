"""Which way of hearing names this program has; apart from the phonetics, which take long to load."""

SOUND_VERSION = 1
"""Raised when sound keys change, so that stored tokens are made anew."""
