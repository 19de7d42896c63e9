"""Textures by sliced optimal transport: no Gram matrix, only sorted projections.

sliced · moving     the sliced Wasserstein distance, a cloud moved onto another
texture             a texture whose patches are distributed as the exemplar's
patches             given: clouds of patches, directions, an exemplar
"""
