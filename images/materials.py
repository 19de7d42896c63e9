"""Sixteen materials, one function each: a random generator in, an 8-bit picture out.

Each keeps the same order: shape (who owns a sample, how high it is), colour, light, development.
"""

import numpy as np
from torus import (
    FINE,
    SIDE,
    Field,
    N,
    Picture,
    Rng,
    X,
    Y,
    blur,
    cast_shadow,
    colour,
    courses,
    develop,
    fractal,
    mix,
    occlusion,
    offsets,
    pack,
    palette,
    pile,
    ramp,
    rounded_box,
    sample,
    scratches,
    shade,
    slope,
    smoothstep,
    specks,
    tones,
    vary,
    voronoi,
)


def pebbles(rng: Rng) -> np.ndarray:
    """Beach pebbles in two layers, some with veins of quartz, slightly wet."""
    top = pack(rng, np.sort(rng.uniform(9, 27, 700))[::-1], 0.93)
    low = pack(rng, np.sort(rng.uniform(7, 20, 1200))[::-1], 0.78)
    discs = np.concatenate([top, low])
    count = len(discs)
    base = np.where(np.arange(count) < len(top), rng.uniform(3, 7, count), rng.uniform(-9, -3, count))
    turn, flat = rng.uniform(0, np.pi, count), rng.uniform(0.62, 0.95, count)
    egg, corner = rng.uniform(0, 2 * np.pi, (2, count))

    def relief(i: int, dx: Field, dy: Field) -> Field:
        c, s, r = np.cos(turn[i]), np.sin(turn[i]), discs[i, 2]
        u, v = (c * dx + s * dy) / r, (c * dy - s * dx) / (r * flat[i])
        angle = np.arctan2(v, u)
        outline = 1.04 + 0.05 * np.cos(2 * angle + egg[i]) + 0.05 * np.cos(3 * angle + corner[i])
        rho = outline * np.hypot(u, v)
        dome = np.sqrt(np.maximum(1 - rho**2.6, 0))
        return np.where(rho < 1, base[i] + 0.62 * r * flat[i] * dome, -np.inf)

    height, stone = pile(discs * (1, 1, 1.1), relief)
    sand = stone < 0
    height = np.where(sand, -14 + fractal(rng, 6, 1.6), height)
    kinds = palette("#8d8f93", "#5e666f", "#b5a58c", "#a9795c", "#d9d4c8", "#7a6a5c", "#8c5a4a", "#70818c", "#c9b48a")
    skin = vary(tones(rng, count, kinds)[stone], 0.13 * fractal(rng, 14, 1.6) + 0.09 * fractal(rng, 2.5, 1.1))
    way, start = rng.uniform(0, 2 * np.pi, (2, count))
    dx, dy = offsets(discs, stone)
    across = dx * np.cos(way[stone]) + dy * np.sin(way[stone]) + 4 * fractal(rng, 40, 2.6)
    vein = (rng.random(count) < 0.3)[stone] * smoothstep(0.960, 0.985, np.sin(0.15 * across + start[stone]))
    skin = mix(skin, colour("#ebe6da"), vein)
    skin = np.where(sand[..., None], colour("#4b4032"), skin)
    height += 0.07 * fractal(rng, 6, 1.4) * ~sand
    sky = occlusion(height, 5, 7) * occlusion(height, 14, 16)
    light = shade(skin, height, sun=cast_shadow(height, 22, 1.5), sky=sky, gloss=0.17, shine=26)
    return develop(light, rng, 1.08)


def cobbles(rng: Rng) -> np.ndarray:
    """Worn granite setts in uneven rows, moss and sand in the joints."""
    rows, columns = 12, 11
    widths = rng.uniform(36, 60, (rows, columns))
    widths *= SIDE / widths.sum(axis=1, keepdims=True)
    x = (np.cumsum(widths, axis=1) - widths / 2 + rng.uniform(0, SIDE, (rows, 1))).ravel() % SIDE
    count = rows * columns
    y = (np.repeat(np.arange(rows), columns) + 0.5) * SIDE / rows + rng.uniform(-1.5, 1.5, count)
    wide = widths.ravel() / 2 - rng.uniform(-0.2, 1.0, count)
    tall = SIDE / rows / 2 - rng.uniform(-0.2, 1.0, count)
    skew, lift = rng.uniform(-0.10, 0.10, count), rng.uniform(-1.5, 1.5, count)
    square, tilt = rng.uniform(2.8, 4.5, count), rng.uniform(-0.05, 0.05, (count, 2))

    def relief(i: int, dx: Field, dy: Field) -> Field:
        u, v = np.abs(dx + skew[i] * dy) / wide[i], np.abs(dy - skew[i] * dx) / tall[i]
        dome = np.maximum(1 - u ** square[i] - v ** square[i], 0) ** 0.55
        return np.where(dome > 0, 11 * dome + lift[i] + tilt[i, 0] * dx + tilt[i, 1] * dy, -np.inf)

    discs = np.column_stack([x, y, np.full(count, 44.0)])
    height, stone = pile(discs, relief, (1.5 * fractal(rng, 30, 3.2), 1.5 * fractal(rng, 30, 3.2)))
    grit, fine, cloud = fractal(rng, 3, 1.0), fractal(rng, 8, 1.8), fractal(rng, 26, 2.1)
    kinds = palette("#7c838c", "#6a7078", "#8f8a84", "#9a8578", "#5d646e", "#84898a", "#a3998c")
    granite = vary(tones(rng, count, kinds, 0.22)[stone], 0.16 * grit + 0.12 * cloud)
    granite = mix(granite, colour("#2c2c30"), 0.6 * specks(rng, 3.5, 1.1, 1.2))
    granite = mix(granite, colour("#d9d3c8"), 0.5 * specks(rng, 3.5, 1.1, 1.3))
    moss = mix(colour("#6b5a41"), colour("#55742a"), smoothstep(-0.6, 0.5, fractal(rng, 60, 2)))
    joint = smoothstep(4.6, 2.4, height + 0.6 * fine + 0.25 * grit)
    albedo = mix(granite, vary(moss, 0.35 * grit + 0.2 * fine), joint)
    height = np.maximum(height, 1.6 + 0.6 * fine) + (0.06 + 0.20 * joint) * grit + 0.4 * cloud + 0.12 * fine
    sun, sky = cast_shadow(height, 9, 1.2), occlusion(height, 4, 5)
    return develop(shade(albedo, height, sun=sun, sky=sky, gloss=0.20 * (1 - joint), shine=14), rng, 1.12)


def bricks(rng: Rng) -> np.ndarray:
    """Old facing bricks in running bond, sandy mortar."""
    columns, rows = 6, 18
    count = columns * rows
    u, v, brick = courses(X + 0.9 * fractal(rng, 30, 2), Y + 0.8 * fractal(rng, 30, 2), columns, rows, 0.5)
    edge = rounded_box(u, v, 80, 23.5, 2.2) + 0.6 * fractal(rng, 10, 1.7)
    edge += 0.9 * np.maximum(fractal(rng, 14, 1.4) - 1.3, 0)
    face = smoothstep(0.9, -1.3, edge)
    kinds = palette("#a8452f", "#b5553a", "#94392a", "#c06a47", "#7b3029", "#b04d33", "#8a4a3c", "#5c2b2b")
    pores = specks(rng, 3.5, 1.4, 1.5)
    cloud, fine = fractal(rng, 26, 1.6), fractal(rng, 2.2, 1.0)
    clay = vary(tones(rng, count, kinds)[brick], 0.18 * cloud + 0.10 * fine)
    clay = mix(clay, colour("#3a2321"), 0.6 * pores + 0.5 * specks(rng, 20, 1.6, 1.1))
    clay = mix(clay, colour("#d8b79c"), 0.45 * specks(rng, 16, 1.4, 1.3))
    mortar = vary(colour("#b6a991"), 0.10 * fractal(rng, 12, 1.4) + 0.14 * fine)
    tilt, lift = rng.uniform(-0.02, 0.02, (2, count)), rng.uniform(-0.6, 0.6, count)
    wall = 4.2 + lift[brick] + tilt[0][brick] * u + tilt[1][brick] * v
    wall += 0.35 * cloud + 0.16 * fine - 1.1 * pores
    height = face * wall + (1 - face) * (0.5 * fractal(rng, 7, 1.4) + 0.25 * fine)
    sun, sky = cast_shadow(height, 5), occlusion(height, 2.5, 3.5)
    return develop(shade(mix(mortar, clay, face), height, sun=sun, sky=sky), rng, 1.15)


def marble(rng: Rng) -> np.ndarray:
    """Polished white marble with a network of slate and golden veins."""
    x, y = X + 22 * fractal(rng, 160, 3.2), Y + 22 * fractal(rng, 160, 3.2)
    x, y = x + 1.8 * fractal(rng, 30, 2.3), y + 1.8 * fractal(rng, 30, 2.3)
    cloud = sample(fractal(rng, 90, 2.8), x, y) + 0.25 * fractal(rng, 40, 2)
    stone = ramp(0.56 + 0.22 * cloud, palette("#65799a", "#a9b6c8", "#e6e7e6", "#f6f3ec", "#fdfcf8"))
    for size, width, depth, tint in (
        (14, 0.7, 0.60, "#6c7888"),
        (26, 1.1, 0.90, "#a8742a"),
        (30, 2.0, 1.00, "#263040"),
    ):
        _, border = voronoi(pack(rng, rng.uniform(0.5, 1.5, 600) * size), 4 * size)
        away = np.maximum(sample(border, x, y), 0) / width
        strength = smoothstep(-1.1, 1.0, fractal(rng, 110, 3))
        vein = np.exp(-((away / (0.25 + strength)) ** 1.3))
        halo = 0.40 * np.exp(-away / 5) * smoothstep(-0.5, 1, cloud - fractal(rng, 30, 2.2))
        stone = mix(stone, colour(tint), depth * strength * (vein + halo))
    return develop(vary(stone, 0.015 * fractal(rng, 5, 1.3)), rng, 0.90)


def wood(rng: Rng) -> np.ndarray:
    """Planed board: growth rings, fibres, pores."""
    rings = 18
    sway = 1.1 * fractal(rng, 95, 3.8, (1, 4.5)) + 0.05 * fractal(rng, 16, 2.2, (1, 12))
    phase = X * rings / SIDE + sway
    year = np.floor(phase).astype(int) % rings
    # Wood darkens slowly through the summer and stops at once in autumn.
    late = smoothstep(0.15, 0.90, phase % 1) * smoothstep(1.0, 0.94, phase % 1)
    fibre, hair = fractal(rng, 5, 1.2, (1, 24)), fractal(rng, 2, 1.0, (1, 30))
    pores = smoothstep(1.5, 2.4, fractal(rng, 2.4, 1.2, (1, 14)) + 0.5 - 0.8 * late)
    tone = 0.08 + 0.66 * late * rng.uniform(0.55, 1, rings)[year] + 0.08 * fibre + 0.05 * hair
    timber = ramp(
        tone + 0.08 * fractal(rng, 60, 2, (1, 4)), palette("#eab872", "#d3954c", "#a65d25", "#6b3312", "#3f1c0a")
    )
    timber = mix(timber, colour("#4a2a14"), 0.6 * pores)
    height = 0.20 * fibre + 0.12 * hair - 0.7 * pores - 0.5 * late
    return develop(shade(timber, height, gloss=0.05, shine=18), rng, 1.05)


def cloth(rng: Rng) -> np.ndarray:
    """Blue and white houndstooth: a 2/2 twill of four blue and four white threads in turn."""
    count = 64
    pitch = SIDE / count
    x, y = X + 0.9 * fractal(rng, 40, 2.2), Y + 0.9 * fractal(rng, 40, 2.2)

    def thread(across: Field, along: Field) -> tuple[np.ndarray, Field, Field]:
        """Number of the thread, its height, and the twist of its strands."""
        number = np.floor(across / pitch)
        side = 2 * (across / pitch - number) - 1
        wave = np.tanh(2.2 * np.sin((along / pitch - number + 0.25) * np.pi / 2))  # over two, under two
        strands = np.sin(2 * np.pi * along / 3.2 + 2.4 * side)
        return number.astype(int) % count, 2.6 * np.sqrt(1 - 0.96 * side**2) + 2.2 * wave, strands

    warp_number, warp, warp_strands = thread(x, y)
    weft_number, weft, weft_strands = thread(y, x - 2 * pitch)
    over = warp > weft
    number = np.where(over, warp_number, weft_number)
    twist = np.where(over, warp_strands, weft_strands)
    fuzz = np.where(over, fractal(rng, 3, 1.2, (1, 4)), fractal(rng, 3, 1.2, (4, 1)))
    dye = rng.uniform(-0.13, 0.13, (2, count))
    yarn = palette("#1b4aa6", "#f1eee4")[number // 4 % 2]
    yarn = vary(yarn, np.where(over, dye[0][number], dye[1][number]) + 0.10 * twist + 0.12 * fuzz)
    height = np.maximum(warp, weft) + 0.18 * twist + 0.26 * fuzz
    sun, sky = cast_shadow(height, 4), occlusion(height, 2.5, 2.2)
    return develop(shade(yarn, height, sun=sun, sky=sky, gloss=0.03), rng, 1.12)


def checkerboard(rng: Rng) -> np.ndarray:
    """Worn floor of black and white marble slabs."""
    count = 8
    u, v, slab = courses(X + 0.25 * fractal(rng, 20, 2), Y + 0.25 * fractal(rng, 20, 2), count, count)
    inside = -rounded_box(u, v, SIDE / count - 1.4, SIDE / count - 1.4, 1.2)
    inside -= 2.2 * np.maximum(fractal(rng, 9, 1.6) - 1.5, 0)
    # Every slab shows another piece of the same two quarries.
    jump = rng.uniform(0, SIDE, (2, count * count))
    x, y = X + jump[0][slab], Y + jump[1][slab]
    x, y = x + 7 * sample(fractal(rng, 60, 2.6), x, y), y + 7 * sample(fractal(rng, 60, 2.6), x, y)
    _, border = voronoi(pack(rng, rng.uniform(9, 26, 900)), 90)
    vein = sample(np.exp(-border / 0.9) + 0.3 * np.exp(-border / 5), x, y)
    vein *= smoothstep(-0.8, 1.3, sample(fractal(rng, 50, 2), x, y))
    cloud = sample(fractal(rng, 50, 2.2), x, y)
    white = ramp(0.55 + 0.22 * cloud, palette("#c2bdb2", "#e6e0d2", "#f5f0e2"))
    black = ramp(0.45 + 0.22 * cloud, palette("#111115", "#1c1d22", "#303138"))
    stone = np.where(
        ((slab // count + slab) % 2 == 0)[..., None],
        mix(black, colour("#c9c7c0"), 0.75 * vein),
        mix(white, colour("#6d727a"), 0.65 * vein),
    )
    stone = vary(stone, rng.uniform(-0.12, 0.06, count * count)[slab])
    worn = scratches(rng, 1.9)
    dust = np.minimum(specks(rng, 18, 1.7, 1.0) + 0.6 * smoothstep(5, 0.5, inside), 1)
    stone = mix(stone, colour("#98907f"), 0.22 * dust + 0.20 * worn)
    flat = smoothstep(-0.2, 0.9, inside)
    grout = vary(colour("#5b5347"), 0.2 * fractal(rng, 3, 1.2))
    lean = rng.uniform(-0.006, 0.006, (2, count * count))
    height = flat * (2 + lean[0][slab] * u + lean[1][slab] * v) + 0.20 * fractal(rng, 30, 3) - 0.12 * worn
    gloss = flat * (0.13 - 0.07 * dust)
    light = shade(mix(grout, stone, flat), height, sky=occlusion(height, 2, 2), gloss=gloss, shine=60)
    return develop(light, rng, 1.1)


def majolica(rng: Rng, a: Field, b: Field) -> Picture:
    """The painting on a tile, a and b from -1 to 1: a star of eight petals, a quarter wreath per corner."""
    angle, r = np.arctan2(b, a), np.hypot(a, b)
    far_a, far_b = 1 - np.abs(a), 1 - np.abs(b)
    corner, edge = np.hypot(far_a, far_b), np.minimum(np.hypot(far_a, 1.5 * b), np.hypot(1.5 * a, far_b))
    star, cross = r - 0.17 * np.cos(8 * angle), r - 0.11 * np.cos(4 * angle)
    flower, wreath = corner - 0.08 * np.cos(8 * np.arctan2(far_b, far_a)), np.abs(corner - 0.52)
    cobalt, sky, ochre, clay, navy = palette("#1a45a8", "#78a6da", "#e8a526", "#bb4e28", "#12265e")
    cream = vary(colour("#f4ecd8"), 0.03 * fractal(rng, 30, 2))
    brush = 0.80 + 0.15 * fractal(rng, 9, 1.9, (1, 2)) + 0.13 * fractal(rng, 40, 2.2)
    outline = np.ones_like(brush)
    glaze = cream
    for shape, size, paint, strength in (
        (wreath, 0.085, navy, outline),
        (wreath, 0.055, sky, brush),
        (flower, 0.335, navy, outline),
        (flower, 0.30, ochre, brush),
        (corner, 0.13, clay, brush),
        (edge, 0.27, navy, outline),
        (edge, 0.225, clay, brush),
        (edge, 0.10, cream, outline),
        (star, 0.535, navy, outline),
        (star, 0.50, cobalt, brush),
        (cross, 0.305, navy, outline),
        (cross, 0.27, ochre, brush),
        (r, 0.118, navy, outline),
        (r, 0.082, clay, brush),
    ):
        glaze = mix(glaze, paint, strength * smoothstep(0.022, -0.022, shape - size))
    return glaze


def tiles(rng: Rng) -> np.ndarray:
    """Hand-painted glazed tiles in cobalt, ochre and terracotta on cream."""
    columns = 6
    count, size = columns**2, SIDE / columns
    u, v, tile = courses(X, Y, columns, columns)
    inside = -rounded_box(u, v, size - 1.6, size - 1.6, 1.5) - 0.12 * fractal(rng, 6, 1.5)
    slip = rng.uniform(-0.7, 0.7, (2, count))
    glaze = majolica(
        rng,
        2 / size * (u + slip[0][tile] + 0.5 * fractal(rng, 20, 2.7)),
        2 / size * (v + slip[1][tile] + 0.5 * fractal(rng, 20, 2.7)),
    )
    _, crackle = voronoi(pack(rng, rng.uniform(3.5, 7.5, 1600)), 22)
    glaze = mix(glaze, colour("#8a7a62"), 0.20 * smoothstep(0.45, 0.1, crackle))
    glaze = vary(glaze, rng.uniform(-0.10, 0.06, count)[tile])
    chips = smoothstep(1.0, 1.5, np.maximum(fractal(rng, 9, 1.7) - 1.3, 0) + 1.2 * smoothstep(4, 0, inside))
    glaze = mix(glaze, colour("#c79a72"), 0.9 * chips)
    flat = smoothstep(-0.3, 0.8, inside)
    grout = vary(colour("#8d8676"), 0.2 * fractal(rng, 3, 1.2))
    lean = rng.uniform(-0.03, 0.03, (2, count))
    surface = 1.5 + 1.8 * smoothstep(0, 7, inside) + lean[0][tile] * u + lean[1][tile] * v
    height = flat * (surface + 0.45 * fractal(rng, 34, 3.4)) - 0.5 * chips
    gloss = 0.36 * flat * (1 - chips)
    sky = occlusion(height, 2.5, 3)
    return develop(shade(mix(grout, glaze, flat), height, sky=sky, gloss=gloss, shine=80), rng)


def bubbles(rng: Rng) -> np.ndarray:
    """Soap foam: crowded bubbles with bright films, rainbow rims and the reflection of a window."""
    discs = pack(rng, np.sort(5 + 27 * rng.random(1500) ** 2.2)[::-1], 0.90)
    bubble, border = voronoi(discs, 40)
    dx, dy = offsets(discs, bubble)
    radius = discs[bubble, 2]
    u, v = dx / radius, dy / radius
    rho = np.minimum(np.hypot(u, v), 1)
    lit, aside = -(0.65 * u + 0.76 * v), 0.76 * u - 0.65 * v
    film, rim = np.exp(-((border / 1.0) ** 2)), np.exp(-border / (0.09 * radius + 0.7))
    thickness = rng.random(len(discs))[bubble] + 0.9 * rho + 0.35 * v + 0.15 * fractal(rng, 40, 3.2)
    rainbow = 0.5 + 0.5 * np.cos(2 * np.pi * (1.6 * thickness[..., None] + np.array([0, 0.33, 0.67])))
    water = ramp(0.5 - 0.6 * lit, palette("#072a52", "#0f5a94", "#35a3d2"))
    light = vary(water, 0.5 * rho**2 - 0.45) + 0.6 * rainbow * (0.07 + 0.45 * rho**3 + 0.15 * rim)[..., None]
    light = mix(light, colour("#eaf8ff"), 0.45 * rim + 0.6 * film)
    bent = aside / np.sqrt(np.maximum(1 - lit**2, 0.05))
    window = smoothstep(0.05, -0.05, rounded_box(lit - 0.60, bent, 0.24, 0.50, 0.09))
    bar = 1 - 0.7 * np.exp(-((bent / 0.045) ** 2))
    bounce = smoothstep(0.06, -0.06, rounded_box(lit + 0.68, bent, 0.13, 0.66, 0.06))
    crescent = np.exp(-(((rho - 0.84) / 0.08) ** 2)) * smoothstep(0.1, 0.9, np.abs(lit))
    return develop(light + (1.1 * window * bar + 0.40 * bounce + 0.35 * crescent)[..., None], rng, 0.95)


def studs(rng: Rng) -> np.ndarray:
    """Plastic toy bricks, two studs by two, seen from above."""
    columns = 8
    count = columns**2
    u, v, brick = courses(X, Y, columns, columns, 0.5)
    stud_u, stud_v, _ = courses(X, Y, 2 * columns, 2 * columns)
    r = np.hypot(stud_u, stud_v)
    inside = -rounded_box(u, v, 63.2, 63.2, 1.2)
    knob = 6 * np.sqrt(smoothstep(10.4, 8.4, r)) - 0.25 * smoothstep(7.5, 3, r)
    lean = rng.uniform(-0.012, 0.012, (2, count))
    height = 2 * smoothstep(-0.4, 1, inside) + knob + lean[0][brick] * u + lean[1][brick] * v
    height += 0.10 * fractal(rng, 34, 3.4)
    kinds = palette("#c0060e", "#f5b400", "#0546b0", "#0b7f31", "#e6e4dc")
    tone = kinds[rng.permutation(np.arange(count) % 5)] * rng.uniform(0.94, 1.05, (count, 1))
    worn = scratches(rng, 2.4)
    plastic = mix(vary(tone[brick], 0.02 * fractal(rng, 30, 2)), colour("#ffffff"), 0.04 * worn)
    plastic = mix(colour("#101010"), plastic, smoothstep(-0.3, 0.3, inside))
    height = height - 0.02 * worn
    sun, sky = blur(cast_shadow(height, 12, 1.5), 0.7), occlusion(height, 3.5, 4)
    return develop(shade(plastic, height, sun=sun, sky=sky, gloss=0.65, shine=75), rng, 1.05)


def rust(rng: Rng) -> np.ndarray:
    """Rusted steel with the remains of flaking turquoise paint."""
    coarse, fine, grit = fractal(rng, 60, 2.2), fractal(rng, 16, 1.7), fractal(rng, 3, 1.1)
    iron = ramp(
        0.46 + 0.13 * coarse + 0.11 * fine + 0.07 * grit,
        palette("#2e150d", "#5f2813", "#944118", "#bd601f", "#d98532", "#e6b06a"),
    )
    pits = specks(rng, 8, 1.6, 1.3)
    iron = mix(iron, colour("#20100b"), 0.75 * pits)
    # Paint comes off chip by chip, along the cracks, where the rust below has loosened it.
    chip, crack = voronoi(pack(rng, np.full(2200, 4.6)), 15)
    hold = fractal(rng, 80, 2.1)
    border_zone = smoothstep(1.6, 0.4, np.abs(hold - 0.2))
    luck = rng.standard_normal(chip.max() + 1)[chip]
    paint = smoothstep(0.05, 0.12, 0.75 * hold + 0.34 * luck * border_zone + 0.10 * fractal(rng, 7, 1.5))
    coat = vary(colour("#1f8f98"), 0.13 * fractal(rng, 40, 2) + 0.05 * grit)
    coat = mix(coat, colour("#bcd2c4"), 0.4 * specks(rng, 24, 1.8, 0.8))
    stain = smoothstep(0.9, 0.0, hold) * smoothstep(-1.0, 1.5, fine)
    coat = mix(coat, colour("#8a4a1e"), 0.7 * stain + 0.8 * specks(rng, 6, 1.4, 1.6))
    split = smoothstep(0.7, 0.2, crack + 0.2 * grit) * smoothstep(1.0, 0.3, hold)
    coat = mix(coat, colour("#4a2415"), 0.8 * split)
    flake = 2.6 - 1.2 * split + 0.3 * fractal(rng, 20, 2.2) + 0.5 * luck * border_zone
    height = paint * flake + (1 - paint) * (fine + 0.3 * grit - 1.8 * pits)
    sun, sky = cast_shadow(height, 6), occlusion(height, 3, 3)
    light = shade(mix(iron, coat, paint), height, sun=sun, sky=sky, gloss=0.12 * paint, shine=20)
    return develop(light, rng, 1.2)


def grass(rng: Rng) -> np.ndarray:
    """A dense lawn from above."""
    count = 5600
    length = rng.uniform(22, 62, count)
    turn, bend = rng.uniform(0, 2 * np.pi, count), rng.normal(0, 0.007, count)
    width, base = rng.uniform(1.5, 3.2, count), rng.uniform(-34, 0, count)
    c, s = np.cos(turn), np.sin(turn)
    middles = np.column_stack([rng.uniform(0, SIDE, (count, 2)), length / 2 + 8])

    def on_blade(i: np.ndarray, dx: Field, dy: Field) -> tuple[Field, Field]:
        """Position along a blade, 0 to 1 from root to tip, and across it, -1 to 1."""
        forward = c[i] * dx + s[i] * dy
        along = forward / length[i] + 0.5
        half = width[i] * np.sqrt(np.maximum(1 - along, 0)) * np.minimum(1, 0.55 + along)
        return along, (c[i] * dy - s[i] * dx - bend[i] * forward**2) / np.maximum(half, 1e-6)

    def relief(i: int, dx: Field, dy: Field) -> Field:
        along, side = on_blade(i, dx, dy)
        inside = (along > 0) & (along < 1) & (np.abs(side) < 1)
        return np.where(inside, base[i] + 20 * along - 10 * along**3 + 0.8 * np.abs(side), -np.inf)

    height, blade = pile(middles, relief)
    soil = blade < 0
    height = np.where(soil, -36, height)
    along, side = on_blade(blade, *offsets(middles, blade))
    kinds = palette("#4f8a1e", "#6fa62a", "#3d7a22", "#86b83a", "#2f6a1f", "#5d9a2c", "#9cbf4c")
    tone = tones(rng, count, kinds)
    tone = np.where((rng.random(count) < 0.03)[:, None], colour("#cdbf78"), tone)
    # A blade is folded along its rib: one half faces the lamp. Its own height is too small to show it.
    facing = np.where(side > 0, 1, -1) * (0.75 * c[blade] - 0.65 * s[blade])
    rib = 0.25 * np.exp(-((side / 0.14) ** 2)) + 0.05 * np.cos(11 * side)
    lit = 0.85 + 0.28 * facing + rib + 0.18 * np.clip(along, 0, 1) + 0.05 * fractal(rng, 5, 1)
    depth = smoothstep(-36, 2, height)
    sun = 0.35 + 0.65 * blur(cast_shadow(height, 9, 2.5), 0.5)
    green = np.where(soil[..., None], colour("#1b1a0c"), tone[blade])
    sheen = 0.10 * smoothstep(0.55, 1, facing) * depth * sun * ~soil
    light = green * (lit * sun * (0.10 + 1.05 * depth**1.3))[..., None] + sheen[..., None] * colour("#e8f4d8")
    return develop(light, rng, 1.35)


def gravel(rng: Rng) -> np.ndarray:
    """Crushed stone: small angular chips of many rocks."""
    low = pack(rng, np.sort(rng.uniform(7, 13, 1800))[::-1], 0.68)
    top = pack(rng, np.sort(rng.uniform(7, 15, 1800))[::-1], 0.72)
    discs = np.concatenate([low, top])
    count, tops, walls = len(discs), 4, 5
    base = np.where(np.arange(count) < len(low), rng.uniform(-8, -3, count), rng.uniform(-2, 3, count))
    # Walls stand all around, or a stone would have no end on one side.
    around = 2 * np.pi * np.arange(walls) / walls + rng.uniform(-0.5, 0.5, (count, walls))
    turn = np.hstack([rng.uniform(0, 2 * np.pi, (count, tops)), around])
    steep = np.hstack([rng.uniform(0.05, 0.6, (count, tops)), rng.uniform(0.9, 1.35, (count, walls))])
    far = discs[:, 2:] * rng.uniform(0.60, 0.95, (count, tops + walls)) / np.cos(steep)
    tilt_x, tilt_y = np.tan(steep) * np.cos(turn), np.tan(steep) * np.sin(turn)
    stretch, axis = rng.uniform(0.65, 1, count), rng.uniform(0, np.pi, count)

    def relief(i: int, dx: Field, dy: Field) -> Field:
        """A convex stone is the lowest of the planes of its facets."""
        c, s = np.cos(axis[i]), np.sin(axis[i])
        u, v = c * dx + s * dy, (c * dy - s * dx) / stretch[i]
        z = far[i, 0] - tilt_x[i, 0] * u - tilt_y[i, 0] * v
        for facet in range(1, tops + walls):
            z = np.minimum(z, far[i, facet] - tilt_x[i, facet] * u - tilt_y[i, facet] * v)
        return np.where(z > 0, base[i] + z, -np.inf)

    height, stone = pile(discs * (1, 1, 2.2), relief)
    floor = stone < 0
    height = np.where(floor, -9, height) + 0.16 * fractal(rng, 6, 1.7)
    kinds = palette(
        "#8a8d91", "#63686f", "#b99a83", "#c9beac", "#9a5f4b", "#4c5560", "#dcd7cc", "#7d6b5a", "#6f8590", "#b58b5a"
    )
    rock = vary(tones(rng, count, kinds)[stone], 0.12 * fractal(rng, 3, 1.1) + 0.10 * fractal(rng, 12, 1.7))
    rock = np.where(floor[..., None], colour("#3b332a"), rock)
    sun, sky = cast_shadow(height, 14, 1.2), occlusion(height, 4, 5) * occlusion(height, 10, 14)
    return develop(shade(rock, height, sun=sun, sky=sky, gloss=0.05, shine=12), rng, 1.1)


def glass(rng: Rng) -> np.ndarray:
    """Leaded stained glass with the light behind it."""
    discs = pack(rng, np.sort(rng.uniform(9, 27, 900))[::-1], 0.95)
    pane, border = voronoi(discs, 75)
    count = len(discs)
    angle, jump = rng.uniform(0, np.pi, count)[pane], rng.uniform(0, SIDE, count)[pane]
    dx, dy = offsets(discs, pane)
    u, v = np.cos(angle) * dx + np.sin(angle) * dy + jump, np.cos(angle) * dy - np.sin(angle) * dx + jump
    streak = sample(fractal(rng, 20, 3.2, (1, 3)), u, v)
    ripple = sample(fractal(rng, 11, 3.6, (1, 1.5)), u, v)
    kinds = palette("#cf1030", "#1746c4", "#f5a900", "#0c9150", "#7424ac", "#1aa6d0", "#ec6418", "#f3e2b4", "#dc4684")
    # Beer's law: colour deepens with the thickness of the glass.
    panes = tones(rng, count, kinds)[pane] ** np.clip(1 + 0.30 * streak, 0.4, 1.8)[..., None]
    lens = (ripple - np.roll(ripple, (3, 3), (0, 1))) / 1.6
    lamp = 1.12 + 0.14 * fractal(rng, 60, 3) + 0.26 * lens + 0.35 * smoothstep(0.5, 1.1, lens)
    grime = 0.6 * smoothstep(8, 1.5, border + 0.5 * ripple)
    seeds = pack(rng, rng.uniform(0.7, 1.6, 420), 3)
    bead, _ = pile(seeds, lambda i, dx, dy: 1 - np.hypot(dx, dy) / seeds[i, 2])
    panes = panes * (lamp * (1 - grime) * (1 + 0.8 * smoothstep(0.2, 0.7, bead)))[..., None]
    width = 2.9 + 0.2 * fractal(rng, 26, 2.6)
    bar = 2.4 * np.sqrt(np.maximum(1 - (border / width) ** 2, 0)) + 0.12 * fractal(rng, 9, 2.6)
    lead = shade(vary(colour("#53565c"), 0.18 * fractal(rng, 10, 1.8)), bar, gloss=0.35, shine=22)
    return develop(mix(panes, lead, smoothstep(0.3, -0.3, border - width)), rng)


def water(rng: Rng) -> np.ndarray:
    """Caustics on the mosaic floor of a pool: rays bent by the waves and counted where they land."""
    count = 20
    gx, gy = slope(blur(fractal(rng, 100, 2.6), 5))
    focus = 1.15 / (slope(gx)[0] + slope(gy)[1]).std()
    # Four rays for each sample keep the count smooth.
    steps = (np.arange(2 * N) + 0.5) / (2 * FINE)
    ray_y, ray_x = np.meshgrid(steps, steps, indexing="ij")
    bend_x, bend_y = sample(gx, ray_x, ray_y), sample(gy, ray_x, ray_y)
    light = np.empty((N, N, 3))
    for channel, power in enumerate(focus * np.array([0.97, 1.00, 1.03])):  # blue is bent more than red
        column = np.floor(FINE * (ray_x - power * bend_x)).astype(int) % N
        row = np.floor(FINE * (ray_y - power * bend_y)).astype(int) % N
        hits = np.bincount((row * N + column).ravel(), minlength=N * N).reshape(N, N)
        light[..., channel] = blur(hits / 4, 0.7)
    u, v, tile = courses(X + 0.28 * focus * gx, Y + 0.28 * focus * gy, count, count)
    flat = smoothstep(0.4, -0.6, rounded_box(u, v, SIDE / count - 2, SIDE / count - 2, 1))
    kinds = palette("#1796bd", "#2ab0cc", "#0f7cb0", "#52c6d8", "#2099c4")
    floor = mix(colour("#8fe2ee"), tones(rng, count**2, kinds, 0.1)[tile], flat)
    floor = vary(floor, 0.06 * fractal(rng, 6, 1.5))
    return develop(floor * (0.28 + 0.58 * light) + 0.05 * np.maximum(light - 1.5, 0), rng)


def leopard(rng: Rng) -> np.ndarray:
    """Leopard fur: tawny coat, broken black rosettes."""
    hair = fractal(rng, 3, 1.4, (1, 9)) + 0.6 * fractal(rng, 8, 1.8, (1, 6))
    strand = sample(hair, X + 9 * fractal(rng, 130, 4, (3, 1)), Y)
    discs = pack(rng, np.sort(rng.uniform(12, 22, 1500))[::-1], 0.93)
    spot, _ = voronoi(discs, 60)
    rho = np.hypot(*offsets(discs, spot)) / discs[spot, 2] + 0.12 * fractal(rng, 24, 2.8)
    ring = 1 - np.abs(rho - 0.66) / 0.25 - 0.5 * smoothstep(0.2, 1.3, fractal(rng, 20, 3))
    comb = Y + 3 * strand  # the edge of a spot is as ragged as the hair
    ring, core = sample(ring, X, comb), sample(smoothstep(0.75, 0.45, rho), X, comb)
    coat = ramp(0.5 + 0.15 * strand + 0.2 * fractal(rng, 50, 2.5), palette("#a8692a", "#d09a4e", "#e9c27c", "#f5dfae"))
    coat = mix(coat, vary(colour("#b06a24"), 0.2 * strand), 0.65 * core)
    coat = mix(coat, vary(colour("#1c120c"), 0.3 * strand), smoothstep(0.02, 0.35, ring))
    height = 0.8 * strand + 0.6 * blur(strand, 2)
    return develop(shade(coat, height, sky=occlusion(height, 2, 2), gloss=0.07, shine=14), rng, 1.15)
