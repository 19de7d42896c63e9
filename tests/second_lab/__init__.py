"""A second lab, small and whole: textures by sliced optimal transport (Rabin et al. 2011; Heitz et al. 2021)."""
