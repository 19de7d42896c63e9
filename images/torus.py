"""Fields on a torus: noise, cells, heaps, light. The toolbox of materials.py, without any material in it.

A field is an (N, N) float64 array whose opposite edges touch: what is made of fields has no seam. Lengths are
in pixels of the finished picture; FINE x FINE samples make one pixel, which smooths the edges. Pictures are
(N, N, 3), colours (3,) or (count, 3), all linear RGB until `develop` makes them sRGB.
"""

from collections.abc import Callable, Sequence

import numpy as np

Rng = np.random.Generator
Field = np.ndarray
Picture = np.ndarray
Index = tuple[np.ndarray, np.ndarray]
Pair = tuple[float, float]

SIDE = 512
FINE = 2
N = SIDE * FINE
Y, X = np.meshgrid(*[(np.arange(N) + 0.5) / FINE] * 2, indexing="ij")
FLAT = np.zeros((N, N))

LIGHT = np.array([-0.52, -0.60, 0.61])  # towards the lamp: from the upper left, y runs down
SUN = np.array([1.04, 1.00, 0.93])
SKY = np.array([0.88, 0.98, 1.16])


def frequencies() -> tuple[Field, Field]:
    """Cycles per pixel along x and y, in the layout of NumPy's `rfft2`."""
    return np.fft.rfftfreq(N, 1 / FINE)[None, :], np.fft.fftfreq(N, 1 / FINE)[:, None]


def fractal(rng: Rng, scale: float, smoothness: float, stretch: Pair = (1, 1)) -> Field:
    """Noise of mean 0, deviation 1, largest features `scale` times `stretch`, amplitude as f^-smoothness.

    The spectrum also falls below 1/scale: a gradient across the picture would not be a texture.
    """
    fx, fy = frequencies()
    f = scale * np.hypot(fx * stretch[0], fy * stretch[1])
    spectrum = np.fft.rfft2(rng.standard_normal((N, N))) * f / (1 + f * f) ** ((smoothness + 1) / 2)
    field = np.fft.irfft2(spectrum, (N, N))
    return field / field.std()


def specks(rng: Rng, scale: float, smoothness: float, rarity: float, stretch: Pair = (1, 1)) -> Field:
    """Scattered spots from 0 to 1, where noise exceeds `rarity` deviations."""
    return smoothstep(rarity, rarity + 0.8, fractal(rng, scale, smoothness, stretch))


def scratches(rng: Rng, rarity: float) -> Field:
    """Fine straight scratches along both axes, from 0 to 1."""
    return np.maximum(specks(rng, 2.5, 1.2, rarity, (1, 14)), specks(rng, 2.5, 1.2, rarity, (14, 1)))


def blur(field: Field, radius: float) -> Field:
    """Gaussian blur of deviation `radius` pixels."""
    fx, fy = frequencies()
    gain = np.exp(-2 * (np.pi * radius) ** 2 * (fx**2 + fy**2))
    return np.fft.irfft2(np.fft.rfft2(field) * gain, (N, N))


def sample(field: Field, x: Field, y: Field) -> Field:
    """Value of a field at real coordinates, by bilinear interpolation."""
    x, y = x * FINE - 0.5, y * FINE - 0.5
    column, row = np.floor(x).astype(int), np.floor(y).astype(int)
    s, t = x - column, y - row
    left, right, top, bottom = column % N, (column + 1) % N, row % N, (row + 1) % N
    upper = field[top, left] * (1 - s) + field[top, right] * s
    lower = field[bottom, left] * (1 - s) + field[bottom, right] * s
    return upper * (1 - t) + lower * t


def smoothstep(low: float, high: float, x: Field) -> Field:
    """0 at `low`, 1 at `high`, a smooth cubic between, level outside; falling where low > high."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def wrap(offset: Field) -> Field:
    """Offset to the nearest periodic copy, in [-SIDE/2, SIDE/2)."""
    return (offset + SIDE / 2) % SIDE - SIDE / 2


def colour(code: str) -> np.ndarray:
    """Linear RGB of a colour written `#rrggbb` in sRGB."""
    value = np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def palette(*codes: str) -> np.ndarray:
    """Linear RGB rows of several colours."""
    return np.stack([colour(code) for code in codes])


def mix(a: np.ndarray, b: np.ndarray, t: Field) -> Picture:
    """Colour a where t is 0, b where t is 1."""
    return a + (b - a) * np.clip(t, 0, 1)[..., None]


def vary(colours: np.ndarray, amount: Field) -> Picture:
    """Colours made lighter or darker by a relative amount."""
    return colours * (1 + amount)[..., None]


def ramp(t: Field, colours: np.ndarray) -> Picture:
    """Colours along a gradient, t from 0 to 1."""
    stops = np.linspace(0, 1, len(colours))
    return np.stack([np.interp(t, stops, channel) for channel in colours.T], axis=-1)


def tones(rng: Rng, count: int, kinds: np.ndarray, spread: float = 0.2) -> np.ndarray:
    """One colour for each of `count` things, drawn from `kinds`, its brightness varied by up to `spread`."""
    return kinds[rng.integers(0, len(kinds), count)] * rng.uniform(1 - spread, 1 + spread, (count, 1))


def pack(rng: Rng, radii: Sequence[float], spacing: float = 1.0) -> np.ndarray:
    """Rows (x, y, r) of discs thrown one by one, kept where (r + r') * spacing < distance to all before."""
    discs = np.empty((len(radii), 3))
    count = 0
    for radius in radii:
        throws = rng.uniform(0, SIDE, (30, 2))
        others = discs[:count]
        gap = np.abs(throws[:, None] - others[:, :2])
        gap = np.minimum(gap, SIDE - gap)
        free = np.all((gap * gap).sum(axis=2) > (spacing * (radius + others[:, 2])) ** 2, axis=1)
        if free.any():
            discs[count] = *throws[free.argmax()], radius
            count += 1
    return discs[:count]


def patch(x: float, y: float, reach: float) -> tuple[Index, Field, Field]:
    """The samples around a point: their index, and their offsets from it as a row and a column."""
    steps = np.arange(-int(reach * FINE) - 1, int(reach * FINE) + 2)
    columns, rows = int(x * FINE) + steps, int(y * FINE) + steps
    return (np.ix_(rows % N, columns % N), ((columns + 0.5) / FINE - x)[None, :], ((rows + 0.5) / FINE - y)[:, None])


def pile(
    discs: np.ndarray, relief: Callable[[int, Field, Field], Field], warp: tuple[Field, Field] = (FLAT, FLAT)
) -> tuple[Field, np.ndarray]:
    """Height and owner of the topmost of things with rows (x, y, reach); -inf and -1 where there is none.

    relief(i, dx, dy) is the height of thing i at offsets from its centre, -inf outside it; `warp` bends
    the offsets, and so the outlines.
    """
    height, owner = np.full((N, N), -np.inf), np.full((N, N), -1)
    for i, (x, y, reach) in enumerate(discs):
        index, dx, dy = patch(x, y, reach)
        z = relief(i, dx + warp[0][index], dy + warp[1][index])
        seen = z > height[index]
        height[index] = np.where(seen, z, height[index])
        owner[index] = np.where(seen, i, owner[index])
    return height, owner


def voronoi(discs: np.ndarray, reach: float) -> tuple[np.ndarray, Field]:
    """Cells of the power diagram of discs: owner of each sample, and its distance to the border.

    No cell may extend further than `reach` beyond its disc.
    """
    first, second = np.full((N, N), np.inf), np.full((N, N), np.inf)
    owner, rival = np.zeros((N, N), int), np.zeros((N, N), int)
    for i, (x, y, radius) in enumerate(discs):
        index, dx, dy = patch(x, y, reach + radius)
        power = dx * dx + dy * dy - radius * radius
        a, b, ia, ib = first[index], second[index], owner[index], rival[index]
        wins, places = power < a, power < b
        second[index] = np.where(wins, a, np.where(places, power, b))
        rival[index] = np.where(wins, ia, np.where(places, i, ib))
        first[index] = np.where(wins, power, a)
        owner[index] = np.where(wins, i, ia)
    apart = np.hypot(wrap(discs[owner, 0] - discs[rival, 0]), wrap(discs[owner, 1] - discs[rival, 1]))
    return owner, (second - first) / np.maximum(2 * apart, 1e-9)


def offsets(discs: np.ndarray, owner: np.ndarray) -> tuple[Field, Field]:
    """Offsets of each sample from the centre of the disc that owns it."""
    return wrap(X - discs[owner, 0]), wrap(Y - discs[owner, 1])


def courses(x: Field, y: Field, columns: int, rows: int, shift: float = 0) -> tuple[Field, Field, np.ndarray]:
    """Rectangular bond: offsets from the centre of one's block, and its number; odd rows are shifted."""
    row = np.floor(y * rows / SIDE)
    across = x * columns / SIDE + shift * (row % 2)
    column = np.floor(across)
    u = (across - column - 0.5) * SIDE / columns
    v = y - (row + 0.5) * SIDE / rows
    return u, v, (row % rows * columns + column % columns).astype(int)


def rounded_box(u: Field, v: Field, width: float, height: float, radius: float) -> Field:
    """Signed distance to a box with round corners, centred at the origin: negative inside."""
    a, b = np.abs(u) - width / 2 + radius, np.abs(v) - height / 2 + radius
    return np.hypot(np.maximum(a, 0), np.maximum(b, 0)) + np.minimum(np.maximum(a, b), 0) - radius


def slope(height: Field) -> tuple[Field, Field]:
    """Derivatives along x and y, by central differences."""
    return (
        (np.roll(height, -1, 1) - np.roll(height, 1, 1)) * FINE / 2,
        (np.roll(height, -1, 0) - np.roll(height, 1, 0)) * FINE / 2,
    )


def cast_shadow(height: Field, length: float, soft: float = 1.0) -> Field:
    """1 in full sun, 0 where something within `length` pixels towards the lamp stands in the way."""
    ground = LIGHT[:2] / np.hypot(*LIGHT[:2])
    rise = LIGHT[2] / np.hypot(*LIGHT[:2])
    excess = np.zeros_like(height)
    for step in range(1, int(length * FINE) + 1):
        dx, dy = np.rint(step * ground).astype(int)
        excess = np.maximum(excess, np.roll(height, (-dy, -dx), (0, 1)) - height - step / FINE * rise)
    return 1 - smoothstep(0, soft, excess)


def occlusion(height: Field, radius: float, depth: float) -> Field:
    """Ambient occlusion: 1 in the open, towards 0 in hollows `depth` below their surroundings."""
    return np.exp(-np.maximum(blur(height, radius) - height, 0) / depth)


def shade(
    albedo: Picture,
    height: Field,
    *,
    sun: Field | float = 1.0,
    sky: Field | float = 1.0,
    gloss: Field | float = 0.0,
    shine: float = 30.0,
    ambient: float = 0.42,
) -> Picture:
    """Light a height field: Lambert sun, sky from above, Blinn-Phong highlights of weight `gloss`."""
    albedo = np.clip(albedo, 0.005, 0.95)
    dx, dy = slope(height)
    size = np.sqrt(1 + dx * dx + dy * dy)
    lambert = np.maximum(LIGHT[2] - dx * LIGHT[0] - dy * LIGHT[1], 0) / size / LIGHT[2]
    half = LIGHT + np.array([0, 0, 1])
    half = half / np.sqrt(half @ half)
    mirror = np.maximum(half[2] - dx * half[0] - dy * half[1], 0) / size
    highlight = gloss * sun * mirror**shine
    sunlight = (1 - ambient) * sun * lambert
    skylight = ambient * sky * (0.6 + 0.4 / size)
    return albedo * (sunlight[..., None] * SUN + skylight[..., None] * SKY) + highlight[..., None] * SUN


def develop(light: Picture, rng: Rng, exposure: float = 1.0, grain: float = 0.007) -> np.ndarray:
    """Linear light to 8-bit sRGB: average the samples of a pixel, roll off highlights, add film grain."""
    light = light.reshape(SIDE, FINE, SIDE, FINE, 3).mean(axis=(1, 3)) * exposure
    # Straight up to 0.6, then an exponential shoulder: highlights keep their colour instead of clipping.
    rolled = np.where(light < 0.6, light, 1 - 0.4 * np.exp(-(np.maximum(light, 0.6) - 0.6) / 0.4))
    rolled = np.maximum(rolled, 0)
    encoded = np.where(rolled <= 0.0031308, 12.92 * rolled, 1.055 * rolled ** (1 / 2.4) - 0.055)
    encoded += grain * rng.standard_normal((SIDE, SIDE, 1))
    return np.rint(255 * np.clip(encoded, 0, 1)).astype(np.uint8)
