"""The checks of the second lab."""
