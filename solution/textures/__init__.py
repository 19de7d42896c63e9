"""Texture synthesis by neural networks: from pixels (Gatys 2015) and from a generator (Texture Networks 2016).

This file is not a list of imports: every name lives in the room that bears its subject. The files that you fill in:

    gram · gatys                        Gram matrices, L-BFGS on the pixels
    texturenet · training               the generator, how it is trained
    noise · movies                      the noise pyramid, films

The others are given:

    images · features                   pictures in and out, feature extractors
    multiscale · adam · recipe          coarse to fine, another optimiser, what makes training quick
    playground · french                 a page to play with trained generators; what programs say, in French
    weights/ · speed/ · any_size/ · pictures/       files of weights, faster ways, large images, figures and films

May import: workbench.
"""
