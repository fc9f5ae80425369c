"""Is what readers look for found first, and how soon: `python -m bench.search`."""
