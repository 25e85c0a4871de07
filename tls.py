"""Whom we trust: the public roots, or the file that SSL_CERT_FILE names. Read once for all connections."""

import os
import ssl
from functools import lru_cache

import certifi


def trusting() -> ssl.SSLContext:
    """One context for all clients: reading the roots takes longer than opening a database, and holds a megabyte."""
    return _trusting(os.environ.get("SSL_CERT_FILE") or certifi.where())


@lru_cache(maxsize=4)
def _trusting(file: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=file)
