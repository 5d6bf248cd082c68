"""Bytes to samples: probing, decoding, windows, health, and decoding in a child process."""
