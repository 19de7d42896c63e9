"""What students write in training.py; how these cells are read: see gram.py beside. The first one goes before each."""


def grams_of(image, extractor, targets):
    return {name: gram_matrix(maps) for name, maps in extractor(image, list(targets)).items()}


# %% gradients never cleared part="2.3" check="training_gradient" hint="training_gradients_kept"
def training_step(net, extractor, targets, noise, optimizer):
    loss = gram_loss(grams_of(net(noise), extractor, targets), targets, relative_weights(targets))
    loss.backward()
    optimizer.step()
    return loss.item()


# %% no step part="2.3" check="training_uses_optimizer" hint="training_no_step training_stands_still" kind="idea"
def training_step(net, extractor, targets, noise, optimizer):
    optimizer.zero_grad()
    loss = gram_loss(grams_of(net(noise), extractor, targets), targets, relative_weights(targets))
    loss.backward()
    return loss.item()


# %% no backward part="2.3" check="training_improves" hint="training_stands_still" kind="idea"
def training_step(net, extractor, targets, noise, optimizer):
    optimizer.zero_grad()
    loss = gram_loss(grams_of(net(noise), extractor, targets), targets, relative_weights(targets))
    optimizer.step()
    return loss.item()


# %% cleared between backward and step part="2.3" check="training_improves" hint="training_stands_still" kind="idea"
def training_step(net, extractor, targets, noise, optimizer):
    loss = gram_loss(grams_of(net(noise), extractor, targets), targets, relative_weights(targets))
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


# %% step before backward part="2.3" check="training_improves" hint="training_stands_still error_in_place" kind="idea"
def training_step(net, extractor, targets, noise, optimizer):
    loss = gram_loss(grams_of(net(noise), extractor, targets), targets, relative_weights(targets))
    optimizer.step()
    optimizer.zero_grad()
    loss.backward()
    return loss.item()


# %% two steps part="2.3" check="training_uses_optimizer" hint="training_many_steps"
def training_step(net, extractor, targets, noise, optimizer):
    for _ in range(2):
        optimizer.zero_grad()
        loss = gram_loss(grams_of(net(noise), extractor, targets), targets, relative_weights(targets))
        loss.backward()
        optimizer.step()
    return loss.item()


# %% a step per image part="2.3" check="training_uses_optimizer" hint="training_many_steps training_image_by_image"
def training_step(net, extractor, targets, noise, optimizer):
    total, batch = 0, noise[0].shape[0]
    for i in range(batch):
        optimizer.zero_grad()
        image = net([z[i : i + 1] for z in noise])
        loss = gram_loss(grams_of(image, extractor, targets), targets, relative_weights(targets))
        loss.backward()
        optimizer.step()
        total += loss.item() / batch
    return total


# %% the loss as a tensor part="2.3" check="training_number" hint="training_item" kind="slip"
def training_step(net, extractor, targets, noise, optimizer):
    optimizer.zero_grad()
    loss = gram_loss(grams_of(net(noise), extractor, targets), targets, relative_weights(targets))
    loss.backward()
    optimizer.step()
    return loss


# %% nothing returned part="2.3" check="training_number" hint="no_return" kind="slip"
def training_step(net, extractor, targets, noise, optimizer):
    optimizer.zero_grad()
    loss = gram_loss(grams_of(net(noise), extractor, targets), targets, relative_weights(targets))
    loss.backward()
    optimizer.step()


# %% the loss after the step part="2.3" check="training_loss_value" hint="training_loss_after" kind="slip"
def training_step(net, extractor, targets, noise, optimizer):
    optimizer.zero_grad()
    gram_loss(grams_of(net(noise), extractor, targets), targets, relative_weights(targets)).backward()
    optimizer.step()
    with torch.no_grad():
        return gram_loss(grams_of(net(noise), extractor, targets), targets, relative_weights(targets)).item()


# %% batch summed part="2.3" check="training_loss_value" hint="training_batch_summed" kind="slip"
def training_step(net, extractor, targets, noise, optimizer):
    optimizer.zero_grad()
    images = net(noise)
    loss = len(images) * gram_loss(grams_of(images, extractor, targets), targets, relative_weights(targets))
    loss.backward()
    optimizer.step()
    return loss.item()


# %% no weights part="2.3" check="training_loss_value" hint="training_no_weights" kind="slip"
def training_step(net, extractor, targets, noise, optimizer):
    optimizer.zero_grad()
    loss = gram_loss(grams_of(net(noise), extractor, targets), targets)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% the images detached part="2.3" check="training_improves" hint="error_graph_cut" kind="idea"
def training_step(net, extractor, targets, noise, optimizer):
    optimizer.zero_grad()
    loss = gram_loss(grams_of(net(noise).detach(), extractor, targets), targets, relative_weights(targets))
    loss.backward()
    optimizer.step()
    return loss.item()


# %% features without gradient part="2.3" check="training_improves" hint="error_graph_cut" kind="idea"
def training_step(net, extractor, targets, noise, optimizer):
    optimizer.zero_grad()
    images = net(noise)
    with torch.no_grad():
        grams = grams_of(images, extractor, targets)
    loss = gram_loss(grams, targets, relative_weights(targets))
    loss.backward()
    optimizer.step()
    return loss.item()


# %% noise of its own part="2.3" check="training_loss_value" hint="training_loss_of_what"
def training_step(net, extractor, targets, noise, optimizer):
    optimizer.zero_grad()
    noise = [torch.rand_like(z) for z in noise]
    loss = gram_loss(grams_of(net(noise), extractor, targets), targets, relative_weights(targets))
    loss.backward()
    optimizer.step()
    return loss.item()


# %% only the first layer part="2.3" check="training_loss_value" hint="training_first_layer" kind="slip"
def training_step(net, extractor, targets, noise, optimizer):
    optimizer.zero_grad()
    targets = dict(list(targets.items())[:1])
    loss = gram_loss(grams_of(net(noise), extractor, targets), targets, relative_weights(targets))
    loss.backward()
    optimizer.step()
    return loss.item()


# %% constant returned, the optimiser used part="2.3" check="training_uses_optimizer" hint="training_stands_still training_loss_of_what" kind="lazy"
CHANGE = {
    "    optimizer.zero_grad()\n": "",
    "    loss.backward()\n": "",
    "loss = gram_loss(grams, targets, relative_weights(targets))": "",
    "features = extractor(net(noise), list(targets))": "",
    "    grams = {name: gram_matrix(maps) for name, maps in features.items()}\n": "",
    "return loss.item()": "return 1.0",
}


# %% 1/N returned, the optimiser used part="2.3" check="training_uses_optimizer" hint="training_stands_still training_loss_of_what" kind="lazy"
COUNT = [0]


def training_step(net, extractor, targets, noise, optimizer):
    optimizer.step()
    COUNT[0] += 1
    return 1 / COUNT[0]


# %% zero returned part="2.3" check="training_uses_optimizer" hint="training_no_step training_stands_still training_loss_of_what training_targets" kind="lazy"
def training_step(net, extractor, targets, noise, optimizer):
    return 0.0


# %% the weights shaken part="2.3" check="training_improves" hint="training_loss_of_what"
def training_step(net, extractor, targets, noise, optimizer):
    for p in net.parameters():
        p.grad = torch.randn_like(p)
    optimizer.step()
    return 0.5


# %% the generator in eval mode part="2.3" check="training_loss_value" hint="training_eval_mode" kind="slip"
CHANGE = {"    optimizer.zero_grad()\n": "    net.eval()\n    optimizer.zero_grad()\n"}


# %% images one by one through the generator part="2.3" check="training_loss_value" hint="training_image_by_image" kind="slip"
CHANGE = {
    "    features = extractor(net(noise), list(targets))": "    images = torch.cat([net([z[i : i + 1] for z in noise]) for i in range(len(noise[0]))])\n    features = extractor(images, list(targets))"
}


# %% losses of single images, averaged part="2.3" check="training_loss_value" hint="training_image_by_image" kind="slip"
def training_step(net, extractor, targets, noise, optimizer):
    optimizer.zero_grad()
    batch, weights = noise[0].shape[0], relative_weights(targets)
    loss = 0
    for i in range(batch):
        loss = (
            loss + gram_loss(grams_of(net([z[i : i + 1] for z in noise]), extractor, targets), targets, weights) / batch
        )
    loss.backward()
    optimizer.step()
    return loss.item()


# %% only the first image of the batch part="2.3" check="training_loss_value" hint="training_one_image" kind="slip"
CHANGE = {"extractor(net(noise), list(targets))": "extractor(net(noise)[:1], list(targets))"}


# %% only the first noise of the batch part="2.3" check="training_loss_value" hint="training_loss_of_what"
CHANGE = {"extractor(net(noise), list(targets))": "extractor(net([z[:1] for z in noise]), list(targets))"}


# %% only the last layer part="2.3" check="training_loss_value" hint="training_last_layer" kind="slip"
CHANGE = {
    "loss = gram_loss(grams, targets, relative_weights(targets))": "loss = gram_loss(grams, targets, relative_weights(targets))\n    name = list(targets)[-1]\n    loss = gram_loss({name: grams[name]}, {name: targets[name]}, relative_weights({name: targets[name]}))"
}


# %% layers summed, each with its own relative weight part="2.3" check="training_loss_value" hint="training_layers_summed" kind="slip"
CHANGE = {
    "loss = gram_loss(grams, targets, relative_weights(targets))": "loss = sum(gram_loss({n: grams[n]}, {n: t}, relative_weights({n: t})) for n, t in targets.items())"
}


# %% the images clamped part="2.3" check="training_loss_value" hint="training_clamped" kind="slip"
CHANGE = {"extractor(net(noise), list(targets))": "extractor(net(noise).clamp(0, 1), list(targets))"}


# %% the images through a sigmoid part="2.3" check="training_loss_value" hint="training_squashed" kind="slip"
CHANGE = {"extractor(net(noise), list(targets))": "extractor(net(noise).sigmoid(), list(targets))"}


# %% images that end at their border part="2.3" check="training_loss_value" hint="training_periodic"
CHANGE = {"extractor(net(noise), list(targets))": "extractor(net(noise), list(targets), periodic=False)"}


# %% the root of the loss part="2.3" check="training_loss_value" hint="training_square_root" kind="slip"
CHANGE = {"    loss.backward()\n": "    loss = loss.sqrt()\n    loss.backward()\n"}


# %% half of the loss part="2.3" check="training_loss_value" hint="training_halved" kind="slip"
CHANGE = {"    loss.backward()\n": "    loss = loss / 2\n    loss.backward()\n"}


# %% half of the loss told, the whole one followed part="2.3" check="training_loss_value" hint="training_halved" kind="slip"
CHANGE = {"return loss.item()": "return loss.item() / 2"}


# %% the loss told per image part="2.3" check="training_loss_value" hint="training_divided_by_batch" kind="slip"
CHANGE = {"return loss.item()": "return loss.item() / len(noise[0])"}


# %% the loss rounded part="2.3" check="training_loss_value" hint="training_rounded" kind="slip"
CHANGE = {"return loss.item()": "return round(loss.item(), 2)"}


# %% a whole number part="2.3" check="training_number" hint="training_targets training_loss_of_what" kind="slip"
CHANGE = {"return loss.item()": "return int(loss.item())"}


# %% the loss as text part="2.3" check="training_number" kind="slip"
CHANGE = {"return loss.item()": 'return f"{loss.item():.4f}"'}


# %% the loss in a list part="2.3" check="training_number" kind="slip"
CHANGE = {"return loss.item()": "return [loss.item()]"}


# %% the loss and the images part="2.3" check="training_number" kind="slip"
CHANGE = {"return loss.item()": "return loss.item(), features"}


# %% the loss detached part="2.3" check="training_number" hint="training_item" kind="slip"
CHANGE = {"return loss.item()": "return loss.detach()"}


# %% uphill part="2.3" check="training_improves" hint="training_ascends" kind="idea"
CHANGE = {"    loss.backward()\n": "    (-loss).backward()\n"}


# %% cleared before the step part="2.3" check="training_uses_optimizer" hint="training_stands_still" kind="idea"
CHANGE = {"    optimizer.step()\n": "    optimizer.zero_grad()\n    optimizer.step()\n"}


# %% gradients cut to length 1 part="2.3" check="training_gradient" hint="training_length" kind="slip"
CHANGE = {
    "    optimizer.step()\n": "    torch.nn.utils.clip_grad_norm_(net.parameters(), 0.01)\n    optimizer.step()\n"
}


# %% gradients as signs part="2.3" check="training_gradient"
CHANGE = {"    optimizer.step()\n": "    for p in net.parameters():\n        p.grad.sign_()\n    optimizer.step()\n"}


# %% weight decay of its own part="2.3" check="training_gradient" kind="slip"
CHANGE = {"    loss.backward()\n": "    (loss + 0.1 * sum(p.square().sum() for p in net.parameters())).backward()\n"}


# %% only the last convolution learns part="2.3" check="training_gradient"
CHANGE = {
    "    optimizer.step()\n": "    for name, p in net.named_parameters():\n        if not name.startswith('last'):\n            p.grad = None\n    optimizer.step()\n"
}


# %% steps taken by hand part="2.3" check="training_uses_optimizer" hint="training_by_hand"
CHANGE = {
    "    optimizer.step()\n": "    with torch.no_grad():\n        for p in net.parameters():\n            p -= optimizer.param_groups[0]['lr'] * p.grad\n"
}


# %% an optimiser of its own part="2.3" check="training_uses_optimizer" hint="training_by_hand"
CHANGE = {"    optimizer.step()\n": "    torch.optim.Adam(net.parameters(), lr=0.01).step()\n"}


# %% backward twice part="2.3" check="training_gradient" hint="training_length" kind="slip"
CHANGE = {"    loss.backward()\n": "    loss.backward(retain_graph=True)\n    loss.backward()\n"}


# %% two backwards and two steps part="2.3" check="training_uses_optimizer" hint="training_many_steps"
CHANGE = {"    optimizer.step()\n": "    optimizer.step()\n    optimizer.step()\n"}


# %% noise squared part="2.3" check="training_loss_value" hint="training_loss_of_what"
CHANGE = {"extractor(net(noise), list(targets))": "extractor(net([z * z for z in noise]), list(targets))"}


# %% the extractor trained too part="2.3" check="training_uses_optimizer"
CHANGE = {
    "    optimizer.step()\n": "    optimizer.step()\n    with torch.no_grad():\n        for value in extractor.buffers():\n            value.mul_(0.999)\n"
}


# %% the extractor in half precision part="2.3" check="training_uses_optimizer" hint="training_rounded"
CHANGE = {"    optimizer.zero_grad()\n": "    optimizer.zero_grad()\n    extractor.half()\n"}


# %% the targets' Gram matrices through the images' part="2.3" check="training_number" hint="training_targets training_stands_still training_loss_of_what" kind="idea"
CHANGE = {
    "loss = gram_loss(grams, targets, relative_weights(targets))": "loss = gram_loss(grams, {name: g.detach() for name, g in grams.items()}, relative_weights(targets))"
}


# %% features compared, not Gram matrices part="2.3" check="training_loss_value" hint="training_loss_of_what"
CHANGE = {"gram_matrix(maps) for": "maps.mean(dim=(2, 3))[:, :, None] @ maps.mean(dim=(2, 3))[:, None] for"}


# %% with a closure part="2.3"
def training_step(net, extractor, targets, noise, optimizer):
    def closure():
        optimizer.zero_grad(set_to_none=False)
        loss = gram_loss(grams_of(net(noise), extractor, targets), targets, relative_weights(targets))
        loss.backward()
        return loss

    return float(optimizer.step(closure))


# %% image by image, gradients accumulated part="2.3"
def training_step(net, extractor, targets, noise, optimizer):
    weights, total, batch = relative_weights(targets), 0.0, noise[0].shape[0]
    images = net(noise)
    for image in images.split(1):
        loss = gram_loss(grams_of(image, extractor, targets), targets, weights) / batch
        loss.backward(retain_graph=True)
        total += loss.item()
    optimizer.step()
    optimizer.zero_grad()
    return total


# %% autograd.grad part="2.3"
def training_step(net, extractor, targets, noise, optimizer):
    parameters = [p for p in net.parameters() if p.requires_grad]
    loss = gram_loss(grams_of(net(noise), extractor, targets), targets, relative_weights(targets))
    for p, g in zip(parameters, torch.autograd.grad(loss, parameters)):
        p.grad = g
    optimizer.step()
    return loss.detach().numpy().item()


# %% layers left out, which are the extractor's own part="2.3"
CHANGE = {"extractor(net(noise), list(targets))": "extractor(net(noise))"}


# %% the extractor's forward part="2.3"
CHANGE = {"extractor(net(noise), list(targets))": "extractor.forward(net(noise), list(targets))"}


# %% the extractor's default layers part="2.3"
CHANGE = {"extractor(net(noise), list(targets))": "extractor(net(noise), extractor.default_layers)"}


# %% training mode asked for part="2.3"
CHANGE = {"    optimizer.zero_grad()\n": "    net.train()\n    optimizer.zero_grad()\n"}


# %% a float of NumPy part="2.3"
CHANGE = {"return loss.item()": "import numpy as np\n\n    return np.float64(loss.item())"}


# %% an array of NumPy without dimensions part="2.3"
CHANGE = {"return loss.item()": "return loss.detach().cpu().numpy()"}


# %% cleared through the net part="2.3"
CHANGE = {"    optimizer.zero_grad()\n": "    net.zero_grad()\n"}


# %% gradients set to None part="2.3"
CHANGE = {"    optimizer.zero_grad()\n": "    for p in net.parameters():\n        p.grad = None\n"}


# %% layer by layer, each backward at once part="2.3"
def training_step(net, extractor, targets, noise, optimizer):
    optimizer.zero_grad()
    weights, total = relative_weights(targets), 0.0
    maps = extractor(net(noise), list(targets))
    for name in targets:
        loss = gram_loss({name: gram_matrix(maps[name])}, {name: targets[name]}, {name: weights[name]})
        loss.backward(retain_graph=True)
        total += float(loss)
    optimizer.step()
    return total


# %% the formula written out part="2.3"
def training_step(net, extractor, targets, noise, optimizer):
    optimizer.zero_grad()
    loss = 0.0
    for name, maps in extractor(net(noise), list(targets)).items():
        g = torch.einsum("bchw,bdhw->bcd", maps, maps) / (maps.shape[2] * maps.shape[3])
        t = targets[name]
        loss = loss + ((g - t) ** 2).sum((1, 2)).mean() / (t**2).sum() / len(targets)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% in double precision part="2.3"
CHANGE = {
    "loss = gram_loss(grams, targets, relative_weights(targets))": "loss = gram_loss({n: g.double() for n, g in grams.items()}, {n: t.double() for n, t in targets.items()}, {n: w.double() for n, w in relative_weights(targets).items()})"
}


# %% gradients of ones part="2.3" check="training_uses_optimizer" kind="lazy" hint="training_loss_of_what training_targets"
def training_step(net, extractor, targets, noise, optimizer):
    for parameter in net.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    return 1.0


# %% gradients at random part="2.3" check="training_uses_optimizer" kind="lazy" hint="training_loss_of_what training_targets"
def training_step(net, extractor, targets, noise, optimizer):
    for parameter in net.parameters():
        parameter.grad = torch.randn_like(parameter)
    optimizer.step()
    return 1.0
