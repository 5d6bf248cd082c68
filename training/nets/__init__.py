"""Ports of the free networks that the model stands on; `tests/training/test_nets.py` holds them to golden values."""
