"""The same, made faster: a generator computed with less work, and images at half their size."""
