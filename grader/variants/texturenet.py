"""What students write in texturenet.py; how these cells are read: see gram.py beside."""


# %% padding of zeros part="2.1" check="convblock_circular" hint="convblock_padding"
class ConvBlock(ConvBlock):
    def __init__(self, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)


# %% padding by reflection part="2.1" check="convblock_circular" hint="convblock_padding"
class ConvBlock(ConvBlock):
    def __init__(self, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1, padding_mode="reflect")
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, padding_mode="reflect")


# %% padding by repeated edges part="2.1" check="convblock_circular" hint="convblock_padding"
class ConvBlock(ConvBlock):
    def __init__(self, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1, padding_mode="replicate")
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, padding_mode="replicate")


# %% only one of the convolutions circular part="2.1" check="convblock_circular" hint="convblock_padding"
class ConvBlock(ConvBlock):
    def __init__(self, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)


# %% no padding part="2.1" check="convblock_parameters" hint="convblock_no_padding"
class ConvBlock(ConvBlock):
    def __init__(self, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3)


# %% no bias part="2.1" check="convblock_parameters" hint="parameters_no_bias"
class ConvBlock(ConvBlock):
    def __init__(self, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1, padding_mode="circular", bias=False)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, padding_mode="circular", bias=False)
        self.conv3 = nn.Conv2d(out_channels, out_channels, 1, bias=False)


# %% no bias in the last convolution part="2.1" check="texturenet_parameters" hint="parameters_no_last_bias"
class TextureNet(TextureNet):
    def __init__(self, in_channels=3, step=8, scales=6):
        super().__init__(in_channels, step, scales)
        self.last = nn.Conv2d(scales * step, 3, 1, bias=False)


# %% no batch norm part="2.1" check="convblock_parameters" hint="parameters_no_norm"
class ConvBlock(ConvBlock):
    def __init__(self, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
        self.bn1 = self.bn2 = self.bn3 = nn.Identity()


# %% one batch norm for all part="2.1" check="convblock_parameters" hint="parameters_shared_norm"
class ConvBlock(ConvBlock):
    def __init__(self, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
        self.bn2 = self.bn3 = self.bn1


# %% batch norm without weight and bias part="2.1" check="convblock_parameters" hint="parameters_no_norm"
class ConvBlock(ConvBlock):
    def __init__(self, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
        self.bn1, self.bn2, self.bn3 = (nn.BatchNorm2d(out_channels, affine=False) for _ in range(3))


# %% batch norm made and not used part="2.1" check="texturenet_known_image" hint="convblock_no_norm"
class ConvBlock(ConvBlock):
    def forward(self, x):
        for conv in (self.conv1, self.conv2, self.conv3):
            x = F.leaky_relu(conv(x), 0.01)
        return x


# %% ReLU part="2.1" check="texturenet_known_image" hint="convblock_relu"
class ConvBlock(ConvBlock):
    def forward(self, x):
        for i in "123":
            x = F.relu(getattr(self, "bn" + i)(getattr(self, "conv" + i)(x)))
        return x


# %% another slope part="2.1" check="convblock_values" hint="convblock_slope"
class ConvBlock(ConvBlock):
    def forward(self, x):
        for i in "123":
            x = F.leaky_relu(getattr(self, "bn" + i)(getattr(self, "conv" + i)(x)), 0.2)
        return x


# %% activation before the norm part="2.1" check="texturenet_known_image" hint="convblock_activation_first"
class ConvBlock(ConvBlock):
    def forward(self, x):
        for i in "123":
            x = getattr(self, "bn" + i)(F.leaky_relu(getattr(self, "conv" + i)(x), 0.01))
        return x


# %% the first norm three times part="2.1" check="texturenet_known_image" hint="convblock_one_norm"
class ConvBlock(ConvBlock):
    def forward(self, x):
        for i in "123":
            x = F.leaky_relu(self.bn1(getattr(self, "conv" + i)(x)), 0.01)
        return x


# %% no activation after the third part="2.1" check="texturenet_known_image" hint="convblock_last_activation"
class ConvBlock(ConvBlock):
    def forward(self, x):
        x = F.leaky_relu(self.bn1(self.conv1(x)), 0.01)
        x = F.leaky_relu(self.bn2(self.conv2(x)), 0.01)
        return self.bn3(self.conv3(x))


# %% three convolutions of 3×3 part="2.1" check="convblock_parameters" hint="parameters_third_kernel"
class ConvBlock(ConvBlock):
    def __init__(self, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
        self.conv3 = nn.Conv2d(out_channels, out_channels, 3, padding=1, padding_mode="circular")


# %% bilinear part="2.1" check="upblock" hint="upblock_smooth"
class UpBlock(UpBlock):
    def forward(self, x):
        return self.bn(F.interpolate(x, scale_factor=2, mode="bilinear"))


# %% no norm after upsampling part="2.1" check="upblock" hint="upblock_no_norm"
class UpBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()

    def forward(self, x):
        return F.interpolate(x, scale_factor=2, mode="nearest")


# %% transposed convolution part="2.1" check="upblock" hint="upblock_learned"
class UpBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.up = nn.ConvTranspose2d(channels, channels, 2, stride=2)
        self.bn = nn.BatchNorm2d(channels)

    def forward(self, x):
        return self.bn(self.up(x))


# %% sigmoid at the end part="2.1" check="texturenet_shapes" hint="texturenet_sigmoid"
class TextureNet(TextureNet):
    def forward(self, noise):
        return super().forward(noise).sigmoid()


# %% clamped at the end part="2.1" check="texturenet_shapes" hint="texturenet_sigmoid"
class TextureNet(TextureNet):
    def forward(self, noise):
        return super().forward(noise).clamp(0, 1)


# %% blocks in plain lists part="2.1" check="texturenet_parameters" hint="parameters_plain_list"
class TextureNet(TextureNet):
    def __init__(self, in_channels=3, step=8, scales=6):
        super().__init__(in_channels, step, scales)
        read, up, join = list(self.read), list(self.up), list(self.join)
        del self.read, self.up, self.join
        self.read, self.up, self.join = read, up, join


# %% one reading block for all scales part="2.1" check="texturenet_parameters" hint="parameters_shared_block"
class TextureNet(TextureNet):
    def __init__(self, in_channels=3, step=8, scales=6):
        super().__init__(in_channels, step, scales)
        one = ConvBlock(in_channels, step)
        self.read = nn.ModuleList([one] * scales)


# %% added, not concatenated part="2.1" check="texturenet_parameters" hint="parameters_added"
class TextureNet(TextureNet):
    def __init__(self, in_channels=3, step=8, scales=6):
        super().__init__(in_channels, step, scales)
        self.up = nn.ModuleList(UpBlock(step) for _ in range(scales - 1))
        self.join = nn.ModuleList(ConvBlock(step, step) for _ in range(scales - 1))
        self.last = nn.Conv2d(step, 3, 1)

    def forward(self, noise):
        x = self.read[-1](noise[-1])
        for k in reversed(range(self.scales - 1)):
            x = self.join[k](self.up[k](x) + self.read[k](noise[k]))
        return self.last(x)


# %% concatenated the other way round part="2.1" check="texturenet_known_image" hint="texturenet_order"
class TextureNet(TextureNet):
    def forward(self, noise):
        x = self.read[-1](noise[-1])
        for k in reversed(range(self.scales - 1)):
            x = self.join[k](torch.cat([self.read[k](noise[k]), self.up[k](x)], dim=1))
        return self.last(x)


# %% the coarsest noise ignored part="2.1" check="texturenet_uses_everything" hint="texturenet_noise"
class TextureNet(TextureNet):
    def forward(self, noise):
        x = self.read[-1](torch.zeros_like(noise[-1]) + 0.5)
        for k in reversed(range(self.scales - 1)):
            x = self.join[k](torch.cat([self.up[k](x), self.read[k](noise[k])], dim=1))
        return self.last(x)


# %% every scale reads the finest noise part="2.1" check="texturenet_uses_everything" hint="texturenet_noise"
class TextureNet(TextureNet):
    def forward(self, noise):
        return super().forward([noise[0][..., :: 2**k, :: 2**k] for k in range(len(noise))])


# %% detached between the scales part="2.1" check="texturenet_uses_everything" hint="texturenet_detached"
class TextureNet(TextureNet):
    def forward(self, noise):
        x = self.read[-1](noise[-1])
        for k in reversed(range(self.scales - 1)):
            x = self.join[k](torch.cat([self.up[k](x.detach()), self.read[k](noise[k])], dim=1))
        return self.last(x)


# %% always six scales of eight channels part="2.1" check="texturenet_settings" hint="texturenet_settings"
class TextureNet(TextureNet):
    def __init__(self, in_channels=3, step=8, scales=6):
        super().__init__(3, 8, 6)


# %% blocks of nn.Sequential part="2.1"
def _three(in_channels, out_channels):
    layers = []
    for i, kernel in enumerate((3, 3, 1)):
        padding = {"padding": 1, "padding_mode": "circular"} if kernel == 3 else {}
        layers += [nn.Conv2d(in_channels if i == 0 else out_channels, out_channels, kernel, **padding)]
        layers += [nn.BatchNorm2d(out_channels), nn.LeakyReLU()]
    return layers


class ConvBlock(nn.Sequential):
    def __init__(self, in_channels, out_channels):
        super().__init__(*_three(in_channels, out_channels))


class UpBlock(nn.Sequential):
    def __init__(self, channels):
        super().__init__(nn.Upsample(scale_factor=2), nn.BatchNorm2d(channels))


# %% circular padding by hand part="2.1"
class ConvBlock(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.a, self.b, self.c = nn.Conv2d(n_in, n_out, 3), nn.Conv2d(n_out, n_out, 3), nn.Conv2d(n_out, n_out, 1)
        self.norms = nn.ModuleList(nn.BatchNorm2d(n_out) for _ in range(3))
        self.act = nn.LeakyReLU(0.01, inplace=True)

    @staticmethod
    def wrap(x):
        x = torch.cat([x[:, :, -1:], x, x[:, :, :1]], dim=2)
        return torch.cat([x[..., -1:], x, x[..., :1]], dim=3)

    def forward(self, x):
        x = self.act(self.norms[0](self.a(self.wrap(x))))
        x = self.act(self.norms[1](self.b(self.wrap(x))))
        return self.act(self.norms[2](self.c(x)))


# %% F.pad part="2.1"
class ConvBlock(ConvBlock):
    def __init__(self, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
        self.conv1, self.conv2 = nn.Conv2d(in_channels, out_channels, 3), nn.Conv2d(out_channels, out_channels, 3)

    def forward(self, x):
        x = F.leaky_relu(self.bn1(self.conv1(F.pad(x, (1, 1, 1, 1), mode="circular"))))
        x = F.leaky_relu(self.bn2(self.conv2(F.pad(x, (1, 1, 1, 1), mode="circular"))))
        return F.leaky_relu(self.bn3(self.conv3(x)))


# %% normalised before it is enlarged, which is the same part="2.1"
class UpBlock(UpBlock):
    def forward(self, x):
        return self.bn(x).repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)


# %% other names, coarsest first, recursion part="2.1"
class TextureNet(nn.Module):
    def __init__(self, in_channels=3, step=8, scales=6):
        super().__init__()
        self.noise_branches = nn.ModuleDict({str(k): ConvBlock(in_channels, step) for k in reversed(range(scales))})
        self.ups = nn.ModuleDict({str(k): UpBlock((scales - 1 - k) * step) for k in range(scales - 1)})
        self.merges = nn.ModuleDict(
            {str(k): ConvBlock((scales - k) * step, (scales - k) * step) for k in range(scales - 1)}
        )
        self.to_rgb, self.n = nn.Conv2d(step * scales, 3, kernel_size=1), scales

    def at(self, noise, k):
        branch = self.noise_branches[str(k)](noise[k])
        if k == self.n - 1:
            return branch
        return self.merges[str(k)](torch.cat((self.ups[str(k)](self.at(noise, k + 1)), branch), 1))

    def forward(self, noise):
        return self.to_rgb(self.at(noise, 0))


# %% tensors counted part="2.2" check="count_linear" hint="count_tensors"
def count_parameters(module):
    return len(list(module.parameters()))


# %% weights without biases part="2.2" check="count_linear" hint="count_no_bias"
def count_parameters(module):
    return sum(p.numel() for name, p in module.named_parameters() if name.endswith("weight"))


# %% frozen ones counted part="2.2" check="count_trainable" hint="count_frozen"
def count_parameters(module):
    return sum(p.numel() for p in module.parameters())


# %% buffers counted part="2.2" check="count_trainable" hint="count_buffers"
def count_parameters(module):
    frozen = sum(p.numel() for p in module.parameters() if not p.requires_grad)
    return sum(value.numel() for value in module.state_dict().values()) - frozen


# %% each module with its children part="2.2" check="count_trainable" hint="count_twice"
def count_parameters(module):
    return sum(p.numel() for m in module.modules() for p in m.parameters() if p.requires_grad)


# %% first dimension only part="2.2" check="count_linear" hint="count_rows"
def count_parameters(module):
    return sum(len(p) for p in module.parameters() if p.requires_grad)


# %% products of shapes part="2.2"
def count_parameters(module):
    import math

    total = 0
    for _, p in module.named_parameters():
        if p.requires_grad:
            total += math.prod(p.shape)
    return total


# %% a tensor for the sum part="2.2"
def count_parameters(module):
    return torch.tensor([p.nelement() for p in filter(lambda p: p.requires_grad, module.parameters())]).sum()
