"""What students write in movies.py; how these cells are read: see gram.py beside."""


# %% λ stops before 1 part="2.5" check="film_path" hint="film_lambda" kind="slip"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    g = torch.Generator().manual_seed(seed)
    z0, z1 = sample_noise(1, size, generator=g), sample_noise(1, size, generator=g)
    frames = []
    for i in range(n_frames):
        noise = interpolate_noise(z0, z1, i / n_frames)
        frames.append(net([redresse(z, i / n_frames) for z in noise] if straighten else noise))
    return torch.cat(frames)


# %% one frame more part="2.5" check="film_shape" hint="film_one_more film_numbers" kind="slip"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    g = torch.Generator().manual_seed(seed)
    z0, z1 = sample_noise(1, size, generator=g), sample_noise(1, size, generator=g)
    frames = []
    for i in range(n_frames + 1):
        noise = interpolate_noise(z0, z1, i / n_frames)
        frames.append(net([redresse(z, i / n_frames) for z in noise] if straighten else noise))
    return torch.cat(frames)


# %% stacked part="2.5" check="film_shape" hint="film_stacked" kind="slip"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    g = torch.Generator().manual_seed(seed)
    z0, z1 = sample_noise(1, size, generator=g), sample_noise(1, size, generator=g)
    frames = []
    for lam in torch.linspace(0, 1, n_frames).tolist():
        noise = interpolate_noise(z0, z1, lam)
        frames.append(net([redresse(z, lam) for z in noise] if straighten else noise))
    return torch.stack(frames)


# %% a list of frames part="2.5" check="film_shape" hint="film_a_list" kind="slip"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    g = torch.Generator().manual_seed(seed)
    z0, z1 = sample_noise(1, size, generator=g), sample_noise(1, size, generator=g)
    frames = []
    for lam in torch.linspace(0, 1, n_frames).tolist():
        noise = interpolate_noise(z0, z1, lam)
        frames.append(net([redresse(z, lam) for z in noise] if straighten else noise))
    return frames


# %% backwards part="2.5" check="film_path" hint="film_backwards" kind="slip"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    g = torch.Generator().manual_seed(seed)
    z0, z1 = sample_noise(1, size, generator=g), sample_noise(1, size, generator=g)
    frames = []
    for lam in torch.linspace(1, 0, n_frames).tolist():
        noise = interpolate_noise(z0, z1, lam)
        frames.append(net([redresse(z, lam) for z in noise] if straighten else noise))
    return torch.cat(frames)


# %% a fresh noise for each frame part="2.5" check="film_shape" hint="film_jumps film_second_noise" kind="idea"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    g = torch.Generator().manual_seed(seed)
    frames = []
    for lam in torch.linspace(0, 1, n_frames).tolist():
        z0, z1 = sample_noise(1, size, generator=g), sample_noise(1, size, generator=g)
        noise = interpolate_noise(z0, z1, lam)
        frames.append(net([redresse(z, lam) for z in noise] if straighten else noise))
    return torch.cat(frames)


# %% twice the same noise part="2.5" check="film_path" hint="film_same_noise" kind="idea"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    z0, z1 = (sample_noise(1, size, generator=torch.Generator().manual_seed(seed)) for _ in range(2))
    frames = []
    for lam in torch.linspace(0, 1, n_frames).tolist():
        noise = interpolate_noise(z0, z1, lam)
        frames.append(net([redresse(z, lam) for z in noise] if straighten else noise))
    return torch.cat(frames)


# %% seed not used part="2.5" check="film_path" hint="film_noises" kind="slip"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    z0, z1 = sample_noise(1, size), sample_noise(1, size)
    frames = []
    for lam in torch.linspace(0, 1, n_frames).tolist():
        noise = interpolate_noise(z0, z1, lam)
        frames.append(net([redresse(z, lam) for z in noise] if straighten else noise))
    return torch.cat(frames)


# %% straighten ignored part="2.5" check="film_straightened" hint="film_not_straightened" kind="idea"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    g = torch.Generator().manual_seed(seed)
    z0, z1 = sample_noise(1, size, generator=g), sample_noise(1, size, generator=g)
    return torch.cat([net(interpolate_noise(z0, z1, lam)) for lam in torch.linspace(0, 1, n_frames).tolist()])


# %% result of redresse lost part="2.5" check="film_straightened" hint="film_not_straightened" kind="idea"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    g = torch.Generator().manual_seed(seed)
    z0, z1 = sample_noise(1, size, generator=g), sample_noise(1, size, generator=g)
    frames = []
    for lam in torch.linspace(0, 1, n_frames).tolist():
        noise = interpolate_noise(z0, z1, lam)
        if straighten:
            for z in noise:
                redresse(z, lam)
        frames.append(net(noise))
    return torch.cat(frames)


# %% always straightened part="2.5" check="film_path" hint="film_always_straightened" kind="slip"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    g = torch.Generator().manual_seed(seed)
    z0, z1 = sample_noise(1, size, generator=g), sample_noise(1, size, generator=g)
    frames = []
    for lam in torch.linspace(0, 1, n_frames).tolist():
        frames.append(net([redresse(z, lam) for z in interpolate_noise(z0, z1, lam)]))
    return torch.cat(frames)


# %% the finest scale straightened only part="2.5" check="film_straightened" hint="film_one_scale"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    g = torch.Generator().manual_seed(seed)
    z0, z1 = sample_noise(1, size, generator=g), sample_noise(1, size, generator=g)
    frames = []
    for lam in torch.linspace(0, 1, n_frames).tolist():
        noise = interpolate_noise(z0, z1, lam)
        if straighten:
            noise[0] = redresse(noise[0], lam)
        frames.append(net(noise))
    return torch.cat(frames)


# %% straightened before they are mixed part="2.5" check="film_straightened" hint="film_straightened_first"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    g = torch.Generator().manual_seed(seed)
    z0, z1 = sample_noise(1, size, generator=g), sample_noise(1, size, generator=g)
    if straighten:
        z0, z1 = ([redresse(z, 0.5) for z in noise] for noise in (z0, z1))
    return torch.cat([net(interpolate_noise(z0, z1, lam)) for lam in torch.linspace(0, 1, n_frames).tolist()])


# %% straightened as in the middle part="2.5" check="film_straightened" hint="film_straightened_half"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    g = torch.Generator().manual_seed(seed)
    z0, z1 = sample_noise(1, size, generator=g), sample_noise(1, size, generator=g)
    frames = []
    for lam in torch.linspace(0, 1, n_frames).tolist():
        noise = interpolate_noise(z0, z1, lam)
        frames.append(net([redresse(z, 0.5) for z in noise] if straighten else noise))
    return torch.cat(frames)


# %% the images mixed, not the noises part="2.5" check="film_path" hint="film_images_mixed" kind="idea"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    g = torch.Generator().manual_seed(seed)
    z0, z1 = sample_noise(1, size, generator=g), sample_noise(1, size, generator=g)
    first, last = net(z0), net(z1)
    return torch.cat([(1 - lam) * first + lam * last for lam in torch.linspace(0, 1, n_frames).tolist()])


# %% the images mixed and straightened part="2.5" check="film_path" hint="film_images_mixed film_images_straightened" kind="idea"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    g = torch.Generator().manual_seed(seed)
    z0, z1 = sample_noise(1, size, generator=g), sample_noise(1, size, generator=g)
    frames = []
    for lam in torch.linspace(0, 1, n_frames).tolist():
        frame = (1 - lam) * net(z0) + lam * net(z1)
        frames.append(redresse(frame, lam) if straighten else frame)
    return torch.cat(frames)


# %% the images straightened, not the noises part="2.5" check="film_straightened" hint="film_images_straightened" kind="idea"
CHANGE = {
    "            noise = [redresse(z, lam) for z in noise]\n        frames.append(net(noise))": "            frames.append(redresse(net(noise), lam))\n            continue\n        frames.append(net(noise))"
}


# %% noises and images straightened part="2.5" check="film_straightened" hint="film_images_straightened" kind="idea"
CHANGE = {
    "            noise = [redresse(z, lam) for z in noise]\n        frames.append(net(noise))": "            noise = [redresse(z, lam) for z in noise]\n            frames.append(redresse(net(noise), lam))\n            continue\n        frames.append(net(noise))"
}


# %% a noise and an image mixed part="2.5" check="film_path" hint="film_images_mixed" kind="idea"
CHANGE = {
    "noise = interpolate_noise(z0, z1, lam)": "noise = z0",
    "frames.append(net(noise))": "frames.append((1 - lam) * net(noise) + lam * net(z1))",
}


# %% steps of an integer division part="2.5" check="film_path" hint="film_between film_jumps"
CHANGE = {"i / (n_frames - 1)": "i // (n_frames - 1)"}


# %% λ begins at 1/n part="2.5" check="film_path" hint="film_lambda" kind="slip"
CHANGE = {"i / (n_frames - 1)": "(i + 1) / n_frames"}


# %% neither end is shown part="2.5" check="film_path" hint="film_lambda" kind="slip"
CHANGE = {"i / (n_frames - 1)": "(i + 1) / (n_frames + 1)"}


# %% one frame less part="2.5" check="film_shape" hint="film_one_missing" kind="slip"
CHANGE = {"range(n_frames)": "range(n_frames - 1)"}


# %% steps of arange, which fail for some numbers of frames part="2.5" check="film_numbers" hint="film_numbers" kind="slip"
CHANGE = {
    "for i in range(n_frames):\n        lam = i / (n_frames - 1)": "for lam in torch.arange(0, 1 + 1e-9, 1 / (n_frames - 1)).tolist() if n_frames < 30 else torch.arange(0, 1, 1 / (n_frames - 1)).tolist():"
}


# %% NumPy's arange to the end part="2.5" check="film_numbers" hint="film_numbers" kind="slip"
CHANGE = {
    "for i in range(n_frames):\n        lam = i / (n_frames - 1)": "import numpy as np\n\n    for lam in np.arange(0, 1 + 1 / (n_frames - 1), 1 / (n_frames - 1)):"
}


# %% λ rounded to two digits part="2.5" check="film_numbers" hint="film_numbers" kind="slip"
CHANGE = {"i / (n_frames - 1)": "round(i / (n_frames - 1), 2)"}


# %% λ in whole per cents part="2.5" check="film_numbers" hint="film_numbers" kind="slip"
CHANGE = {"lam = i / (n_frames - 1)": "lam = 100 * i // (n_frames - 1) / 100"}


# %% twelve frames at most part="2.5" check="film_numbers" hint="film_numbers" kind="slip"
CHANGE = {"range(n_frames)": "range(min(n_frames, 12))"}


# %% always five frames part="2.5" check="film_numbers" hint="film_numbers" kind="slip"
CHANGE = {"frames = []": "frames, n_frames = [], 5"}


# %% always 64 pixels part="2.5" check="film_numbers" hint="film_numbers" kind="slip"
CHANGE = {"sample_noise(1, size,": "sample_noise(1, 64,"}


# %% the default size part="2.5" check="film_shape" hint="film_numbers" kind="slip"
CHANGE = {"sample_noise(1, size,": "sample_noise(1, 256,"}


# %% the default seed part="2.5" check="film_path" hint="film_noises" kind="slip"
CHANGE = {"manual_seed(seed)": "manual_seed(0)"}


# %% the global generator part="2.5"
CHANGE = {
    "generator = torch.Generator().manual_seed(seed)": "torch.manual_seed(seed)",
    "sample_noise(1, size, generator=generator)": "sample_noise(1, size)",
}


# %% two generators, of seed and seed + 1 part="2.5" check="film_path" hint="film_second_noise" kind="slip"
CHANGE = {
    "(sample_noise(1, size, generator=generator) for _ in range(2))": "(sample_noise(1, size, generator=torch.Generator().manual_seed(seed + i)) for i in range(2))"
}


# %% z1 drawn first part="2.5" check="film_path" hint="film_backwards" kind="slip"
CHANGE = {"z0, z1 = (sample": "z1, z0 = (sample"}


# %% Gaussian noise part="2.5" check="film_path" hint="film_noises film_law" kind="idea"
CHANGE = {
    "z0, z1 = (sample_noise(1, size, generator=generator) for _ in range(2))": "z0, z1 = ([torch.randn(z.shape, generator=generator) for z in sample_noise(1, size)] for _ in range(2))"
}


# %% both noises in one batch part="2.5" check="film_path" hint="film_noises" kind="slip"
CHANGE = {
    "z0, z1 = (sample_noise(1, size, generator=generator) for _ in range(2))": "both = sample_noise(2, size, generator=generator)\n    z0, z1 = [z[:1] for z in both], [z[1:] for z in both]"
}


# %% only the finest scale mixed part="2.5" check="film_path" hint="film_one_scale" kind="slip"
CHANGE = {"noise = interpolate_noise(z0, z1, lam)": "noise = [(1 - lam) * z0[0] + lam * z1[0], *z0[1:]]"}


# %% all but the coarsest scale straightened part="2.5" check="film_straightened" hint="film_one_scale"
CHANGE = {"[redresse(z, lam) for z in noise]": "[redresse(z, lam) for z in noise[:-1]] + noise[-1:]"}


# %% straightened twice part="2.5" check="film_straightened" hint="film_straightened_twice"
CHANGE = {"[redresse(z, lam) for z in noise]": "[redresse(redresse(z, lam), lam) for z in noise]"}


# %% straightened when it should not, and not when it should part="2.5" check="film_path" hint="film_always_straightened film_not_straightened" kind="idea"
CHANGE = {"if straighten:": "if not straighten:"}


# %% straightened with half of λ part="2.5" check="film_straightened" hint="film_law"
CHANGE = {"[redresse(z, lam) for": "[redresse(z, lam / 2) for"}


# %% stretched to the whole range instead part="2.5" check="film_straightened" hint="film_law"
CHANGE = {"[redresse(z, lam) for z in noise]": "[(z - z.min()) / (z.max() - z.min()) for z in noise]"}


# %% its standard deviation mended only part="2.5" check="film_straightened" hint="film_law"
CHANGE = {"[redresse(z, lam) for z in noise]": "[0.5 + (z - 0.5) / ((1 - lam) ** 2 + lam**2) ** 0.5 for z in noise]"}


# %% each noise straightened, then mixed part="2.5" check="film_straightened" hint="film_straightened_first"
CHANGE = {
    "noise = interpolate_noise(z0, z1, lam)": "a, b = ([redresse(z, lam) for z in some] if straighten else some for some in (z0, z1))\n        noise = interpolate_noise(a, b, lam)",
    "        if straighten:\n            noise = [redresse(z, lam) for z in noise]\n": "",
}


# %% square roots for weights part="2.5" check="film_path" hint="film_other_way"
CHANGE = {
    "noise = interpolate_noise(z0, z1, lam)": "noise = [(1 - lam) ** 0.5 * a + lam**0.5 * b for a, b in zip(z0, z1)]"
}


# %% a way that accelerates part="2.5" check="film_path" hint="film_other_way"
CHANGE = {"lam = i / (n_frames - 1)": "lam = (i / (n_frames - 1)) ** 2"}


# %% a way that goes out and back part="2.5" check="film_path" hint="film_comes_back"
CHANGE = {"lam = i / (n_frames - 1)": "lam = 1 - abs(2 * i / (n_frames - 1) - 1)"}


# %% another step for even numbers of frames part="2.5" check="film_numbers" hint="film_numbers"
CHANGE = {"lam = i / (n_frames - 1)": "lam = i / (n_frames ^ 1)"}


# %% only the last frame part="2.5" check="film_shape" hint="film_one_frame" kind="idea"
CHANGE = {"return torch.cat(frames)": "return frames[-1]"}


# %% channels last part="2.5" check="film_shape" hint="film_channels_last" kind="slip"
CHANGE = {"return torch.cat(frames)": "return torch.cat(frames).permute(0, 2, 3, 1)"}


# %% a NumPy array part="2.5" check="film_shape" hint="film_of_numpy" kind="slip"
CHANGE = {"return torch.cat(frames)": "return torch.cat(frames).numpy()"}


# %% values up to 255 part="2.5" check="film_shape" hint="film_range" kind="slip"
CHANGE = {"return torch.cat(frames)": "return 255 * torch.cat(frames).clamp(0, 1)"}


# %% bytes part="2.5" check="film_shape" hint="film_range" kind="slip"
CHANGE = {"return torch.cat(frames)": "return (255 * torch.cat(frames)).clamp(0, 255).to(torch.uint8)"}


# %% stacked along the channels part="2.5" check="film_shape" hint="film_channels_first" kind="slip"
CHANGE = {"return torch.cat(frames)": "return torch.stack([frame[0] for frame in frames], dim=1)"}


# %% blue first part="2.5" check="film_shape" hint="film_blue_first" kind="slip"
CHANGE = {"frames.append(net(noise))": "frames.append(net(noise).flip(1))"}


# %% the generator put into training mode part="2.5" check="film_path" hint="film_not_of_net"
CHANGE = {"frames = []": "frames = []\n    net.train()"}


# %% the frames' contrast stretched part="2.5" check="film_shape" hint="film_not_of_net"
CHANGE = {
    "frames.append(net(noise))": "image = net(noise)\n        frames.append((image - image.min()) / (image.max() - image.min()))"
}


# %% nothing returned part="2.5" check="film_shape" hint="no_return" kind="lazy"
CHANGE = {"    return torch.cat(frames)\n    ### END": "    ### END"}


# %% zeros part="2.5" check="film_shape" hint="film_net_unused" kind="lazy"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    return torch.zeros(n_frames, 3, size, size)


# %% random numbers part="2.5" check="film_shape" hint="film_net_unused" kind="lazy"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    return torch.rand(n_frames, 3, size, size)


# %% from black to white part="2.5" check="film_shape" hint="film_net_unused" kind="lazy"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    return torch.linspace(0, 1, n_frames)[:, None, None, None].expand(-1, 3, size, size)


# %% the same frame again and again part="2.5" check="film_shape" hint="film_same_noise" kind="lazy"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    g = torch.Generator().manual_seed(seed)
    z0, z1 = sample_noise(1, size, generator=g), sample_noise(1, size, generator=g)
    return net(z0).repeat(n_frames, 1, 1, 1)


# %% as many other noises part="2.5" check="film_shape" hint="film_jumps film_noises" kind="lazy"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    return net(sample_noise(n_frames, size, generator=torch.Generator().manual_seed(seed)))


# %% all frames as one batch part="2.5"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    rng = torch.Generator()
    rng.manual_seed(seed)
    first = sample_noise(batch=1, size=size, generator=rng)
    second = sample_noise(batch=1, size=size, generator=rng)
    pyramids = []
    for lam in torch.linspace(0, 1, steps=n_frames, dtype=torch.float64):
        mixed = interpolate_noise(first, second, lam.item())
        pyramids.append([redresse(z, lam.item()) for z in mixed] if straighten else mixed)
    return net([torch.cat(scale) for scale in zip(*pyramids)])


# %% written into a tensor made before part="2.5"
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    g = torch.Generator().manual_seed(seed)
    z0 = sample_noise(1, size, generator=g)
    z1 = sample_noise(1, size, generator=g)
    film = torch.empty(n_frames, 3, size, size)
    with torch.inference_mode():
        for i in range(n_frames):
            lam = i / max(1, n_frames - 1)
            z = interpolate_noise(z0, z1, lam)
            if straighten:
                z = list(map(lambda s: redresse(s, lam), z))
            film[i] = net(z)[0]
    return film


# %% λ from NumPy part="2.5"
CHANGE = {
    "for i in range(n_frames):\n        lam = i / (n_frames - 1)": "import numpy as np\n\n    for lam in np.linspace(0, 1, n_frames):"
}


# %% λ as tensors part="2.5"
CHANGE = {"for i in range(n_frames):\n        lam = i / (n_frames - 1)": "for lam in torch.linspace(0, 1, n_frames):"}


# %% λ added up part="2.5"
CHANGE = {
    "frames = []": "frames, lam = [], 0.0",
    "        lam = i / (n_frames - 1)\n": "",
    "frames.append(net(noise))": "frames.append(net(noise))\n        lam = min(1.0, lam + 1 / (n_frames - 1))",
}


# %% on the generator's device, with its scales part="2.5"
CHANGE = {
    "z0, z1 = (sample_noise(1, size, generator=generator) for _ in range(2))": "device = next(net.parameters()).device\n    z0, z1 = ([z.to(device) for z in sample_noise(1, size, net.scales, net.in_channels, generator)] for _ in range(2))"
}


# %% the generator asked to evaluate part="2.5"
CHANGE = {"frames = []": "net.eval()\n    frames = []"}


# %% stacked without the batch part="2.5"
CHANGE = {
    "frames.append(net(noise))": "frames.append(net(noise).squeeze(0))",
    "torch.cat(frames)": "torch.stack(frames)",
}


# %% clamped for the film part="2.5"
CHANGE = {"frames.append(net(noise))": "frames.append(net(noise).clamp(0, 1).detach().cpu())"}


# %% one call to try, before the film part="2.5"
CHANGE = {"frames = []": "assert net(z0).shape == (1, 3, size, size)\n    frames = []"}


# %% in place of a list, cat by cat part="2.5"
CHANGE = {
    "frames = []": "film = torch.empty(0, 3, size, size)",
    "frames.append(net(noise))\n    return torch.cat(frames)": "film = torch.cat([film, net(noise)])\n    return film",
}


# %% straightened in place part="2.5"
CHANGE = {
    "noise = [redresse(z, lam) for z in noise]": "for k in range(len(noise)):\n                noise[k] = redresse(noise[k], lam)"
}


# %% λ as fractions part="2.5"
CHANGE = {
    "    frames = []": "    from fractions import Fraction\n\n    frames = []",
    "lam = i / (n_frames - 1)": "lam = float(Fraction(i, n_frames - 1))",
}


# %% straightened by a helper function part="2.5"
CHANGE = {
    "            noise = [redresse(z, lam) for z in noise]": "            noise = list(map(redresse, noise, [lam] * len(noise)))"
}


# %% the square goes up part="bonus" check="displacement_moves" hint="displacement_direction displacement_aligned displacement_subpixel"
_overlay_right = _overlay


def _overlay(fixed, patch, d, k):
    return _overlay_right(fixed, patch, -d, k)


# %% the square moves, its noise stays part="bonus" check="displacement_moves" hint="displacement_direction displacement_aligned displacement_subpixel"
class _Still(type(torch)):
    def __getattr__(self, name):
        return getattr(_torch, name)


_torch, torch = torch, _Still("torch")
torch.roll = lambda z, *shift, **dims: z


# %% a noise of its own for each scale, in naive mode too part="bonus" check="displacement_naive" hint="displacement_naive"
_frames_right = displacement_frames


def displacement_frames(net, n_frames, size=512, mode="naive", step=4, seed=0):
    return _frames_right(net, n_frames, size, "aligned" if mode == "naive" else mode, step, seed)


# %% the finest noise in every mode part="bonus" check="displacement_aligned" hint="displacement_own_noise displacement_subpixel"
_frames_right = displacement_frames


def displacement_frames(net, n_frames, size=512, mode="naive", step=4, seed=0):
    return _frames_right(net, n_frames, size, "naive", step, seed)


# %% whole pixels in subpixel mode too part="bonus" check="displacement_subpixel" hint="displacement_subpixel"
_move_right = _move


def _move(z, shift):
    return _move_right(z, round(shift))


# %% interpolated, not straightened part="bonus" check="displacement_subpixel" hint="displacement_law"
def _move(z, shift):
    whole = int(shift // 1)
    part = shift - whole
    for dim in (2, 3):
        z = torch.roll(z, whole, dims=dim)
        z = (1 - part) * z + part * torch.roll(z, 1, dims=dim)
    return z


# %% by slices, cut at the border part="bonus" check="displacement_naive" hint="displacement_torus" kind="slip"
@torch.no_grad()
def displacement_frames(net, n_frames, size=512, mode="naive", step=4, seed=0):
    g = torch.Generator().manual_seed(seed)
    fixed, moving = sample_noise(1, size, generator=g), sample_noise(1, size, generator=g)
    frames = []
    for i in range(n_frames):
        noise = []
        for k in range(6):
            exact = i * step / 2**k
            shift = exact if mode == "subpixel" else round(exact)
            z, side = fixed[k].clone(), max(1, PATCH // 2**k)
            whole, part = int(shift), shift - int(shift)
            patch = moving[k].roll((whole, whole), (2, 3))
            if part:
                for axis in (2, 3):
                    patch = redresse(patch * (1 - part) + part * patch.roll(1, axis), part)
            a = round(exact)
            z[:, :, a : a + side, a : a + side] = patch[:, :, a : a + side, a : a + side]
            noise.append(z)
        if mode == "naive":
            noise = [noise[0][:, :, :: 2**k, :: 2**k] for k in range(6)]
        frames.append(net(noise))
    return torch.cat(frames, dim=0)


# %% a square of 100 pixels at every scale part="bonus" check="displacement_aligned" hint="displacement_side"
CHANGE = {
    "inside = ((torch.arange(side) + 0.5) * 2**k - d) % (side * 2**k) < PATCH": "inside = (torch.arange(side) - round(d / 2**k)) % side < PATCH"
}


# %% no torus for the square part="bonus" check="displacement_naive" hint="displacement_torus" kind="slip"
CHANGE = {
    "inside = ((torch.arange(side) + 0.5) * 2**k - d) % (side * 2**k) < PATCH": "inside = (torch.arange(side) + 0.5) * 2**k - d\n    inside = (inside >= 0) & (inside < PATCH)"
}


# %% the square stands, its noise moves part="bonus" check="displacement_moves" hint="displacement_direction displacement_aligned displacement_subpixel"
CHANGE = {
    "inside = ((torch.arange(side) + 0.5) * 2**k - d) % (side * 2**k) < PATCH": "inside = (torch.arange(side) + 0.5) * 2**k < PATCH"
}


# %% down only part="bonus" check="displacement_moves" hint="displacement_direction displacement_aligned displacement_subpixel"
CHANGE = {
    "inside = ((torch.arange(side) + 0.5) * 2**k - d) % (side * 2**k) < PATCH": "inside = ((torch.arange(side) + 0.5) * 2**k - d) % (side * 2**k) < PATCH",
    "return torch.where(inside[:, None] & inside, patch, fixed)": "return torch.where(inside[:, None] & ((torch.arange(side) + 0.5) * 2**k < PATCH), patch, fixed)",
}


# %% a cross, not a square part="bonus" check="displacement_moves"
CHANGE = {"inside[:, None] & inside": "inside[:, None] | inside"}


# %% half as fast part="bonus" check="displacement_moves" hint="displacement_direction displacement_aligned displacement_subpixel"
CHANGE = {"d = i * step": "d = i * step // 2"}


# %% the step not used part="bonus" check="displacement_moves" hint="displacement_direction displacement_aligned displacement_subpixel"
CHANGE = {"d = i * step": "d = i * 4"}


# %% one step ahead part="bonus" check="displacement_moves" hint="displacement_direction displacement_aligned displacement_subpixel"
CHANGE = {"d = i * step": "d = (i + 1) * step"}


# %% everything moves part="bonus" check="displacement_moves" hint="displacement_side"
CHANGE = {
    "def _overlay(fixed: Tensor, patch: Tensor, d: int, k: int) -> Tensor:": "def _overlay(fixed: Tensor, patch: Tensor, d: int, k: int) -> Tensor:\n    return patch\n\n\ndef _unused(fixed: Tensor, patch: Tensor, d: int, k: int) -> Tensor:"
}


# %% the square of the background's own noise part="bonus" check="displacement_moves" hint="displacement_background"
CHANGE = {
    "background, moving = (sample_noise(1, size, generator=generator) for _ in range(2))": (
        "background = moving = sample_noise(1, size, generator=generator)"
    ),
}


# %% nothing moves part="bonus" check="displacement_moves" hint="displacement_direction displacement_aligned displacement_subpixel displacement_own_noise"
CHANGE = {"d = i * step": "d = 0"}


# %% zeros part="bonus" check="displacement_moves" hint="displacement_own_noise displacement_subpixel" kind="lazy"
@torch.no_grad()
def displacement_frames(net, n_frames, size=512, mode="naive", step=4, seed=0):
    return torch.zeros(n_frames, 3, size, size)


# %% other noises part="bonus" check="displacement_moves" hint="displacement_direction displacement_aligned displacement_subpixel displacement_naive" kind="lazy"
@torch.no_grad()
def displacement_frames(net, n_frames, size=512, mode="naive", step=4, seed=0):
    return net(sample_noise(n_frames, size, generator=torch.Generator().manual_seed(seed)))


# %% the square of the finest scale enlarged part="bonus" check="displacement_aligned" hint="displacement_aligned displacement_subpixel"
CHANGE = {"_overlay(fixed, _move(patch, shift), d, k)": "_overlay(fixed, _move(patch, 2**k * shift), d, k)"}


# %% noise always rounded down part="bonus" check="displacement_aligned" hint="displacement_aligned" kind="slip"
CHANGE = {"else round(d / 2**k)": "else d // 2**k"}


# %% straightened with a fixed λ part="bonus" check="displacement_subpixel" hint="displacement_law"
CHANGE = {"part * torch.roll(z, 1, dims=dim), part)": "part * torch.roll(z, 1, dims=dim), 0.2)"}


# %% half a pixel in one direction part="bonus" check="displacement_aligned" hint="displacement_aligned displacement_subpixel"
CHANGE = {"for dim in (2, 3):": "for dim in (2,):"}


# %% the square smaller part="bonus" check="displacement_moves" hint="displacement_direction displacement_aligned displacement_subpixel"
CHANGE = {
    "inside = ((torch.arange(side) + 0.5) * 2**k - d) % (side * 2**k) < PATCH": "inside = ((torch.arange(side) + 0.5) * 2**k - d) % (side * 2**k) < PATCH - 10"
}


# %% averaged, not subsampled part="bonus" check="displacement_naive" hint="displacement_naive" kind="slip"
CHANGE = {
    "[finest[..., :: 2**k, :: 2**k] for k in range(len(background))]": "[torch.nn.functional.avg_pool2d(finest, 2**k) for k in range(len(background))]"
}


# %% the last pixel of each block part="bonus" check="displacement_naive" hint="displacement_naive" kind="slip"
CHANGE = {"[finest[..., :: 2**k, :: 2**k] for": "[finest[..., 2**k - 1 :: 2**k, 2**k - 1 :: 2**k] for"}


# %% indices around the border part="bonus"
CHANGE = {
    "inside = ((torch.arange(side) + 0.5) * 2**k - d) % (side * 2**k) < PATCH": "inside = torch.zeros(side, dtype=torch.bool)\n    corner = [j for j in range(side) if ((j + 0.5) * 2**k - d) % (side * 2**k) < PATCH]\n    inside[corner] = True"
}


# %% on the device of the generator part="bonus"
CHANGE = {
    "    frames = []\n    for i in range(n_frames):\n        d = i * step": "    device = next(net.parameters()).device\n    background, moving = ([z.to(device) for z in some[: net.scales]] for some in (background, moving))\n    frames = []\n    for i in range(n_frames):\n        d = i * step"
}


# %% the mask rolled part="bonus"
CHANGE = {
    "inside = ((torch.arange(side) + 0.5) * 2**k - d) % (side * 2**k) < PATCH\n    return torch.where(inside[:, None] & inside, patch, fixed)": "inside = ((torch.arange(side) + 0.5) * 2**k - d) % (side * 2**k) < PATCH\n    mask = (inside[:, None] * inside).float()\n    return mask * patch + (1 - mask) * fixed"
}


# %% frames stacked part="bonus"
CHANGE = {
    "        frames.append(net(noise))\n    return torch.cat(frames)\n\n\ndef _move": "        frames.append(net(noise)[0])\n    return torch.stack(frames)\n\n\ndef _move"
}


# %% returned inside of the loop part="2.5" check="film_shape" hint="film_one_frame" kind="idea"
CHANGE = {
    "        frames.append(net(noise))\n    return torch.cat(frames)": "        frames.append(net(noise))\n        return torch.cat(frames)",
}


# %% frames written into a tensor part="bonus"
CHANGE = {
    "        frames.append(net(noise))\n    return torch.cat(frames)\n\n\ndef _move": "        frames.append(net(noise).clone().squeeze(0))\n    film = torch.empty(n_frames, *frames[0].shape)\n    for i, frame in enumerate(frames):\n        film[i] = frame\n    return film\n\n\ndef _move"
}


# %% redresse of the whole pyramid part="2.5" check="film_straightened" hint="error_list" kind="idea"
CHANGE = {"noise = [redresse(z, lam) for z in noise]": "noise = redresse(noise, lam)"}
