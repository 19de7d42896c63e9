"""Textures larger than memory: tile by tile, strip by strip, any window of a plane without end."""
