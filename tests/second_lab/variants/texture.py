"""What students write in texture.py."""

import torch

from transport.patches import directions, patches
from transport.sliced import sliced_distance


# %% the same directions at each step part="2.1" check="texture_steps" hint="texture_directions"
def synthesize(exemplar, iterations=60, seed=0):
    image = torch.rand(exemplar.shape, generator=torch.Generator().manual_seed(seed)).requires_grad_()
    ways = directions(16, 9, seed)
    optimizer = torch.optim.Adam([image], lr=0.05)
    for _ in range(iterations):
        optimizer.zero_grad()
        sliced_distance(patches(image), patches(exemplar), ways).backward()
        optimizer.step()
    return image.detach()


# %% directions without the seed part="2.1" check="texture_steps" hint="texture_directions_seed"
def synthesize(exemplar, iterations=60, seed=0):
    image = torch.rand(exemplar.shape, generator=torch.Generator().manual_seed(seed)).requires_grad_()
    optimizer = torch.optim.Adam([image], lr=0.05)
    for k in range(iterations):
        optimizer.zero_grad()
        sliced_distance(patches(image), patches(exemplar), directions(16, 9, k)).backward()
        optimizer.step()
    return image.detach()


# %% patches of any number of channels part="2.1"
def synthesize(exemplar, iterations=60, seed=0):
    image = torch.rand(exemplar.shape, generator=torch.Generator().manual_seed(seed))
    image.requires_grad_(True)
    cloud = patches(exemplar)
    adam = torch.optim.Adam([image], lr=0.05)
    for k in range(iterations):
        (gradient,) = torch.autograd.grad(
            sliced_distance(patches(image), cloud, directions(16, cloud.shape[1], seed + k)), image
        )
        image.grad = gradient
        adam.step()
    return image.detach()
