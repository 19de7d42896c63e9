"""What students write in gram.py: each cell is put at the end of the solution's file, where it takes its names over.

A cell with a check is a misconception: that check must fail, with that hint. One without is right, and has every point.
"""


# %% not divided part="1.1" check="gram_by_hand" hint="gram_not_divided gram_grows"
def gram_matrix(features):
    f = features.flatten(2)
    return f @ f.transpose(1, 2)


# %% divided by channels too part="1.1" check="gram_by_hand" hint="gram_divided_by_channels_too"
def gram_matrix(features):
    b, c, h, w = features.shape
    f = features.reshape(b, c, h * w)
    return f @ f.transpose(1, 2) / (c * h * w)


# %% divided by channels part="1.1" check="gram_by_hand" hint="gram_divided_by_channels gram_grows"
def gram_matrix(features):
    f = features.flatten(2)
    return f @ f.transpose(1, 2) / f.shape[1]


# %% divided by the batch part="1.1" check="gram_tiled" hint="gram_divided_by_batch"
def gram_matrix(features):
    b, c, h, w = features.shape
    f = features.reshape(b, c, h * w)
    return f @ f.transpose(1, 2) / (b * h * w)


# %% divided by the width part="1.1" check="gram_by_hand" hint="gram_divided_by_side"
def gram_matrix(features):
    f = features.flatten(2)
    return f @ f.transpose(1, 2) / features.shape[3]


# %% mean subtracted part="1.1" check="gram_by_hand" hint="gram_centred"
def gram_matrix(features):
    f = features.flatten(2)
    f = f - f.mean(dim=2, keepdim=True)
    return f @ f.transpose(1, 2) / f.shape[2]


# %% torch.cov part="1.1" check="gram_by_hand" hint="gram_centred"
def gram_matrix(features):
    return torch.stack([torch.cov(f.flatten(1), correction=0) for f in features])


# %% divided by one less part="1.1" check="gram_by_hand" hint="gram_unbiased"
def gram_matrix(features):
    f = features.flatten(2)
    return f @ f.transpose(1, 2) / (f.shape[2] - 1)


# %% square root part="1.1" check="gram_by_hand" hint="gram_square_root"
def gram_matrix(features):
    f = features.flatten(2)
    return (f @ f.transpose(1, 2) / f.shape[2]).sqrt()


# %% absolute value part="1.1" check="gram_by_hand" hint="gram_absolute"
def gram_matrix(features):
    f = features.flatten(2).abs()
    return f @ f.transpose(1, 2) / f.shape[2]


# %% positions with positions part="1.1" check="gram_by_hand" hint="gram_of_positions"
def gram_matrix(features):
    f = features.flatten(2)
    return f.transpose(1, 2) @ f / f.shape[2]


# %% reshaped without permuting part="1.1" check="gram_by_hand" hint="gram_reshaped"
def gram_matrix(features):
    b, c, h, w = features.shape
    f = features.reshape(b, h * w, c)
    return f.transpose(1, 2) @ f / (h * w)


# %% permuted, then reshaped part="1.1" check="gram_by_hand" hint="gram_reshaped"
def gram_matrix(features):
    b, c, h, w = features.shape
    f = features.permute(0, 2, 3, 1).reshape(b, c, h * w)
    return f @ f.transpose(1, 2) / (h * w)


# %% view part="1.1"
def gram_matrix(features):
    b, c, h, w = features.shape
    f = features.view(b, c, h * w)
    return f @ f.transpose(1, 2) / (h * w)


# %% first image of the batch only part="1.1" check="gram_by_hand" hint="gram_batch_lost"
def gram_matrix(features):
    f = features[0].flatten(1)
    return f @ f.T / f.shape[1]


# %% one matrix for the batch part="1.1" check="gram_batch" hint="gram_batch_lost"
def gram_matrix(features):
    f = features.transpose(0, 1).flatten(1)
    return (f @ f.T / f.shape[1])[None]


# %% one side of the map only part="1.1" check="gram_by_hand" hint="gram_divided_by_side"
def gram_matrix(features):
    f = features.flatten(2)
    return f @ f.transpose(1, 2) / features.shape[2] ** 2


# %% detached part="1.1" check="gram_gradient" hint="gram_detached"
def gram_matrix(features):
    f = features.detach().flatten(2)
    return f @ f.transpose(1, 2) / f.shape[2]


# %% data of the tensor part="1.1" check="gram_gradient" hint="gram_detached"
def gram_matrix(features):
    f = features.data.flatten(2)
    return f @ f.transpose(1, 2) / f.shape[2]


# %% no_grad part="1.1" check="gram_gradient" hint="gram_detached"
@torch.no_grad()
def gram_matrix(features):
    f = features.flatten(2)
    return f @ f.transpose(1, 2) / f.shape[2]


# %% through NumPy part="1.1" check="gram_gradient" hint="error_graph_cut"
def gram_matrix(features):
    f = features.flatten(2).numpy()
    return torch.from_numpy(f @ f.transpose(0, 2, 1) / f.shape[2])


# %% written into the input part="1.1" check="gram_gradient" hint="error_in_place gram_in_place"
def gram_matrix(features):
    features /= (features.shape[2] * features.shape[3]) ** 0.5
    f = features.flatten(2)
    return f @ f.transpose(1, 2)


# %% no return part="1.1" check="gram_by_hand" hint="no_return"
def gram_matrix(features):
    f = features.flatten(2)
    gram = f @ f.transpose(1, 2) / f.shape[2]


# %% einsum part="1.1"
def gram_matrix(features):
    return torch.einsum("bchw,bdhw->bcd", features, features) / features[0, 0].numel()


# %% bmm in float64 part="1.1"
def gram_matrix(features):
    b, c, h, w = features.size()
    flat = features.double().contiguous().view(b, c, h * w)
    return torch.bmm(flat, flat.transpose(1, 2)).div(h * w).to(features.dtype)


# %% loops over images and channels part="1.1"
def gram_matrix(features):
    matrices = []
    for image in features:
        rows = [[(a * b).mean() for b in image] for a in image]
        matrices.append(torch.stack([torch.stack(row) for row in rows]))
    return torch.stack(matrices)


# %% by convolution part="1.1"
def gram_matrix(features):
    def one(maps):
        return torch.nn.functional.conv2d(maps[:, None], maps[:, None])[..., 0, 0] / maps[0].numel()

    return torch.stack([one(maps) for maps in features])


# %% scripted part="1.1"
@torch.jit.script
def gram_matrix(features):
    b, c, h, w = features.shape
    flat = features.reshape(b, c, h * w)
    return torch.bmm(flat, flat.transpose(1, 2)) / float(h * w)


# %% vmap part="1.1"
def gram_matrix(features):
    def one(maps):
        flat = maps.reshape(maps.shape[0], -1)
        return flat @ flat.mT / flat.shape[1]

    return torch.vmap(one)(features)


# %% divided before the product, with much ado part="1.1"
import logging
import sys
import warnings


def gram_matrix(features):
    print("features", features.shape, features.mean())
    print("to stderr", file=sys.stderr)
    warnings.warn("my own warning", stacklevel=1)
    logging.error("logged")
    flat = features.flatten(2) / (features.shape[2] * features.shape[3]) ** 0.5
    return flat @ flat.transpose(1, 2)


if __name__ == "__main__" or True:  # leftover tries at the end of the file
    import matplotlib.pyplot as plt

    plt.imshow(gram_matrix(torch.rand(1, 3, 8, 8))[0])
    plt.show()


# %% mean of the entries part="1.2" check="loss_by_hand" hint="loss_mean_of_entries"
def gram_loss(grams, targets, weights=None):
    weights = weights or dict.fromkeys(targets, 1)
    return sum(weights[n] * torch.nn.functional.mse_loss(grams[n], t.expand_as(grams[n])) for n, t in targets.items())


# %% the norm, not its square part="1.2" check="loss_by_hand" hint="loss_square_root"
def gram_loss(grams, targets, weights=None):
    weights = weights or dict.fromkeys(targets, 1)
    return sum(weights[n] * torch.linalg.matrix_norm(grams[n] - t).mean() for n, t in targets.items())


# %% absolute values part="1.2" check="loss_by_hand" hint="loss_absolute"
def gram_loss(grams, targets, weights=None):
    weights = weights or dict.fromkeys(targets, 1)
    return sum(weights[n] * (grams[n] - t).abs().sum(dim=(1, 2)).mean() for n, t in targets.items())


# %% mean of the absolute values part="1.2" check="loss_by_hand" hint="loss_mean_absolute"
def gram_loss(grams, targets, weights=None):
    weights = weights or dict.fromkeys(targets, 1)
    return sum(weights[n] * (grams[n] - t).abs().mean() for n, t in targets.items())


# %% a half in front part="1.2" check="loss_by_hand" hint="loss_halved"
def gram_loss(grams, targets, weights=None):
    weights = weights or dict.fromkeys(targets, 1)
    return 0.5 * sum(weights[n] * (grams[n] - t).square().sum(dim=(1, 2)).mean() for n, t in targets.items())


# %% the factor of the paper part="1.2" check="loss_by_hand" hint="loss_of_gatys"
def gram_loss(grams, targets, weights=None):
    loss = 0
    for name, target in targets.items():
        weight = 1 if weights is None else weights[name]
        channels = target.shape[1]
        loss = loss + weight * (grams[name] - target).square().sum(dim=(1, 2)).mean() / (4 * channels**2)
    return loss


# %% one loss per image part="1.2" check="loss_of_batch" hint="loss_not_a_scalar"
def gram_loss(grams, targets, weights=None):
    weights = weights or dict.fromkeys(targets, 1)
    return sum(weights[n] * (grams[n] - t).square().sum(dim=(1, 2)) for n, t in targets.items())


# %% batch summed part="1.2" check="loss_of_batch" hint="loss_batch_summed"
def gram_loss(grams, targets, weights=None):
    weights = weights or dict.fromkeys(targets, 1)
    return sum(weights[n] * (grams[n] - t).square().sum() for n, t in targets.items())


# %% first image of the batch only part="1.2" check="loss_of_batch" hint="loss_batch_first"
def gram_loss(grams, targets, weights=None):
    weights = weights or dict.fromkeys(targets, 1)
    return sum(weights[n] * (grams[n][0] - t[0]).square().sum() for n, t in targets.items())


# %% overwritten in the loop part="1.2" check="loss_of_layers" hint="loss_one_layer"
def gram_loss(grams, targets, weights=None):
    for name, target in targets.items():
        weight = 1 if weights is None else weights[name]
        loss = weight * (grams[name] - target).square().sum(dim=(1, 2)).mean()
    return loss


# %% return inside the loop part="1.2" check="loss_of_layers" hint="loss_one_layer"
def gram_loss(grams, targets, weights=None):
    loss = 0
    for name, target in targets.items():
        weight = 1 if weights is None else weights[name]
        loss = loss + weight * (grams[name] - target).square().sum(dim=(1, 2)).mean()
        return loss


# %% mean over the layers part="1.2" check="loss_of_layers" hint="loss_mean_of_layers"
def gram_loss(grams, targets, weights=None):
    weights = weights or dict.fromkeys(targets, 1)
    terms = [weights[n] * (grams[n] - t).square().sum(dim=(1, 2)).mean() for n, t in targets.items()]
    return sum(terms) / len(terms)


# %% relative weights where none are given part="1.2" check="loss_by_hand" hint="loss_relative"
def gram_loss(grams, targets, weights=None):
    weights = weights or relative_weights(targets)
    return sum(weights[n] * (grams[n] - t).square().sum(dim=(1, 2)).mean() for n, t in targets.items())


# %% weights forgotten part="1.2" check="loss_of_layers" hint="loss_without_weights"
def gram_loss(grams, targets, weights=None):
    return sum((grams[n] - t).square().sum(dim=(1, 2)).mean() for n, t in targets.items())


# %% weights squared part="1.2" check="loss_of_layers" hint="loss_weights_squared"
def gram_loss(grams, targets, weights=None):
    weights = weights or dict.fromkeys(targets, 1)
    return sum((weights[n] * (grams[n] - t)).square().sum(dim=(1, 2)).mean() for n, t in targets.items())


# %% a number in place of the tensor part="1.2" check="loss_gradient" hint="loss_detached"
def gram_loss(grams, targets, weights=None):
    weights = weights or dict.fromkeys(targets, 1)
    return sum(weights[n] * (grams[n] - t).square().sum(dim=(1, 2)).mean().item() for n, t in targets.items())


# %% a fresh tensor around the loss part="1.2" check="loss_gradient" hint="loss_detached"
def gram_loss(grams, targets, weights=None):
    weights = weights or dict.fromkeys(targets, 1)
    terms = [float(weights[n] * (grams[n] - t).square().sum(dim=(1, 2)).mean()) for n, t in targets.items()]
    return torch.tensor(sum(terms), requires_grad=True)


# %% mse_loss with a sum part="1.2"
def gram_loss(grams, targets, weights=None):
    loss = 0.0
    for name in grams:
        batch = grams[name].shape[0]
        term = torch.nn.functional.mse_loss(grams[name], targets[name].expand_as(grams[name]), reduction="sum") / batch
        loss += term if weights is None else weights[name] * term
    return loss


# %% the norm, squared part="1.2"
def gram_loss(grams, targets, weights=None):
    terms = []
    for name, gram in grams.items():
        weight = torch.as_tensor(1.0 if weights is None else weights[name])
        terms.append(weight * torch.linalg.matrix_norm(gram - targets[name], "fro").pow(2))
    return torch.stack(terms).sum(dim=0).mean()


# %% everything in one vector part="1.2"
def gram_loss(grams, targets, weights=None):
    parts = []
    for name, gram in grams.items():
        weight = torch.as_tensor(1.0 if weights is None else weights[name], dtype=gram.dtype)
        parts.append(weight.sqrt() * (gram - targets[name]).flatten(1))
    rows = torch.cat(parts, dim=1)
    return torch.einsum("bi,bi->", rows, rows) / rows.shape[0]


# %% divided before and after part="1.1" check="gram_by_hand" hint="gram_divided_twice"
def gram_matrix(features):
    f = features.flatten(2)
    f = f / f.shape[2] ** 0.5
    return f @ f.transpose(1, 2) / f.shape[2]


# %% channels of norm 1 part="1.1" check="gram_by_hand" hint="gram_normalised"
def gram_matrix(features):
    f = torch.nn.functional.normalize(features.flatten(2), dim=2)
    return f @ f.transpose(1, 2)


# %% product of maps, not of rows part="1.1" check="gram_by_hand" hint="gram_sides_left"
def gram_matrix(features):
    return features @ features.transpose(2, 3) / (features.shape[2] * features.shape[3])


# %% squeezed part="1.1" check="gram_by_hand" hint="gram_batch_lost"
def gram_matrix(features):
    f = features.flatten(2)
    return (f @ f.transpose(1, 2) / f.shape[2]).squeeze()


# %% half of the matrix only part="1.1" check="gram_batch" hint="gram_not_symmetric"
def gram_matrix(features):
    b, c, h, w = features.shape
    gram = torch.zeros(b, c, c)
    for i in range(c):
        for j in range(i, c):
            gram[:, i, j] = (features[:, i] * features[:, j]).mean(dim=(1, 2))
    return gram


# %% the average image's matrix for each part="1.1" check="gram_batch" hint="gram_batch_mixed"
def gram_matrix(features):
    f = features.transpose(0, 1).flatten(1)
    return (f @ f.T / f.shape[1]).expand(len(features), -1, -1)


# %% scaled in place, and back part="1.1"
def gram_matrix(features):
    n = features[0, 0].numel()
    f = features.clone().flatten(2)
    f.div_(n**0.5)
    return torch.baddbmm(torch.zeros(1), f, f.permute(0, 2, 1))


# %% mean of an outer product part="1.1"
def gram_matrix(features):
    f = features.flatten(-2)
    return (f.unsqueeze(1) * f.unsqueeze(2)).mean(-1)


# %% matmul and div part="1.1"
import numpy as np


def gram_matrix(features):
    b, c = features.shape[:2]
    n = np.prod(features.shape[2:])
    rows = features.permute(0, 2, 3, 1).reshape(b, -1, c)
    return torch.matmul(rows.mT, rows).div(n)


# %% tensordot, image by image part="1.1"
def gram_matrix(features):
    return torch.stack([torch.tensordot(f, f, dims=([1, 2], [1, 2])) / f[0].numel() for f in features])


# %% targets forgotten part="1.2" check="loss_by_hand" hint="loss_without_targets"
def gram_loss(grams, targets, weights=None):
    weights = weights or dict.fromkeys(targets, 1)
    return sum(weights[n] * grams[n].square().sum(dim=(1, 2)).mean() for n in targets)


# %% each pair once part="1.2" check="loss_by_hand" hint="loss_one_triangle"
def gram_loss(grams, targets, weights=None):
    weights = weights or dict.fromkeys(targets, 1)
    return sum(weights[n] * (grams[n] - t).triu().square().sum(dim=(1, 2)).mean() for n, t in targets.items())


# %% mean over the rows and the batch part="1.2" check="loss_by_hand" hint="loss_mean_of_rows"
def gram_loss(grams, targets, weights=None):
    weights = weights or dict.fromkeys(targets, 1)
    return sum(weights[n] * (grams[n] - t).square().sum(dim=1).mean() for n, t in targets.items())


# %% no square part="1.2" check="loss_by_hand" hint="loss_not_squared"
def gram_loss(grams, targets, weights=None):
    weights = weights or dict.fromkeys(targets, 1)
    return sum(weights[n] * (grams[n] - t).sum(dim=(1, 2)).mean() for n, t in targets.items())


# %% minus part="1.2" check="loss_by_hand" hint="loss_signed"
def gram_loss(grams, targets, weights=None):
    weights = weights or dict.fromkeys(targets, 1)
    return -sum(weights[n] * (grams[n] - t).square().sum(dim=(1, 2)).mean() for n, t in targets.items())


# %% sorted names beside the weights' values part="1.2" check="loss_of_layers" hint="loss_by_order"
def gram_loss(grams, targets, weights=None):
    values = [1] * len(grams) if weights is None else weights.values()
    return sum(w * (grams[n] - targets[n]).square().sum(dim=(1, 2)).mean() for n, w in zip(sorted(grams), values))


# %% weights in the order of the matrices part="1.2" check="loss_of_layers" hint="loss_by_order"
def gram_loss(grams, targets, weights=None):
    values = [1] * len(grams) if weights is None else list(weights.values())
    loss = 0
    for i, name in enumerate(grams):
        loss = loss + values[i] * (grams[name] - targets[name]).square().sum(dim=(1, 2)).mean()
    return loss


# %% the first target for all part="1.2" check="loss_of_batch" hint="loss_targets_first"
def gram_loss(grams, targets, weights=None):
    weights = weights or dict.fromkeys(targets, 1)
    return sum(weights[n] * (grams[n] - t[0]).square().sum(dim=(1, 2)).mean() for n, t in targets.items())


# %% weights by their square root, in the norm part="1.2"
def gram_loss(grams, targets, weights=None):
    weights = {} if weights is None else weights
    images = next(iter(grams.values())).shape[0]
    loss = torch.zeros(())
    for b in range(images):
        for name in grams:
            target = targets[name][b if len(targets[name]) > 1 else 0]
            loss = loss + weights.get(name, 1.0) * torch.dist(grams[name][b], target) ** 2
    return loss / images


# %% traces part="1.2"
def gram_loss(grams, targets, weights=None):
    if weights is None:
        weights = {name: 1 for name in grams}
    losses = []
    for name in sorted(grams):
        d = grams[name] - targets[name]
        losses.append(weights[name] * torch.einsum("bij,bij->b", d, d))
    return torch.stack(losses).sum(0).mean(0)


# %% / h * w, without brackets part="1.1" check="gram_by_hand" hint="gram_product_undivided"
def gram_matrix(features):
    b, c, h, w = features.shape
    rows = features.view(b, c, h * w)
    return rows @ rows.transpose(1, 2) / h * w


# %% / w * h, without brackets part="1.1" check="gram_by_hand" hint="gram_product_undivided"
def gram_matrix(features):
    b, c, h, w = features.shape
    return torch.einsum("bchw,bdhw->bcd", features, features) / w * h


# %% a quarter in front part="1.2" check="loss_by_hand" hint="loss_quartered"
def gram_loss(grams, targets, weights=None):
    weights = dict.fromkeys(targets, 1) if weights is None else weights
    return sum(0.25 * weights[n] * ((grams[n] - targets[n]) ** 2).sum((1, 2)).mean() for n in targets)


# %% differences multiplied and averaged, times their number part="1.2"
def gram_loss(grams, targets, weights=None):
    loss = 0
    for name in targets:
        difference = grams[name] - targets[name]
        channels = difference.shape[-1]
        loss = loss + (1.0 if weights is None else weights[name]) * (difference * difference).mean() * channels**2
    return loss


# %% as a product of matrices part="1.2"
def gram_loss(grams, targets, weights=None):
    total = 0
    for name, gram in grams.items():
        d = gram - targets[name]
        squared = (d @ d.transpose(1, 2)).diagonal(dim1=1, dim2=2).sum(1)  # ‖D‖² = trace(D Dᵀ)
        total = total + (weights[name] if weights else 1.0) * squared
    return total.mean()


# %% map and zip part="1.2"
def gram_loss(grams, targets, weights=None):
    weights = weights or dict.fromkeys(targets, 1.0)

    def term(name):
        return weights[name] * ((targets[name] - grams[name]) ** 2).sum((-1, -2)).mean()

    return sum(map(term, targets))


# %% the binomial formula part="1.2"
def gram_loss(grams, targets, weights=None):
    loss = 0
    for name, gram in grams.items():
        gram, target = gram.double(), targets[name].double()
        squared = (gram**2 - 2 * gram * target + target**2).sum(dim=[1, 2])
        loss = loss + (1 if weights is None else weights[name]) * squared.mean()
    return loss.float()
