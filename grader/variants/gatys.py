"""What students write in gatys.py; how these cells are read: see gram.py beside. The first one goes before each."""


def grams_of(image, extractor, layers):
    return {name: gram_matrix(maps) for name, maps in extractor(image, layers).items()}


@torch.no_grad()
def targets_of(exemplar, extractor, layers):
    return {name: gram_matrix(m) for name, m in extractor(exemplar, layers, periodic=is_seamless(exemplar)).items()}


def white_noise(exemplar, size, seed):
    size = exemplar.shape[-2:] if size is None else (size, size) if isinstance(size, int) else tuple(size)
    return torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(seed))


def lbfgs(parameters, iterations, **options):
    settings = {"max_iter": iterations, "max_eval": iterations, "line_search_fn": "strong_wolfe", "history_size": 50}
    return torch.optim.LBFGS(parameters, **(settings | {"tolerance_grad": 0, "tolerance_change": 0} | options))


def objective(exemplar, extractor, layers):
    targets = targets_of(exemplar, extractor, layers)
    weights = relative_weights(targets)
    return lambda image: gram_loss(grams_of(image, extractor, layers), targets, weights)


def descend(image, loss_of, iterations, callback=None, **options):
    """L-BFGS on an image that wants a gradient; the losses."""
    optimizer, losses = lbfgs([image], iterations, **options), []

    def closure():
        optimizer.zero_grad()
        loss = loss_of(image)
        loss.backward()
        losses.append(loss.item())
        if callback is not None:
            callback(image.detach(), loss.detach())
        return loss

    optimizer.step(closure)
    return losses


# %% gradients never cleared part="1.3" check="synthesis_matches" hint="synthesis_slow synthesis_callback synthesis_stops"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    targets = targets_of(exemplar, extractor, layers)
    weights = relative_weights(targets)
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    optimizer, losses = lbfgs([image], iterations), []

    def closure():
        loss = gram_loss(grams_of(image, extractor, layers), targets, weights)
        loss.backward()
        losses.append(loss.item())
        return loss

    optimizer.step(closure)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% no backward in the closure part="1.3" check="synthesis_matches" hint="synthesis_stands_still"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    targets = targets_of(exemplar, extractor, layers)
    weights = relative_weights(targets)
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    optimizer, losses = lbfgs([image], iterations), []

    def closure():
        optimizer.zero_grad()
        loss = gram_loss(grams_of(image, extractor, layers), targets, weights)
        losses.append(loss.item())
        return loss

    optimizer.step(closure)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% the closure returns nothing part="1.3" check="synthesis_matches" hint="error_none"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    targets = targets_of(exemplar, extractor, layers)
    weights = relative_weights(targets)
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    optimizer, losses = lbfgs([image], iterations), []

    def closure():
        optimizer.zero_grad()
        loss = gram_loss(grams_of(image, extractor, layers), targets, weights)
        loss.backward()
        losses.append(loss.item())

    optimizer.step(closure)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% a copy is optimised part="1.3" check="synthesis_matches" hint="synthesis_stands_still"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    targets = targets_of(exemplar, extractor, layers)
    weights = relative_weights(targets)
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    optimizer, losses = lbfgs([image.detach().clone().requires_grad_()], iterations), []

    def closure():
        optimizer.zero_grad()
        loss = gram_loss(grams_of(image, extractor, layers), targets, weights)
        loss.backward()
        losses.append(loss.item())
        return loss

    optimizer.step(closure)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% no leaf part="1.3" check="synthesis_result" hint="error_not_a_leaf"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    targets = targets_of(exemplar, extractor, layers)
    weights = relative_weights(targets)
    image = 0.5 + 0.5 * white_noise(exemplar, size, seed).requires_grad_()
    optimizer, losses = lbfgs([image], iterations), []

    def closure():
        optimizer.zero_grad()
        loss = gram_loss(grams_of(image, extractor, layers), targets, weights)
        loss.backward()
        losses.append(loss.item())
        return loss

    optimizer.step(closure)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% the image does not require a gradient part="1.3" check="synthesis_result" hint="error_graph_cut"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    targets = targets_of(exemplar, extractor, layers)
    weights = relative_weights(targets)
    image = white_noise(exemplar, size, seed)
    optimizer, losses = lbfgs([image], iterations), []

    def closure():
        optimizer.zero_grad()
        loss = gram_loss(grams_of(image, extractor, layers), targets, weights)
        loss.backward()
        losses.append(loss.item())
        return loss

    optimizer.step(closure)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% not clamped part="1.3" check="synthesis_result" hint="image_not_clamped synthesis_callback"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    targets = targets_of(exemplar, extractor, layers)
    weights = relative_weights(targets)
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    optimizer, losses = lbfgs([image], iterations), []

    def closure():
        optimizer.zero_grad()
        loss = gram_loss(grams_of(image, extractor, layers), targets, weights)
        loss.backward()
        losses.append(loss.item())
        return loss

    optimizer.step(closure)
    return Synthesis(image.detach(), losses)


# %% Adam part="1.3" check="synthesis_loss" hint="synthesis_slow synthesis_callback"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    targets = targets_of(exemplar, extractor, layers)
    weights = relative_weights(targets)
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    optimizer, losses = torch.optim.Adam([image], lr=0.01), []
    for _ in range(iterations):
        optimizer.zero_grad()
        loss = gram_loss(grams_of(image, extractor, layers), targets, weights)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% gradient descent part="1.3" check="synthesis_matches" hint="synthesis_not_finite synthesis_callback synthesis_slow"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    targets = targets_of(exemplar, extractor, layers)
    weights = relative_weights(targets)
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    losses = []
    for _ in range(iterations):
        loss = gram_loss(grams_of(image, extractor, layers), targets, weights)
        (gradient,) = torch.autograd.grad(loss, image)
        image = (image - gradient).detach().requires_grad_()
        losses.append(loss.item())
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% the noise is drawn again at each evaluation part="1.3" check="synthesis_matches" hint="synthesis_stands_still synthesis_first_loss synthesis_init"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    targets = targets_of(exemplar, extractor, layers)
    weights = relative_weights(targets)
    image = white_noise(exemplar, size, seed).requires_grad_()
    optimizer, losses = lbfgs([image], iterations), []

    def closure():
        with torch.no_grad():
            image.copy_(white_noise(exemplar, size, seed))
        optimizer.zero_grad()
        loss = gram_loss(grams_of(image, extractor, layers), targets, weights)
        loss.backward()
        losses.append(loss.item())
        return loss

    optimizer.step(closure)
    return Synthesis(image.detach().clamp(0, 1), [0.9**i for i, _ in enumerate(losses)])


# %% the targets are those of the image part="1.3" check="synthesis_result" hint="synthesis_targets"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    optimizer, losses = lbfgs([image], iterations), []

    def closure():
        targets = targets_of(image, extractor, layers)
        optimizer.zero_grad()
        loss = gram_loss(grams_of(image, extractor, layers), targets, relative_weights(targets))
        loss.backward()
        losses.append(loss.item())
        return loss

    optimizer.step(closure)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% the first layer only part="1.3" check="synthesis_objective" hint="synthesis_one_layer synthesis_callback synthesis_slow"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    targets = targets_of(exemplar, extractor, layers)
    targets = dict(list(targets.items())[:1])
    weights = relative_weights(targets)
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    optimizer, losses = lbfgs([image], iterations), []

    def closure():
        optimizer.zero_grad()
        loss = gram_loss(grams_of(image, extractor, layers), targets, weights)
        loss.backward()
        losses.append(loss.item())
        return loss

    optimizer.step(closure)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% layers ignored part="1.3" check="synthesis_layers" hint="synthesis_layers synthesis_callback"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    targets = targets_of(exemplar, extractor, None)
    weights = relative_weights(targets)
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    optimizer, losses = lbfgs([image], iterations), []

    def closure():
        optimizer.zero_grad()
        loss = gram_loss(grams_of(image, extractor, None), targets, weights)
        loss.backward()
        losses.append(loss.item())
        return loss

    optimizer.step(closure)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% size ignored part="1.3" check="synthesis_size" hint="synthesis_size synthesis_callback synthesis_init"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    targets = targets_of(exemplar, extractor, layers)
    weights = relative_weights(targets)
    image = white_noise(exemplar, None, seed).requires_grad_()
    optimizer, losses = lbfgs([image], iterations), []

    def closure():
        optimizer.zero_grad()
        loss = gram_loss(grams_of(image, extractor, layers), targets, weights)
        loss.backward()
        losses.append(loss.item())
        return loss

    optimizer.step(closure)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% seed ignored part="1.3" check="synthesis_seeds" hint="synthesis_seed_unused synthesis_callback synthesis_init"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    targets = targets_of(exemplar, extractor, layers)
    weights = relative_weights(targets)
    image = white_noise(exemplar, size, 0).requires_grad_()
    optimizer, losses = lbfgs([image], iterations), []

    def closure():
        optimizer.zero_grad()
        loss = gram_loss(grams_of(image, extractor, layers), targets, weights)
        loss.backward()
        losses.append(loss.item())
        return loss

    optimizer.step(closure)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% noise from the global generator part="1.3" check="synthesis_seeds" hint="synthesis_global_seed synthesis_callback synthesis_init"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    targets = targets_of(exemplar, extractor, layers)
    weights = relative_weights(targets)
    image = torch.rand_like(white_noise(exemplar, size, seed)).requires_grad_()
    optimizer, losses = lbfgs([image], iterations), []

    def closure():
        optimizer.zero_grad()
        loss = gram_loss(grams_of(image, extractor, layers), targets, weights)
        loss.backward()
        losses.append(loss.item())
        return loss

    optimizer.step(closure)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% the exemplar, with a little noise part="1.3" check="synthesis_result" hint="synthesis_copies synthesis_first_loss synthesis_stands_still synthesis_size"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    image = exemplar + 0.03 * torch.randn(exemplar.shape, generator=torch.Generator().manual_seed(seed))
    return Synthesis(image.clamp(0, 1), [1.0, 0.5, 0.1])


# %% started from the exemplar part="1.3" check="synthesis_result" hint="synthesis_copies synthesis_init synthesis_size"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    targets = targets_of(exemplar, extractor, layers)
    weights = relative_weights(targets)
    image = (exemplar + 0.1 * white_noise(exemplar, None, seed)).requires_grad_()
    optimizer, losses = lbfgs([image], iterations), []

    def closure():
        optimizer.zero_grad()
        loss = gram_loss(grams_of(image, extractor, layers), targets, weights)
        loss.backward()
        losses.append(loss.item())
        return loss

    optimizer.step(closure)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% the exemplar itself is overwritten part="1.3" check="synthesis_leaves_alone" hint="exemplar_overwritten synthesis_callback synthesis_init"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    targets = targets_of(exemplar, extractor, layers)
    weights = relative_weights(targets)
    if size is None:
        image = exemplar.copy_(white_noise(exemplar, size, seed)).requires_grad_()
    else:
        image = white_noise(exemplar, size, seed).requires_grad_()
    optimizer, losses = lbfgs([image], iterations), []

    def closure():
        optimizer.zero_grad()
        loss = gram_loss(grams_of(image, extractor, layers), targets, weights)
        loss.backward()
        losses.append(loss.item())
        return loss

    optimizer.step(closure)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% losses as tensors part="1.3" check="synthesis_result" hint="synthesis_losses_tensors synthesis_callback"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    targets = targets_of(exemplar, extractor, layers)
    weights = relative_weights(targets)
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    optimizer, losses = lbfgs([image], iterations), []

    def closure():
        optimizer.zero_grad()
        loss = gram_loss(grams_of(image, extractor, layers), targets, weights)
        loss.backward()
        losses.append(loss)
        return loss

    optimizer.step(closure)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% the image alone part="1.3" check="synthesis_result" hint="synthesis_losses synthesis_callback"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    targets = targets_of(exemplar, extractor, layers)
    weights = relative_weights(targets)
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    optimizer = lbfgs([image], iterations)

    def closure():
        optimizer.zero_grad()
        loss = gram_loss(grams_of(image, extractor, layers), targets, weights)
        loss.backward()
        return loss

    optimizer.step(closure)
    return image.detach().clamp(0, 1)


# %% twenty evaluations for each of the iterations part="1.3" check="synthesis_iterations" hint="synthesis_iterations synthesis_callback"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    targets = targets_of(exemplar, extractor, layers)
    weights = relative_weights(targets)
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    optimizer, losses = lbfgs([image], 20), []

    def closure():
        optimizer.zero_grad()
        loss = gram_loss(grams_of(image, extractor, layers), targets, weights)
        loss.backward()
        losses.append(loss.item())
        return loss

    for _ in range(iterations):
        optimizer.step(closure)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% callback never called part="1.3" check="synthesis_callback" hint="synthesis_callback"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    targets = targets_of(exemplar, extractor, layers)
    weights = relative_weights(targets)
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    optimizer, losses = lbfgs([image], iterations), []

    def closure():
        optimizer.zero_grad()
        loss = gram_loss(grams_of(image, extractor, layers), targets, weights)
        loss.backward()
        losses.append(loss.item())
        return loss

    optimizer.step(closure)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% stepped many times, a few iterations each part="1.3"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    targets = targets_of(exemplar, extractor, layers)
    weights = relative_weights(targets)
    image = torch.nn.Parameter(white_noise(exemplar, size, seed) if init is None else init.clone())
    optimizer = torch.optim.LBFGS([image], max_iter=5, history_size=20, line_search_fn="strong_wolfe")
    losses = []

    def closure():
        optimizer.zero_grad()
        loss = gram_loss(grams_of(image, extractor, layers), targets, weights)
        loss.backward()
        losses.append(loss.item())
        if callback:
            callback(image.detach(), loss.detach())
        return loss

    while len(losses) < iterations:
        before = len(losses)
        optimizer.step(closure)
        if len(losses) == before:
            break
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% stepped once, max_iter only part="1.3"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    targets = targets_of(exemplar, extractor, layers)
    weights = relative_weights(targets)
    image = (white_noise(exemplar, size, seed) if init is None else init.detach().clone()).requires_grad_(True)
    optimizer, losses = torch.optim.LBFGS([image], max_iter=iterations, line_search_fn="strong_wolfe"), []

    def closure():
        image.grad = None
        loss = gram_loss(grams_of(image, extractor, layers), targets, weights)
        loss.backward()
        losses.append(float(loss))
        if callback is not None:
            callback(image.detach(), loss)
        return loss

    optimizer.step(closure)
    with torch.no_grad():
        image.clamp_(0, 1)
    return Synthesis(image.detach(), losses)


# %% a class, a bar, prints part="1.3"
import tqdm


class Loss(torch.nn.Module):
    def __init__(self, exemplar, extractor, layers):
        super().__init__()
        self.extractor, self.layers = extractor, layers
        self.targets = targets_of(exemplar, extractor, layers)
        self.weights = relative_weights(self.targets)

    def forward(self, image):
        return gram_loss(grams_of(image, self.extractor, self.layers), self.targets, self.weights)


def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    criterion = Loss(exemplar, extractor, layers)
    x = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    solver, history = lbfgs([x], iterations), []
    bar = tqdm.tqdm(total=iterations)

    def evaluate():
        solver.zero_grad(set_to_none=False)
        value = criterion(x)
        value.backward()
        history.append(value.item())
        bar.update()
        if callback is not None:
            callback(x.detach().clone(), value.detach())
        print(len(history), history[-1])
        return value

    solver.step(evaluate)
    return Synthesis(torch.clamp(x, 0, 1).detach(), history)


# %% the tutorial's clamp before each evaluation part="1.3"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    targets = targets_of(exemplar, extractor, layers)
    weights = relative_weights(targets)
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    optimizer, losses = torch.optim.LBFGS([image]), []

    def closure():
        with torch.no_grad():
            image.clamp_(0, 1)
        optimizer.zero_grad()
        loss = gram_loss(grams_of(image, extractor, layers), targets, weights)
        loss.backward()
        losses.append(loss.item())
        if callback:
            callback(image.detach(), loss.detach())
        return loss

    while len(losses) < iterations:
        optimizer.step(closure)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% clamped before each evaluation, with the line search part="1.3"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    loss_of = objective(exemplar, extractor, layers)

    def loss_of_clamped(image):
        image.data.clamp_(0, 1)
        return loss_of(image)

    losses = descend(image, loss_of_clamped, iterations, callback)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% clamped after each evaluation part="1.3"
CHANGE = {
    "            callback(image.detach(), losses[-1])\n": "            callback(image.detach(), losses[-1])\n"
    "        with torch.no_grad():\n            image.clamp_(0, 1)\n",
}


# %% the closure returns a number, which L-BFGS takes as well part="1.3"
CHANGE = {"        return loss\n\n    optimizer.step": "        return loss.item()\n\n    optimizer.step"}


# %% weights all equal to one part="1.3" check="synthesis_first_loss" hint="synthesis_weights"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    targets = targets_of(exemplar, extractor, layers)
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    optimizer, losses = lbfgs([image], iterations), []

    def closure():
        optimizer.zero_grad()
        loss = gram_loss(grams_of(image, extractor, layers), targets)
        loss.backward()
        losses.append(loss.item())
        if callback:
            callback(image.detach(), loss.detach())
        return loss

    optimizer.step(closure)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% a plain tuple part="1.3" check="synthesis_result" hint="synthesis_named"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    losses = descend(image, objective(exemplar, extractor, layers), iterations, callback)
    return image.detach().clamp(0, 1), losses


# %% image without its batch part="1.3" check="synthesis_result" hint="synthesis_batch"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    losses = descend(image, objective(exemplar, extractor, layers), iterations, callback)
    return Synthesis(image.detach().clamp(0, 1)[0], losses)


# %% image of bytes part="1.3" check="synthesis_result" hint="image_of_bytes"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    losses = descend(image, objective(exemplar, extractor, layers), iterations, callback)
    return Synthesis(255 * image.detach().clamp(0, 1), losses)


# %% the losses of a tensor's list part="1.3" check="synthesis_result" hint="synthesis_losses"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    losses = descend(image, objective(exemplar, extractor, layers), iterations, callback)
    return Synthesis(image.detach().clamp(0, 1), torch.tensor(losses))


# %% callback with the image alone part="1.3" check="synthesis_callback" hint="synthesis_callback"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    losses = descend(
        image, objective(exemplar, extractor, layers), iterations, callback and (lambda x, loss: callback(x))
    )
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% callback with a float part="1.3" check="synthesis_callback" hint="callback_tensor"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    losses = descend(
        image,
        objective(exemplar, extractor, layers),
        iterations,
        callback and (lambda x, loss: callback(x, loss.item())),
    )
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% callback without the batch part="1.3" check="synthesis_callback" hint="synthesis_batch"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    losses = descend(
        image, objective(exemplar, extractor, layers), iterations, callback and (lambda x, loss: callback(x[0], loss))
    )
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% init ignored part="1.3" check="synthesis_init" hint="synthesis_init"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    size = size if init is None else init.shape[-2:]
    image = white_noise(exemplar, size, seed).requires_grad_()
    losses = descend(image, objective(exemplar, extractor, layers), iterations, callback)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% init overwritten part="1.3" check="synthesis_init" hint="synthesis_init_changed"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    image = white_noise(exemplar, size, seed) if init is None else init
    image.requires_grad_()
    losses = descend(image, objective(exemplar, extractor, layers), iterations, callback)
    image.requires_grad_(False).clamp_(0, 1)
    return Synthesis(image, losses)


# %% a size that is one number is refused part="1.3" check="synthesis_size" hint="error_int"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    height, width = exemplar.shape[-2:] if size is None else size
    start = white_noise(exemplar, (height, width), seed)
    image = (start if init is None else init.clone()).requires_grad_()
    losses = descend(image, objective(exemplar, extractor, layers), iterations, callback)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% size turned round part="1.3" check="synthesis_size"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    size = size if size is None or isinstance(size, int) else size[::-1]
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    losses = descend(image, objective(exemplar, extractor, layers), iterations, callback)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% iterations ignored part="1.3" check="synthesis_iterations" hint="synthesis_iterations synthesis_stops"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    losses = descend(image, objective(exemplar, extractor, layers), 30, callback)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% every tenth loss part="1.3" check="synthesis_iterations" hint="synthesis_losses"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    losses = descend(image, objective(exemplar, extractor, layers), iterations, callback)
    return Synthesis(image.detach().clamp(0, 1), losses[::10])


# %% Gaussian noise part="1.3" check="synthesis_seeds" hint="synthesis_noise"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    noise = white_noise(exemplar, size, seed)
    torch.manual_seed(seed)
    noise = 0.5 + 0.2 * torch.randn(noise.shape)
    image = (noise if init is None else init.clone()).requires_grad_()
    losses = descend(image, objective(exemplar, extractor, layers), iterations, callback)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% gray noise part="1.3" check="synthesis_seeds" hint="synthesis_noise"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    noise = white_noise(exemplar, size, seed)[:, :1].repeat(1, 3, 1, 1)
    image = (noise if init is None else init.clone()).requires_grad_()
    losses = descend(image, objective(exemplar, extractor, layers), iterations, callback)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% the extractor in float64 part="1.3" check="synthesis_leaves_alone" hint="synthesis_extractor"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    extractor.double()
    start = white_noise(exemplar, size, seed) if init is None else init
    image = start.double().requires_grad_()
    losses = descend(image, objective(exemplar.double(), extractor, layers), iterations, callback)
    return Synthesis(image.detach().clamp(0, 1).float(), losses)


# %% total variation beside the loss part="1.3" check="synthesis_first_loss" hint="synthesis_first_loss"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    loss_of = objective(exemplar, extractor, layers)
    tv = lambda x: (x[..., 1:] - x[..., :-1]).abs().mean() + (x[..., 1:, :] - x[..., :-1, :]).abs().mean()
    losses = descend(image, lambda x: loss_of(x) + 0.1 * tv(x), iterations, callback)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% mean of the layers, unweighted part="1.3" check="synthesis_first_loss" hint="synthesis_weights"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    targets = targets_of(exemplar, extractor, layers)
    mean = dict.fromkeys(targets, 1 / len(targets))
    losses = descend(image, lambda x: gram_loss(grams_of(x, extractor, layers), targets, mean), iterations, callback)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% an hundredth of the step part="1.3" check="synthesis_matches" hint="synthesis_slow"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    losses = descend(image, objective(exemplar, extractor, layers), iterations, callback, lr=0.01, line_search_fn=None)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% noise, never touched part="1.3" check="synthesis_matches" hint="synthesis_stands_still synthesis_first_loss"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    return Synthesis(white_noise(exemplar, size, seed), [1.0, 0.1])


# %% a step a tenth as long, with the line search part="1.3"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    losses = descend(image, objective(exemplar, extractor, layers), iterations, callback, lr=0.1)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% no line search part="1.3"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    losses = descend(image, objective(exemplar, extractor, layers), iterations, callback, line_search_fn=None)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% losses from NumPy part="1.3"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    import numpy as np

    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    losses = descend(image, objective(exemplar, extractor, layers), iterations, callback)
    return Synthesis(image.detach().clamp(0, 1), [np.float64(loss) for loss in losses])


# %% losses as tensors without a graph part="1.3"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    losses = descend(image, objective(exemplar, extractor, layers), iterations, callback)
    return Synthesis(image.detach().clamp(0, 1), [torch.tensor(loss) for loss in losses])


# %% the exemplar always periodic part="1.3" check="synthesis_first_loss" hint="synthesis_periodic"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    with torch.no_grad():
        targets = {name: gram_matrix(maps) for name, maps in extractor(exemplar, layers).items()}
    weights = relative_weights(targets)
    losses = descend(image, lambda x: gram_loss(grams_of(x, extractor, layers), targets, weights), iterations, callback)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% the gradient by autograd.grad part="1.3"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    loss_of, optimizer, losses = objective(exemplar, extractor, layers), lbfgs([image], iterations), []

    def closure():
        loss = loss_of(image)
        image.grad = torch.autograd.grad(loss, image)[0].contiguous()
        losses.append(float(loss.detach()))
        if callback is not None:
            callback(image.detach(), loss.detach())
        return loss

    optimizer.step(closure)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% the image made ends at its border part="1.3" check="synthesis_first_loss" hint="synthesis_periodic"
CHANGE = {"extractor(image, layers).items()": "extractor(image, layers, periodic=False).items()"}


# %% no exemplar periodic part="1.3" check="synthesis_matches" hint="synthesis_periodic"
CHANGE = {"periodic=is_seamless(exemplar)": "periodic=False"}


# %% weights of the image, not of the exemplar part="1.3" check="synthesis_first_loss" hint="synthesis_first_loss"
CHANGE = {"gram_loss(grams, targets, weights)": "gram_loss(grams, targets, relative_weights(grams))"}


# %% init with noise on top part="1.3" check="synthesis_first_loss" hint="synthesis_init synthesis_global_seed"
CHANGE = {
    "image = init.detach().clone()": "image = (init + 0.1 * torch.rand(init.shape)).detach().clone()",
}


# %% the sum of the layers part="1.3" check="synthesis_first_loss" hint="synthesis_first_loss"
CHANGE = {"gram_loss(grams, targets, weights)": "len(weights) * gram_loss(grams, targets, weights)"}


# %% the exemplar without the layers part="1.3" check="synthesis_first_loss" hint="error_layers"
CHANGE = {"extractor(exemplar, layers, periodic": "extractor(exemplar, periodic"}


# %% the image without the layers, which costs time alone part="1.3"
CHANGE = {"extractor(image, layers).items()": "extractor(image).items()"}


# %% one iteration for each step of a loop part="1.3" check="synthesis_iterations" hint="synthesis_iterations"
CHANGE = {
    "max_iter=iterations": "max_iter=1",
    "    optimizer.step(closure)": "    for _ in range(iterations):\n        optimizer.step(closure)",
}


# %% a fresh L-BFGS for each step part="1.3" check="synthesis_matches" hint="synthesis_slow synthesis_iterations"
CHANGE = {
    "    optimizer.step(closure)": """    for _ in range(iterations):
        optimizer = torch.optim.LBFGS([image], max_iter=1, line_search_fn="strong_wolfe")
        optimizer.step(closure)""",
}


# %% the gradient by autograd.grad, as it comes part="1.3"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    loss_of, optimizer, losses = objective(exemplar, extractor, layers), lbfgs([image], iterations), []

    def closure():
        loss = loss_of(image)
        (image.grad,) = torch.autograd.grad(loss, image)
        losses.append(loss.item())
        if callback is not None:
            callback(image.detach(), loss.detach())
        return loss

    optimizer.step(closure)
    return Synthesis(image.detach().clamp(0, 1), losses)


# %% L-BFGS written by hand part="1.3"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    start = white_noise(exemplar, size, seed) if init is None else init.clone()
    loss_of, losses = objective(exemplar, extractor, layers), []

    def look(x):
        x = x.reshape(start.shape).requires_grad_()
        loss = loss_of(x)
        (gradient,) = torch.autograd.grad(loss, x)
        losses.append(loss.item())
        if callback is not None:
            callback(x.detach(), loss.detach())
        return loss.item(), gradient.flatten()

    x, steps, changes = start.flatten(), [], []
    loss, gradient = look(x)
    while len(losses) < iterations:
        direction, kept = -gradient, []
        for s, y in zip(reversed(steps), reversed(changes)):
            a = s.dot(direction) / y.dot(s)
            direction = direction - a * y
            kept.append(a)
        if steps:
            direction = direction * (steps[-1].dot(changes[-1]) / changes[-1].dot(changes[-1]))
        for (s, y), a in zip(zip(steps, changes), reversed(kept)):
            direction = direction + (a - y.dot(direction) / y.dot(s)) * s
        slope, t = gradient.dot(direction).item(), 1.0 if steps else 1.0 / gradient.abs().sum().item()
        while True:
            trial = x + t * direction
            trial_loss, trial_gradient = look(trial)
            if trial_loss <= loss + 1e-4 * t * slope or len(losses) >= iterations:
                break
            t = t / 2
        if trial_loss > loss:  # the last trial was none
            break
        s, y = trial - x, trial_gradient - gradient
        if s.dot(y) > 0:
            steps, changes = [*steps, s][-50:], [*changes, y][-50:]
        x, loss, gradient = trial, trial_loss, trial_gradient
    return Synthesis(x.reshape(start.shape).detach().clamp(0, 1), losses)


# %% best image kept part="1.3"
def synthesize(exemplar, extractor, layers=None, *, size=None, iterations=200, init=None, seed=0, callback=None):
    image = (white_noise(exemplar, size, seed) if init is None else init.clone()).requires_grad_()
    best = []

    def remember(x, loss):
        if not best or loss < best[0]:
            best[:] = [loss, x.clone()]
        if callback is not None:
            callback(x, loss)

    losses = descend(image, objective(exemplar, extractor, layers), iterations, remember)
    return Synthesis(best[1].clamp(0.0, 1.0), losses)
