"""Samples to an `Analysis`: front-end, network, calibration."""
