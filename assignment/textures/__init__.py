"""Texture synthesis by neural networks: from pixels (Gatys 2015) and from a generator (Texture Networks 2016).

This file is not a list of imports: every name lives in the room that bears its subject.

    images · features · vgg_weights     reading pictures, feature extractors, VGG-19 weight files
    gram · gatys · multiscale           Gram matrices, L-BFGS on the pixels, coarse to fine
    noise · texturenet · training       the noise pyramid, the generator, how it is trained
    inference · movies                  the generator made fast, films
"""
