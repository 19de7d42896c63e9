"""What students write in training.py; how these cells are read: see gram.py beside. The first one goes before each."""


def grams_of(image, extractor, targets):
    return {name: gram_matrix(maps) for name, maps in extractor(image, list(targets)).items()}


# %% gradients never cleared part="2.3" check="training_gradient" hint="training_gradients_kept"
def training_step(net, extractor, targets, noise, optimizer):
    loss = gram_loss(grams_of(net(noise), extractor, targets), targets, relative_weights(targets))
    loss.backward()
    optimizer.step()
    return loss.item()


# %% no step part="2.3" check="training_uses_optimizer" hint="training_no_step"
def training_step(net, extractor, targets, noise, optimizer):
    optimizer.zero_grad()
    loss = gram_loss(grams_of(net(noise), extractor, targets), targets, relative_weights(targets))
    loss.backward()
    return loss.item()


# %% no backward part="2.3" check="training_improves" hint="training_stands_still"
def training_step(net, extractor, targets, noise, optimizer):
    optimizer.zero_grad()
    loss = gram_loss(grams_of(net(noise), extractor, targets), targets, relative_weights(targets))
    optimizer.step()
    return loss.item()


# %% cleared between backward and step part="2.3" check="training_improves" hint="training_stands_still"
def training_step(net, extractor, targets, noise, optimizer):
    loss = gram_loss(grams_of(net(noise), extractor, targets), targets, relative_weights(targets))
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


# %% step before backward part="2.3" check="training_returns_loss" hint="error_in_place"
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


# %% a step per image part="2.3" check="training_uses_optimizer" hint="training_many_steps"
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


# %% the loss as a tensor part="2.3" check="training_returns_loss" hint="training_item"
def training_step(net, extractor, targets, noise, optimizer):
    optimizer.zero_grad()
    loss = gram_loss(grams_of(net(noise), extractor, targets), targets, relative_weights(targets))
    loss.backward()
    optimizer.step()
    return loss


# %% nothing returned part="2.3" check="training_returns_loss" hint="no_return"
def training_step(net, extractor, targets, noise, optimizer):
    optimizer.zero_grad()
    loss = gram_loss(grams_of(net(noise), extractor, targets), targets, relative_weights(targets))
    loss.backward()
    optimizer.step()


# %% the loss after the step part="2.3" check="training_loss_value" hint="training_loss_after"
def training_step(net, extractor, targets, noise, optimizer):
    optimizer.zero_grad()
    gram_loss(grams_of(net(noise), extractor, targets), targets, relative_weights(targets)).backward()
    optimizer.step()
    with torch.no_grad():
        return gram_loss(grams_of(net(noise), extractor, targets), targets, relative_weights(targets)).item()


# %% batch summed part="2.3" check="training_loss_value" hint="training_batch_summed"
def training_step(net, extractor, targets, noise, optimizer):
    optimizer.zero_grad()
    images = net(noise)
    loss = len(images) * gram_loss(grams_of(images, extractor, targets), targets, relative_weights(targets))
    loss.backward()
    optimizer.step()
    return loss.item()


# %% no weights part="2.3" check="training_loss_value" hint="training_no_weights"
def training_step(net, extractor, targets, noise, optimizer):
    optimizer.zero_grad()
    loss = gram_loss(grams_of(net(noise), extractor, targets), targets)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% the images detached part="2.3" check="training_returns_loss" hint="error_graph_cut"
def training_step(net, extractor, targets, noise, optimizer):
    optimizer.zero_grad()
    loss = gram_loss(grams_of(net(noise).detach(), extractor, targets), targets, relative_weights(targets))
    loss.backward()
    optimizer.step()
    return loss.item()


# %% features without gradient part="2.3" check="training_returns_loss" hint="error_graph_cut"
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


# %% only the first layer part="2.3" check="training_loss_value" hint="training_one_layer"
def training_step(net, extractor, targets, noise, optimizer):
    optimizer.zero_grad()
    targets = dict(list(targets.items())[:1])
    loss = gram_loss(grams_of(net(noise), extractor, targets), targets, relative_weights(targets))
    loss.backward()
    optimizer.step()
    return loss.item()


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
