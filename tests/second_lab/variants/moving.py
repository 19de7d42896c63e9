"""What students write in moving.py."""


# %% not sorted part="1.2" check="move_ranks" hint="move_unsorted"
def move(x, y, directions):
    for direction in directions:
        x = x + ((y - x) @ direction)[:, None] * direction
    return x


# %% in place part="1.2" check="move_one_after_the_other" hint="move_in_place"
def move(x, y, directions):
    for direction in directions:
        along = x @ direction
        ranks = along.argsort().argsort()
        x += ((y @ direction).sort().values[ranks] - along)[:, None] * direction
    return x


# %% ranks by two argsorts part="1.2"
def move(x, y, directions):
    for direction in directions:
        along = x @ direction
        ranks = along.argsort().argsort()
        x = x + ((y @ direction).sort().values[ranks] - along)[:, None] * direction
    return x
