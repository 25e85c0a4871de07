"""The sound that the live model listens to: s16le, mono, at one rate, whatever was recorded."""

RATE = 16_000
"""Hz."""
