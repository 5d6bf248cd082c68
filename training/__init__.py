"""Making the model: corpus -> cached features -> readers -> calibration -> bundle. Never imported by `src/`.

Run the whole way with `python -m training.run`, or any step alone with `python -m training.<step> --help`.
"""
