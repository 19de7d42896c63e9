"""What students write in movies.py; how these cells are read: see gram.py beside."""


# %% λ stops before 1 part="2.5" check="film_ends" hint="film_lambda"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    g = torch.Generator().manual_seed(seed)
    z0, z1 = sample_noise(1, size, generator=g), sample_noise(1, size, generator=g)
    frames = []
    for i in range(n_frames):
        noise = interpolate_noise(z0, z1, i / n_frames)
        frames.append(net([redresse(z, i / n_frames) for z in noise] if straighten else noise))
    return torch.cat(frames)


# %% one frame more part="2.5" check="film_shape" hint="film_one_more"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    g = torch.Generator().manual_seed(seed)
    z0, z1 = sample_noise(1, size, generator=g), sample_noise(1, size, generator=g)
    frames = []
    for i in range(n_frames + 1):
        noise = interpolate_noise(z0, z1, i / n_frames)
        frames.append(net([redresse(z, i / n_frames) for z in noise] if straighten else noise))
    return torch.cat(frames)


# %% stacked part="2.5" check="film_shape" hint="film_stacked"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    g = torch.Generator().manual_seed(seed)
    z0, z1 = sample_noise(1, size, generator=g), sample_noise(1, size, generator=g)
    frames = []
    for lam in torch.linspace(0, 1, n_frames).tolist():
        noise = interpolate_noise(z0, z1, lam)
        frames.append(net([redresse(z, lam) for z in noise] if straighten else noise))
    return torch.stack(frames)


# %% a list of frames part="2.5" check="film_shape" hint="film_a_list"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    g = torch.Generator().manual_seed(seed)
    z0, z1 = sample_noise(1, size, generator=g), sample_noise(1, size, generator=g)
    frames = []
    for lam in torch.linspace(0, 1, n_frames).tolist():
        noise = interpolate_noise(z0, z1, lam)
        frames.append(net([redresse(z, lam) for z in noise] if straighten else noise))
    return frames


# %% backwards part="2.5" check="film_ends" hint="film_backwards"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    g = torch.Generator().manual_seed(seed)
    z0, z1 = sample_noise(1, size, generator=g), sample_noise(1, size, generator=g)
    frames = []
    for lam in torch.linspace(1, 0, n_frames).tolist():
        noise = interpolate_noise(z0, z1, lam)
        frames.append(net([redresse(z, lam) for z in noise] if straighten else noise))
    return torch.cat(frames)


# %% a fresh noise for each frame part="2.5" check="film_ends" hint="film_noises"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    g = torch.Generator().manual_seed(seed)
    frames = []
    for lam in torch.linspace(0, 1, n_frames).tolist():
        z0, z1 = sample_noise(1, size, generator=g), sample_noise(1, size, generator=g)
        noise = interpolate_noise(z0, z1, lam)
        frames.append(net([redresse(z, lam) for z in noise] if straighten else noise))
    return torch.cat(frames)


# %% twice the same noise part="2.5" check="film_ends" hint="film_same_noise"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    z0, z1 = (sample_noise(1, size, generator=torch.Generator().manual_seed(seed)) for _ in range(2))
    frames = []
    for lam in torch.linspace(0, 1, n_frames).tolist():
        noise = interpolate_noise(z0, z1, lam)
        frames.append(net([redresse(z, lam) for z in noise] if straighten else noise))
    return torch.cat(frames)


# %% seed not used part="2.5" check="film_ends" hint="film_noises"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    z0, z1 = sample_noise(1, size), sample_noise(1, size)
    frames = []
    for lam in torch.linspace(0, 1, n_frames).tolist():
        noise = interpolate_noise(z0, z1, lam)
        frames.append(net([redresse(z, lam) for z in noise] if straighten else noise))
    return torch.cat(frames)


# %% straighten ignored part="2.5" check="film_law" hint="film_not_straightened"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    g = torch.Generator().manual_seed(seed)
    z0, z1 = sample_noise(1, size, generator=g), sample_noise(1, size, generator=g)
    return torch.cat([net(interpolate_noise(z0, z1, lam)) for lam in torch.linspace(0, 1, n_frames).tolist()])


# %% result of redresse lost part="2.5" check="film_law" hint="film_not_straightened"
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


# %% always straightened part="2.5" check="film_law" hint="film_always_straightened"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    g = torch.Generator().manual_seed(seed)
    z0, z1 = sample_noise(1, size, generator=g), sample_noise(1, size, generator=g)
    frames = []
    for lam in torch.linspace(0, 1, n_frames).tolist():
        frames.append(net([redresse(z, lam) for z in interpolate_noise(z0, z1, lam)]))
    return torch.cat(frames)


# %% the finest scale straightened only part="2.5" check="film_every_scale" hint="film_one_scale"
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


# %% straightened before they are mixed part="2.5" check="film_ends" hint="film_straightened_first"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    g = torch.Generator().manual_seed(seed)
    z0, z1 = sample_noise(1, size, generator=g), sample_noise(1, size, generator=g)
    if straighten:
        z0, z1 = ([redresse(z, 0.5) for z in noise] for noise in (z0, z1))
    return torch.cat([net(interpolate_noise(z0, z1, lam)) for lam in torch.linspace(0, 1, n_frames).tolist()])


# %% straightened as in the middle part="2.5" check="film_ends" hint="film_straightened_first"
@torch.no_grad()
def interpolation_frames(net, n_frames, size=256, straighten=True, seed=0):
    g = torch.Generator().manual_seed(seed)
    z0, z1 = sample_noise(1, size, generator=g), sample_noise(1, size, generator=g)
    frames = []
    for lam in torch.linspace(0, 1, n_frames).tolist():
        noise = interpolate_noise(z0, z1, lam)
        frames.append(net([redresse(z, 0.5) for z in noise] if straighten else noise))
    return torch.cat(frames)


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


# %% the square goes up part="bonus" check="displacement_moves" hint="displacement_direction"
_overlay_right = _overlay


def _overlay(fixed, patch, d, k):
    return _overlay_right(fixed, patch, -d, k)


# %% the square moves, its noise stays part="bonus" check="displacement_moves" hint="displacement_direction"
class _Still(type(torch)):
    def __getattr__(self, name):
        return getattr(_torch, name)


_torch, torch = torch, _Still("torch")
torch.roll = lambda z, *shift, **dims: z


# %% a noise of its own for each scale, in naive mode too part="bonus" check="displacement_naive" hint="displacement_naive"
_frames_right = displacement_frames


def displacement_frames(net, n_frames, size=512, mode="naive", step=4, seed=0):
    return _frames_right(net, n_frames, size, "aligned" if mode == "naive" else mode, step, seed)


# %% the finest noise in every mode part="bonus" check="displacement_aligned" hint="displacement_own_noise"
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


# %% by slices part="bonus"
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
