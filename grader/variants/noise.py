"""What students write in noise.py; how these cells are read: see gram.py beside."""


# %% the two noises swapped part="2.4" check="interpolation_by_hand" hint="interpolation_swapped"
def interpolate_noise(z0, z1, lam):
    return [lam * a + (1 - lam) * b for a, b in zip(z0, z1)]


# %% the finest scale only part="2.4" check="interpolation_by_hand" hint="interpolation_one_scale"
def interpolate_noise(z0, z1, lam):
    return [(1 - lam) * z0[0] + lam * z1[0], *z0[1:]]


# %% a generator expression part="2.4" check="interpolation_by_hand" hint="interpolation_not_a_list"
def interpolate_noise(z0, z1, lam):
    return ((1 - lam) * a + lam * b for a, b in zip(z0, z1))


# %% square roots for weights part="2.4" check="interpolation_by_hand" hint="interpolation_square_roots"
def interpolate_noise(z0, z1, lam):
    return [(1 - lam) ** 0.5 * a + lam**0.5 * b for a, b in zip(z0, z1)]


# %% written into the first noise part="2.4" check="interpolation_leaves_alone" hint="interpolation_in_place"
def interpolate_noise(z0, z1, lam):
    for a, b in zip(z0, z1):
        a *= 1 - lam
        a += lam * b
    return z0


# %% nothing straightened part="2.4" check="redresse_by_hand" hint="redresse_identity"
def redresse(z, lam):
    return z.clone()


# %% the middle formula everywhere part="2.4" check="redresse_by_hand" hint="redresse_linear"
def redresse(z, lam):
    lam = min(lam, 1 - lam)
    return (z - lam / 2) / (1 - lam)


# %% the 2 below the t² forgotten part="2.4" check="redresse_by_hand" hint="redresse_twice"
def redresse(z, lam):
    lam = min(lam, 1 - lam)
    if lam == 0:
        return z.clone()
    t = torch.minimum(z, 1 - z)
    below = torch.where(t <= lam, t**2 / (lam * (1 - lam)), (t - lam / 2) / (1 - lam))
    return torch.where(z <= 0.5, below, 1 - below)


# %% no mirror image above part="2.4" check="redresse_by_hand" hint="redresse_no_upper_half"
def redresse(z, lam):
    lam = min(lam, 1 - lam)
    if lam == 0:
        return z.clone()
    return torch.where(
        z <= lam,
        z**2 / (2 * lam * (1 - lam)),
        torch.where(z < 1 - lam, (z - lam / 2) / (1 - lam), z**2 / (2 * lam * (1 - lam))),
    )


# %% standardised part="2.4" check="redresse_by_hand" hint="redresse_standardised"
def redresse(z, lam):
    return 0.5 + (z - 0.5) / ((1 - lam) ** 2 + lam**2) ** 0.5


# %% distribution function of a Gaussian part="2.4" check="redresse_by_hand" hint="redresse_gaussian"
def redresse(z, lam):
    scale = (((1 - lam) ** 2 + lam**2) / 12) ** 0.5
    return torch.distributions.Normal(0.5, scale).cdf(z)


# %% ranks part="2.4" check="redresse_by_hand" hint="redresse_ranks"
def redresse(z, lam):
    ranks = z.flatten().argsort().argsort()
    return ((ranks + 0.5) / z.numel()).reshape(z.shape)


# %% clamped after stretching part="2.4" check="redresse_by_hand" hint="redresse_linear"
def redresse(z, lam):
    lam = min(lam, 1 - lam)
    return ((z - lam / 2) / (1 - lam)).clamp(0, 1)


# %% λ above 1/2 as it is part="2.4" check="redresse_symmetric" hint="redresse_beyond_half"
def redresse(z, lam):
    if lam < 1e-6:
        return z.clone()
    low = z**2 / (2 * lam * (1 - lam))
    high = 1 - (1 - z) ** 2 / (2 * lam * (1 - lam))
    return torch.where(z <= lam, low, torch.where(z >= 1 - lam, high, (z - lam / 2) / (1 - lam)))


# %% λ above 1/2 left alone part="2.4" check="redresse_symmetric" hint="redresse_beyond_half"
def redresse(z, lam):
    if lam < 1e-6 or lam > 0.5:
        return z.clone()
    low = z**2 / (2 * lam * (1 - lam))
    high = 1 - (1 - z) ** 2 / (2 * lam * (1 - lam))
    return torch.where(z <= lam, low, torch.where(z >= 1 - lam, high, (z - lam / 2) / (1 - lam)))


# %% 0/0 at the ends part="2.4" check="redresse_ends" hint="redresse_ends"
def redresse(z, lam):
    lam = min(lam, 1 - lam)
    t = torch.minimum(z, 1 - z)
    below = torch.where(t <= lam, t**2 / torch.tensor(2 * lam * (1 - lam)), (t - lam / 2) / (1 - lam))
    return torch.where(z <= 0.5, below, 1 - below)


# %% written into the noise part="2.4" check="redresse_leaves_alone" hint="redresse_in_place"
def redresse(z, lam):
    lam = min(lam, 1 - lam)
    if lam < 1e-6:
        return z
    low, high = z <= lam, z >= 1 - lam
    middle = ~low & ~high
    z[low] = z[low] ** 2 / (2 * lam * (1 - lam))
    z[high] = 1 - (1 - z[high]) ** 2 / (2 * lam * (1 - lam))
    z[middle] = (z[middle] - lam / 2) / (1 - lam)
    return z


# %% lerp part="2.4"
def interpolate_noise(z0, z1, lam):
    return [torch.lerp(a, b, lam) for a, b in zip(z0, z1)]


# %% a loop, a tuple part="2.4"
def interpolate_noise(z0, z1, lam):
    out = ()
    for k in range(len(z0)):
        out += (z0[k] + lam * (z1[k] - z0[k]),)
    return out


# %% masks part="2.4"
def redresse(z, lam):
    lam = min(lam, 1.0 - lam)
    if lam <= 1e-5:
        return z
    out = z.clone()
    low, high = z <= lam, z >= 1 - lam
    middle = ~low & ~high
    out[low] = z[low] ** 2 / (2 * lam * (1 - lam))
    out[middle] = (z[middle] - lam / 2) / (1 - lam)
    out[high] = 1 - (1 - z[high]) ** 2 / (2 * lam * (1 - lam))
    return out


# %% as a sum of ramps part="2.4"
def redresse(z, lam):
    lam = min(lam, 1 - lam)
    if lam < 1e-4:  # near the ends the difference is below what is asked
        return z + 0
    a, b = z.double().clamp(0, 1), float(lam)
    ramps = [(1, 0.0), (-1, b), (-1, 1 - b)]
    return (sum(s * (a - t).clamp_min(0) ** 2 for s, t in ramps) / (2 * b * (1 - b))).to(z.dtype)


# %% in NumPy part="2.4"
def redresse(z, lam):
    import numpy as np

    lam = min(lam, 1 - lam)
    if lam < 1e-6:
        return z.clone()
    t = z.numpy()
    area = 2 * lam * (1 - lam)
    value = np.where(t < lam, t**2 / area, np.where(t > 1 - lam, 1 - (1 - t) ** 2 / area, (t - lam / 2) / (1 - lam)))
    return torch.from_numpy(value.astype(np.float32))
