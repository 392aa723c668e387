"""Tracer: which link of the chain leaked my order?"""

__version__ = "0.1.0"
