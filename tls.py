"""Whom we trust: the public roots, or the file that SSL_CERT_FILE names. Read once for all connections."""

import os
import ssl
from functools import lru_cache

import certifi

from errors import ConfigurationError


def trusting() -> ssl.SSLContext:
    """One context for all clients: reading the roots takes longer than opening a database, and holds a megabyte.

    Raises `errors.ConfigurationError` when the file is none of certificates; a program asks before it opens anything.
    """
    return _trusting(os.environ.get("SSL_CERT_FILE") or certifi.where())


@lru_cache(maxsize=4)
def _trusting(file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=file)
    except OSError as error:  # an ssl.SSLError is one
        raise ConfigurationError(f"SSL_CERT_FILE: {type(error).__name__}", reason="certificates_unreadable") from error
