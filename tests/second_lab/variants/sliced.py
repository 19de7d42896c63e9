"""What students write in sliced.py; see CONTRIBUTING.md for how a cell is read."""


# %% not sorted part="1.1" check="sliced_by_hand" hint="sliced_unsorted"
def sliced_distance(x, y, directions):
    return ((x - y) @ directions.T).square().mean()


# %% summed part="1.1" check="sliced_by_hand" hint="sliced_sum"
def sliced_distance(x, y, directions):
    return ((x @ directions.T).sort(0).values - (y @ directions.T).sort(0).values).square().sum()


# %% sorted across the directions part="1.1" check="sliced_by_hand" hint="sliced_across"
def sliced_distance(x, y, directions):
    return ((x @ directions.T).sort().values - (y @ directions.T).sort().values).square().mean()


# %% a loop over directions part="1.1"
def sliced_distance(x, y, directions):
    total = 0
    for direction in directions:
        total = total + ((x @ direction).sort().values - (y @ direction).sort().values).pow(2).mean()
    return total / len(directions)


# %% mse_loss part="1.1"
import torch


def sliced_distance(x, y, directions):
    a, _ = torch.sort(directions @ x.T, dim=1)
    b, _ = torch.sort(directions @ y.T, dim=1)
    return torch.nn.functional.mse_loss(a, b)
