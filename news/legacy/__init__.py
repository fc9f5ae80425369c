"""Moving in: saved pages of the old site become articles."""
