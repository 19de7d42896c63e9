"""What students write in noise.py; how these cells are read: see gram.py beside."""


# %% the two noises swapped part="2.4" check="interpolation_by_hand" hint="interpolation_swapped" kind="slip"
def interpolate_noise(z0, z1, lam):
    return [lam * a + (1 - lam) * b for a, b in zip(z0, z1)]


# %% the finest scale only part="2.4" check="interpolation_by_hand" hint="interpolation_one_scale"
def interpolate_noise(z0, z1, lam):
    return [(1 - lam) * z0[0] + lam * z1[0], *z0[1:]]


# %% a generator expression part="2.4" check="interpolation_by_hand" hint="interpolation_not_a_list" kind="slip"
def interpolate_noise(z0, z1, lam):
    return ((1 - lam) * a + lam * b for a, b in zip(z0, z1))


# %% square roots for weights part="2.4" check="interpolation_by_hand" hint="interpolation_square_roots" kind="slip"
def interpolate_noise(z0, z1, lam):
    return [(1 - lam) ** 0.5 * a + lam**0.5 * b for a, b in zip(z0, z1)]


# %% written into the first noise part="2.4" check="interpolation_leaves_alone" hint="interpolation_in_place" kind="slip"
def interpolate_noise(z0, z1, lam):
    for a, b in zip(z0, z1):
        a *= 1 - lam
        a += lam * b
    return z0


# %% nothing straightened part="2.4" check="redresse_by_hand" hint="redresse_identity" kind="idea"
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


# %% λ above 1/2 as it is part="2.4" check="redresse_symmetric" hint="redresse_beyond_half redresse_ends" kind="slip"
def redresse(z, lam):
    if lam < 1e-6:
        return z.clone()
    low = z**2 / (2 * lam * (1 - lam))
    high = 1 - (1 - z) ** 2 / (2 * lam * (1 - lam))
    return torch.where(z <= lam, low, torch.where(z >= 1 - lam, high, (z - lam / 2) / (1 - lam)))


# %% λ above 1/2 left alone part="2.4" check="redresse_symmetric" hint="redresse_beyond_half" kind="slip"
def redresse(z, lam):
    if lam < 1e-6 or lam > 0.5:
        return z.clone()
    low = z**2 / (2 * lam * (1 - lam))
    high = 1 - (1 - z) ** 2 / (2 * lam * (1 - lam))
    return torch.where(z <= lam, low, torch.where(z >= 1 - lam, high, (z - lam / 2) / (1 - lam)))


# %% 0/0 at the ends part="2.4" check="redresse_ends" hint="redresse_ends" kind="slip"
def redresse(z, lam):
    lam = min(lam, 1 - lam)
    t = torch.minimum(z, 1 - z)
    below = torch.where(t <= lam, t**2 / torch.tensor(2 * lam * (1 - lam)), (t - lam / 2) / (1 - lam))
    return torch.where(z <= 0.5, below, 1 - below)


# %% written into the noise part="2.4" check="redresse_leaves_alone" hint="redresse_in_place" kind="slip"
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


# %% the first noise part="2.4" check="interpolation_by_hand" hint="interpolation_end"
def interpolate_noise(z0, z1, lam):
    return z0


# %% nothing at all part="2.4" check="redresse_by_hand" hint="interpolation_end redresse_identity" kind="lazy"
def interpolate_noise(z0, z1, lam):
    return z0


def redresse(z, lam):
    return z


# %% zeros part="2.4" check="redresse_by_hand" hint="redresse_draw" kind="lazy"
def interpolate_noise(z0, z1, lam):
    return [torch.zeros_like(z) for z in z0]


def redresse(z, lam):
    return torch.zeros_like(z)


# %% random numbers part="2.4" check="redresse_by_hand" hint="redresse_draw" kind="lazy"
def interpolate_noise(z0, z1, lam):
    return [torch.rand_like(z) for z in z0]


def redresse(z, lam):
    return torch.rand_like(z)


# %% nothing returned part="2.4" check="redresse_by_hand" hint="no_return" kind="lazy"
def interpolate_noise(z0, z1, lam):
    [(1 - lam) * a + lam * b for a, b in zip(z0, z1)]


def redresse(z, lam):
    z = z.clone()


# %% half of each part="2.4" check="interpolation_by_hand" hint="interpolation_half" kind="slip"
CHANGE = {
    "return [(1 - lam) * a + lam * b for a, b in zip(z0, z1, strict=True)]": "return [(a + b) / 2 for a, b in zip(z0, z1, strict=True)]"
}


# %% the second noise added part="2.4" check="interpolation_by_hand" hint="interpolation_sum" kind="slip"
CHANGE = {
    "return [(1 - lam) * a + lam * b for a, b in zip(z0, z1, strict=True)]": "return [a + lam * b for a, b in zip(z0, z1, strict=True)]"
}


# %% squares for weights part="2.4" check="interpolation_by_hand" hint="interpolation_squares" kind="slip"
CHANGE = {
    "return [(1 - lam) * a + lam * b for a, b in zip(z0, z1, strict=True)]": "return [(1 - lam) ** 2 * a + lam**2 * b for a, b in zip(z0, z1, strict=True)]"
}


# %% the coarsest scale only part="2.4" check="interpolation_by_hand" hint="interpolation_end" kind="slip"
def interpolate_noise(z0, z1, lam):
    return [*z0[:-1], (1 - lam) * z0[-1] + lam * z1[-1]]


# %% the first scale alone returned part="2.4" check="interpolation_by_hand" hint="interpolation_scales" kind="slip"
def interpolate_noise(z0, z1, lam):
    return [(1 - lam) * z0[0] + lam * z1[0]]


# %% returned inside of the loop part="2.4" check="interpolation_by_hand" hint="interpolation_scales" kind="slip"
def interpolate_noise(z0, z1, lam):
    out = []
    for a, b in zip(z0, z1):
        out.append((1 - lam) * a + lam * b)
        return out


# %% straightened at once part="2.4" check="interpolation_by_hand" hint="interpolation_straightened" kind="slip"
CHANGE = {
    "return [(1 - lam) * a + lam * b for a, b in zip(z0, z1, strict=True)]": "return [redresse((1 - lam) * a + lam * b, lam) for a, b in zip(z0, z1, strict=True)]"
}


# %% a tensor of the first scale part="2.4" check="interpolation_by_hand" hint="interpolation_not_a_list" kind="slip"
def interpolate_noise(z0, z1, lam):
    return (1 - lam) * z0[0] + lam * z1[0]


# %% λ cut to whole numbers part="2.4" check="interpolation_by_hand" hint="interpolation_end" kind="slip"
CHANGE = {
    "return [(1 - lam) * a + lam * b for a, b in zip(z0, z1, strict=True)]": "return [(1 - int(lam)) * a + int(lam) * b for a, b in zip(z0, z1, strict=True)]"
}


# %% written into the second noise part="2.4" check="interpolation_leaves_alone" hint="interpolation_in_place" kind="slip"
def interpolate_noise(z0, z1, lam):
    for a, b in zip(z0, z1):
        b.mul_(lam).add_((1 - lam) * a)
    return z1


# %% λ limited to a half part="2.4" check="interpolation_leaves_alone" kind="slip"
CHANGE = {
    "return [(1 - lam) * a + lam * b for a, b in zip(z0, z1, strict=True)]": "lam = min(lam, 0.5)\n    return [(1 - lam) * a + lam * b for a, b in zip(z0, z1, strict=True)]"
}


# %% no square in the ramp part="2.4" check="redresse_by_hand" hint="redresse_no_square"
CHANGE = {
    "t.square() / (2 * lam * (1 - lam)), (t - lam / 2) / (1 - lam))": "t / (2 * lam * (1 - lam)), (t - lam / 2) / (1 - lam))"
}


# %% 1 − λ missing below the square part="2.4" check="redresse_by_hand" hint="redresse_not_divided"
CHANGE = {
    "t.square() / (2 * lam * (1 - lam)), (t - lam / 2) / (1 - lam))": "t.square() / (2 * lam), (t - lam / 2) / (1 - lam))"
}


# %% not subtracted from one part="2.4" check="redresse_by_hand" hint="redresse_not_subtracted"
CHANGE = {"torch.where(z <= 0.5, below, 1 - below)": "below"}


# %% turned around part="2.4" check="redresse_by_hand" hint="redresse_turned"
CHANGE = {"torch.where(z <= 0.5, below, 1 - below)": "torch.where(z <= 0.5, 1 - below, below)"}


# %% the density part="2.4" check="redresse_by_hand" hint="redresse_density" kind="idea"
CHANGE = {
    "t.square() / (2 * lam * (1 - lam)), (t - lam / 2) / (1 - lam))": "t / (lam * (1 - lam)), torch.ones_like(t) / (1 - lam))",
    "torch.where(z <= 0.5, below, 1 - below)": "below",
}


# %% the middle not divided part="2.4" check="redresse_by_hand" hint="redresse_middle"
CHANGE = {
    "t.square() / (2 * lam * (1 - lam)), (t - lam / 2) / (1 - lam))": "t.square() / (2 * lam * (1 - lam)), t - lam / 2)"
}


# %% the middle shifted by λ part="2.4" check="redresse_by_hand" hint="redresse_middle"
CHANGE = {
    "t.square() / (2 * lam * (1 - lam)), (t - lam / 2) / (1 - lam))": "t.square() / (2 * lam * (1 - lam)), (t - lam) / (1 - lam))"
}


# %% no middle, two ramps part="2.4" check="redresse_by_hand" hint="redresse_middle"
def redresse(z, lam):
    lam = min(lam, 1 - lam)
    if lam < 1e-6:
        return z.clone()
    ramp = torch.where(z <= 0.5, z**2, (1 - z) ** 2) / (2 * lam * (1 - lam))
    return torch.where(z <= 0.5, ramp, 1 - ramp)


# %% the ramp of z cubed part="2.4" check="redresse_by_hand" hint="redresse_ramps"
CHANGE = {
    "t.square() / (2 * lam * (1 - lam)), (t - lam / 2) / (1 - lam))": "t**3 / (2 * lam * (1 - lam)), (t - lam / 2) / (1 - lam))"
}


# %% the ramp only below part="2.4" check="redresse_by_hand" hint="redresse_above"
def redresse(z, lam):
    lam = min(lam, 1 - lam)
    if lam < 1e-6:
        return z.clone()
    return torch.where(z <= lam, z**2 / (2 * lam * (1 - lam)), (z - lam / 2) / (1 - lam))


# %% the ramp only above part="2.4" check="redresse_by_hand" hint="redresse_below"
def redresse(z, lam):
    lam = min(lam, 1 - lam)
    if lam < 1e-6:
        return z.clone()
    return torch.where(z >= 1 - lam, 1 - (1 - z) ** 2 / (2 * lam * (1 - lam)), (z - lam / 2) / (1 - lam))


# %% a smooth step part="2.4" check="redresse_by_hand" hint="redresse_draw"
def redresse(z, lam):
    lam = min(lam, 1 - lam)
    return z if lam < 1e-6 else 3 * z**2 - 2 * z**3


# %% always as for a half part="2.4" check="redresse_by_hand" hint="redresse_draw"
CHANGE = {"lam = min(lam, 1 - lam)\n    if lam": "lam = 0.5 if 0 < lam < 1 else 0\n    if lam"}


# %% identity up to a third part="2.4" check="redresse_by_hand" hint="redresse_identity"
CHANGE = {"lam < 1e-6": "lam < 0.33"}


# %% identity up to a hundredth and more part="2.4" check="redresse_law" kind="slip"
CHANGE = {"lam < 1e-6": "lam < 0.12"}


# %% the greatest of λ and 1 − λ part="2.4" check="redresse_by_hand" hint="redresse_middle redresse_ends"
CHANGE = {"lam = min(lam, 1 - lam)": "lam = max(lam, 1 - lam)"}


# %% the same noise at the ends part="2.4" check="redresse_ends" kind="slip"
CHANGE = {"return z.clone()": "return torch.full_like(z, 0.5)"}


# %% scaled by its own extremes part="2.4" check="redresse_leaves_alone" hint="redresse_ranks" kind="slip"
CHANGE = {"    t = torch.minimum": "    z = (z - z.min()) / (z.max() - z.min())\n    t = torch.minimum"}


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


# %% by index part="2.4"
def interpolate_noise(z0, z1, lam):
    noise = []
    for k in range(len(z0)):
        noise.append(z0[k] * (1 - lam) + z1[k] * lam)
    return noise


# %% mapped part="2.4"
def interpolate_noise(z0, z1, lam):
    return list(map(lambda a, b: a + (b - a) * lam, z0, z1))


# %% noise copied before part="2.4"
def interpolate_noise(z0, z1, lam):
    noise = [z.clone() for z in z0]
    for a, b in zip(noise, z1):
        a.lerp_(b, lam)
    return noise


# %% in double precision part="2.4"
def redresse(z, lam):
    t, lam = z.double(), min(lam, 1 - lam)
    if lam < 1e-8:
        return z
    low, high = t**2 / (2 * lam * (1 - lam)), 1 - (1 - t) ** 2 / (2 * lam * (1 - lam))
    return torch.where(t <= lam, low, torch.where(t >= 1 - lam, high, (t - lam / 2) / (1 - lam))).float()


# %% clamped areas part="2.4"
def redresse(z, lam):
    lam = min(lam, 1 - lam)
    if lam == 0 or lam < 1e-7:
        return z.clone()
    low, high = z.clamp(max=lam), (z - (1 - lam)).clamp(min=0)
    middle = z.clamp(lam, 1 - lam) - lam
    return (low**2 / (2 * lam) + middle + (lam - (lam - high) ** 2 / lam / 1) * 0 + high - high**2 / (2 * lam)) / (
        1 - lam
    )


# %% value by value part="2.4"
def redresse(z, lam):
    lam = min(lam, 1 - lam)
    if lam < 1e-6:
        return z.clone()

    def f(t):
        if t <= lam:
            return t * t / (2 * lam * (1 - lam))
        return 1 - f(1 - t) if t >= 1 - lam else (t - lam / 2) / (1 - lam)

    return torch.tensor([f(t) for t in z.flatten().tolist()]).reshape(z.shape)


# %% λ turned by hand part="2.4"
def redresse(z, lam):
    if lam > 0.5:
        lam = 1 - lam
    if lam <= 1e-6:
        return z
    t = torch.where(z > 0.5, 1 - z, z)
    out = torch.where(t < lam, t.pow(2).div(2 * lam * (1 - lam)), t.sub(lam / 2).div(1 - lam))
    return torch.where(z > 0.5, 1 - out, out)


# %% with a mask in place of a copy part="2.4"
def redresse(z, lam):
    lam = min(lam, 1 - lam)
    if lam < 1e-6:
        return z.clone()
    out = (z - lam / 2) / (1 - lam)
    out[z < lam] = z[z < lam] ** 2 / (2 * lam * (1 - lam))
    out[z > 1 - lam] = 1 - (1 - z[z > 1 - lam]) ** 2 / (2 * lam * (1 - lam))
    return out


# %% masks in turn, on what was written part="2.4" check="redresse_by_hand" hint="redresse_in_turn"
def redresse(z, lam):
    lam = min(lam, 1 - lam)
    if lam < 1e-6:
        return z.clone()
    z = z.clone()
    z[z <= lam] = z[z <= lam] ** 2 / (2 * lam * (1 - lam))
    middle = (z > lam) & (z < 1 - lam)
    z[middle] = (z[middle] - lam / 2) / (1 - lam)
    z[z >= 1 - lam] = 1 - (1 - z[z >= 1 - lam]) ** 2 / (2 * lam * (1 - lam))
    return z


# %% where in turn, the middle first part="2.4" check="redresse_by_hand" hint="redresse_in_turn"
def redresse(z, lam):
    lam = min(lam, 1 - lam)
    if lam < 1e-6:
        return z.clone()
    z = torch.where((z > lam) & (z < 1 - lam), (z - lam / 2) / (1 - lam), z)
    z = torch.where(z <= lam, z**2 / (2 * lam * (1 - lam)), z)
    return torch.where(z >= 1 - lam, 1 - (1 - z) ** 2 / (2 * lam * (1 - lam)), z)


# %% masks that overlap, in turn part="2.4" check="redresse_by_hand" hint="redresse_in_turn"
def redresse(z, lam):
    lam = min(lam, 1 - lam)
    if lam < 1e-6:
        return z.clone()
    z = z.clone()
    z[z <= lam] = z[z <= lam] ** 2 / (2 * lam * (1 - lam))
    z[z > lam] = (z[z > lam] - lam / 2) / (1 - lam)
    z[z >= 1 - lam] = 1 - (1 - z[z >= 1 - lam]) ** 2 / (2 * lam * (1 - lam))
    return z


# %% the pyramids themselves mixed part="2.4" check="interpolation_by_hand" hint="error_list" kind="slip"
def interpolate_noise(z0, z1, lam):
    return (1 - lam) * z0 + lam * z1
