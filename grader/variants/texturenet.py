"""What students write in texturenet.py; how these cells are read: see gram.py beside."""


# %% padding of zeros part="2.1" check="convblock_circular" hint="convblock_padding" kind="slip"
class ConvBlock(ConvBlock):
    def __init__(self, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)


# %% padding by reflection part="2.1" check="convblock_circular" hint="convblock_padding" kind="slip"
class ConvBlock(ConvBlock):
    def __init__(self, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1, padding_mode="reflect")
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, padding_mode="reflect")


# %% padding by repeated edges part="2.1" check="convblock_circular" hint="convblock_padding" kind="slip"
class ConvBlock(ConvBlock):
    def __init__(self, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1, padding_mode="replicate")
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, padding_mode="replicate")


# %% only one of the convolutions circular part="2.1" check="convblock_circular" hint="convblock_padding" kind="slip"
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


# %% no bias part="2.1" check="convblock_parameters" hint="parameters_no_bias names" kind="slip"
class ConvBlock(ConvBlock):
    def __init__(self, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1, padding_mode="circular", bias=False)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, padding_mode="circular", bias=False)
        self.conv3 = nn.Conv2d(out_channels, out_channels, 1, bias=False)


# %% no bias in the last convolution part="2.1" check="texturenet_parameters" hint="parameters_no_last_bias names"
class TextureNet(TextureNet):
    def __init__(self, in_channels=3, step=8, scales=6):
        super().__init__(in_channels, step, scales)
        self.last = nn.Conv2d(scales * step, 3, 1, bias=False)


# %% no batch norm part="2.1" check="convblock_parameters" hint="parameters_no_norm convblock_no_norm names"
class ConvBlock(ConvBlock):
    def __init__(self, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
        self.bn1 = self.bn2 = self.bn3 = nn.Identity()


# %% one batch norm for all part="2.1" check="convblock_parameters" hint="parameters_shared_norm convblock_one_norm names"
class ConvBlock(ConvBlock):
    def __init__(self, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
        self.bn2 = self.bn3 = self.bn1


# %% batch norm without weight and bias part="2.1" check="convblock_parameters" hint="parameters_no_norm names"
class ConvBlock(ConvBlock):
    def __init__(self, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
        self.bn1, self.bn2, self.bn3 = (nn.BatchNorm2d(out_channels, affine=False) for _ in range(3))


# %% batch norm made and not used part="2.1" check="convblock_values" hint="convblock_no_norm"
class ConvBlock(ConvBlock):
    def forward(self, x):
        for conv in (self.conv1, self.conv2, self.conv3):
            x = F.leaky_relu(conv(x), 0.01)
        return x


# %% ReLU part="2.1" check="convblock_values" hint="convblock_relu" kind="slip"
class ConvBlock(ConvBlock):
    def forward(self, x):
        for i in "123":
            x = F.relu(getattr(self, "bn" + i)(getattr(self, "conv" + i)(x)))
        return x


# %% another slope part="2.1" check="convblock_values" hint="convblock_slope" kind="slip"
class ConvBlock(ConvBlock):
    def forward(self, x):
        for i in "123":
            x = F.leaky_relu(getattr(self, "bn" + i)(getattr(self, "conv" + i)(x)), 0.2)
        return x


# %% activation before the norm part="2.1" check="convblock_values" hint="convblock_activation_first" kind="slip"
class ConvBlock(ConvBlock):
    def forward(self, x):
        for i in "123":
            x = getattr(self, "bn" + i)(F.leaky_relu(getattr(self, "conv" + i)(x), 0.01))
        return x


# %% no activation after the third part="2.1" check="convblock_values" hint="convblock_last_activation"
class ConvBlock(ConvBlock):
    def forward(self, x):
        x = F.leaky_relu(self.bn1(self.conv1(x)), 0.01)
        x = F.leaky_relu(self.bn2(self.conv2(x)), 0.01)
        return self.bn3(self.conv3(x))


# %% three convolutions of 3×3 part="2.1" check="convblock_parameters" hint="parameters_third_kernel names names_order"
class ConvBlock(ConvBlock):
    def __init__(self, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
        self.conv3 = nn.Conv2d(out_channels, out_channels, 3, padding=1, padding_mode="circular")


# %% bilinear part="2.1" check="upblock" hint="upblock_smooth" kind="slip"
class UpBlock(UpBlock):
    def forward(self, x):
        return self.bn(F.interpolate(x, scale_factor=2, mode="bilinear"))


# %% no norm after upsampling part="2.1" check="upblock" hint="upblock_no_norm parameters_no_up_norm names"
class UpBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()

    def forward(self, x):
        return F.interpolate(x, scale_factor=2, mode="nearest")


# %% transposed convolution part="2.1" check="upblock" hint="upblock_learned names"
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


# %% clamped at the end part="2.1" check="texturenet_shapes" hint="texturenet_sigmoid" kind="slip"
class TextureNet(TextureNet):
    def forward(self, noise):
        return super().forward(noise).clamp(0, 1)


# %% blocks in plain lists part="2.1" check="texturenet_parameters" hint="parameters_plain_list names texturenet_detached"
class TextureNet(TextureNet):
    def __init__(self, in_channels=3, step=8, scales=6):
        super().__init__(in_channels, step, scales)
        read, up, join = list(self.read), list(self.up), list(self.join)
        del self.read, self.up, self.join
        self.read, self.up, self.join = read, up, join


# %% one reading block for all scales part="2.1" check="texturenet_parameters" hint="parameters_shared_block texturenet_detached"
class TextureNet(TextureNet):
    def __init__(self, in_channels=3, step=8, scales=6):
        super().__init__(in_channels, step, scales)
        one = ConvBlock(in_channels, step)
        self.read = nn.ModuleList([one] * scales)


# %% added, not concatenated part="2.1" check="texturenet_parameters" hint="parameters_added names names_order" kind="idea"
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


# %% concatenated the other way round part="2.1" check="texturenet_order" hint="texturenet_order" kind="slip"
class TextureNet(TextureNet):
    def forward(self, noise):
        x = self.read[-1](noise[-1])
        for k in reversed(range(self.scales - 1)):
            x = self.join[k](torch.cat([self.read[k](noise[k]), self.up[k](x)], dim=1))
        return self.last(x)


# %% the coarsest noise ignored part="2.1" check="texturenet_order" hint="texturenet_noise"
class TextureNet(TextureNet):
    def forward(self, noise):
        x = self.read[-1](torch.zeros_like(noise[-1]) + 0.5)
        for k in reversed(range(self.scales - 1)):
            x = self.join[k](torch.cat([self.up[k](x), self.read[k](noise[k])], dim=1))
        return self.last(x)


# %% every scale reads the finest noise part="2.1" check="texturenet_order" hint="texturenet_noise"
class TextureNet(TextureNet):
    def forward(self, noise):
        return super().forward([noise[0][..., :: 2**k, :: 2**k] for k in range(len(noise))])


# %% detached between the scales part="2.1" check="texturenet_uses_everything" hint="texturenet_detached" kind="slip"
class TextureNet(TextureNet):
    def forward(self, noise):
        x = self.read[-1](noise[-1])
        for k in reversed(range(self.scales - 1)):
            x = self.join[k](torch.cat([self.up[k](x.detach()), self.read[k](noise[k])], dim=1))
        return self.last(x)


# %% always six scales of eight channels part="2.1" check="texturenet_settings" hint="texturenet_settings error_channels error_sizes"
class TextureNet(TextureNet):
    def __init__(self, in_channels=3, step=8, scales=6):
        super().__init__(3, 8, 6)


# %% blocks of nn.Sequential part="2.1" check="convblock_parameters" hint="names" kind="slip"
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


# %% circular padding by hand part="2.1" check="convblock_parameters" hint="names" kind="slip"
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


# %% other names, coarsest first, recursion part="2.1" check="texturenet_parameters" hint="names" kind="slip"
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


# %% as many numbers as were told, and nothing else part="2.1" check="convblock_parameters" hint="names texturenet_settings upblock_no_norm texturenet_detached" kind="lazy"
class ConvBlock(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.w, self.out = nn.Parameter(torch.ones(928)), out_channels

    def forward(self, x):
        return x.mean(1, keepdim=True).expand(-1, self.out, -1, -1)


class UpBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.w = nn.Parameter(torch.ones(2 * channels))

    def forward(self, x):
        return F.interpolate(x, scale_factor=2)


class TextureNet(nn.Module):
    def __init__(self, in_channels=3, step=8, scales=6):
        super().__init__()
        self.w = nn.Parameter(torch.ones(116835))

    def forward(self, noise):
        return noise[0]


# %% zeros part="2.1" check="convblock_parameters" hint="upblock_no_norm names texturenet_detached" kind="lazy"
class ConvBlock(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.out = out_channels

    def forward(self, x):
        return torch.zeros(len(x), self.out, *x.shape[2:])


class UpBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()

    def forward(self, x):
        return torch.zeros(*x.shape[:2], 2 * x.shape[2], 2 * x.shape[3])


class TextureNet(nn.Module):
    def __init__(self, in_channels=3, step=8, scales=6):
        super().__init__()

    def forward(self, noise):
        return torch.zeros_like(noise[0])


# %% random numbers part="2.1" check="convblock_parameters" hint="not_repeatable upblock_no_norm names texturenet_detached" kind="lazy"
class ConvBlock(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.out = out_channels

    def forward(self, x):
        return torch.rand(len(x), self.out, *x.shape[2:])


class UpBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()

    def forward(self, x):
        return torch.rand(*x.shape[:2], 2 * x.shape[2], 2 * x.shape[3])


class TextureNet(nn.Module):
    def __init__(self, in_channels=3, step=8, scales=6):
        super().__init__()

    def forward(self, noise):
        return torch.randn(len(noise[0]), 3, *noise[0].shape[2:])


# %% lists from the coarsest part="2.1" check="texturenet_parameters" hint="names_order texturenet_coarsest_first names" kind="slip"
class TextureNet(TextureNet):
    def __init__(self, in_channels=3, step=8, scales=6):
        super().__init__(in_channels, step, scales)
        self.read, self.up, self.join = (nn.ModuleList(list(some)[::-1]) for some in (self.read, self.up, self.join))

    def forward(self, noise):
        x = self.read[0](noise[-1])
        for i in range(self.scales - 1):
            x = self.join[i](torch.cat([self.up[i](x), self.read[i + 1](noise[-2 - i])], dim=1))
        return self.last(x)


# %% only the reading blocks from the coarsest part="2.1" check="texturenet_order" hint="texturenet_read_reversed" kind="slip"
class TextureNet(TextureNet):
    def forward(self, noise):
        x = self.read[0](noise[-1])
        for k in reversed(range(self.scales - 1)):
            x = self.join[k](torch.cat([self.up[k](x), self.read[self.scales - 1 - k](noise[k])], dim=1))
        return self.last(x)


# %% the finest noise taken for the coarsest part="2.1" check="texturenet_pyramid" kind="idea" hint="error_sizes"
class TextureNet(TextureNet):
    def forward(self, noise):
        return super().forward(noise[::-1])


# %% the finest scale only part="2.1" check="texturenet_pyramid" hint="texturenet_detached"
class TextureNet(TextureNet):
    def forward(self, noise):
        x = self.read[0](noise[0])
        return F.conv2d(x, self.last.weight[:, : x.shape[1]], self.last.bias)


# %% all scales enlarged and concatenated at the end part="2.1" check="texturenet_pyramid" hint="names texturenet_detached parameters_plain_list" kind="idea"
class TextureNet(nn.Module):
    def __init__(self, in_channels=3, step=8, scales=6):
        super().__init__()
        self.read = nn.ModuleList(ConvBlock(in_channels, step) for _ in range(scales))
        self.last = nn.Conv2d(scales * step, 3, 1)

    def forward(self, noise):
        size = noise[0].shape[2:]
        return self.last(torch.cat([F.interpolate(read(z), size) for read, z in zip(self.read, noise)], dim=1))


# %% no statistics kept part="2.1" check="convblock_values" hint="names_running names" kind="slip"
class ConvBlock(ConvBlock):
    def __init__(self, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
        self.bn1, self.bn2, self.bn3 = (nn.BatchNorm2d(out_channels, track_running_stats=False) for _ in range(3))


# %% UpBlock without statistics part="2.1" check="upblock" hint="names_running names" kind="slip"
class UpBlock(UpBlock):
    def __init__(self, channels):
        super().__init__(channels)
        self.bn = nn.BatchNorm2d(channels, track_running_stats=False)


# %% always the batch's statistics part="2.1" check="convblock_values" hint="names_running" kind="slip"
class ConvBlock(ConvBlock):
    def forward(self, x):
        for i in "123":
            x = getattr(self, "conv" + i)(x)
            bn = getattr(self, "bn" + i)
            x = F.leaky_relu(F.batch_norm(x, None, None, bn.weight, bn.bias, training=True))
        return x


# %% instance norm part="2.1" check="convblock_values" kind="slip"
class ConvBlock(ConvBlock):
    def __init__(self, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
        self.bn1, self.bn2, self.bn3 = (
            nn.InstanceNorm2d(out_channels, affine=True, track_running_stats=True) for _ in range(3)
        )


# %% activations forgotten part="2.1" check="convblock_values" hint="convblock_no_activation" kind="slip"
class ConvBlock(ConvBlock):
    def forward(self, x):
        return self.bn3(self.conv3(self.bn2(self.conv2(self.bn1(self.conv1(x))))))


# %% one activation, the first part="2.1" check="convblock_values" hint="convblock_one_activation" kind="slip"
class ConvBlock(ConvBlock):
    def forward(self, x):
        return self.bn3(self.conv3(self.bn2(self.conv2(F.leaky_relu(self.bn1(self.conv1(x)))))))


# %% the first norm three times part="2.1" check="texturenet_known_image" hint="convblock_one_norm"
class ConvBlock(ConvBlock):
    def forward(self, x):
        for conv in (self.conv1, self.conv2, self.conv3):
            x = F.leaky_relu(self.bn1(conv(x)))
        return x


# %% norm after the last convolution only part="2.1" check="convblock_values" hint="convblock_some_norms" kind="slip"
class ConvBlock(ConvBlock):
    def forward(self, x):
        x = F.leaky_relu(self.conv2(F.leaky_relu(self.conv1(x))))
        return F.leaky_relu(self.bn3(self.conv3(x)))


# %% dropout part="2.1" check="convblock_circular" hint="not_repeatable" kind="slip"
class ConvBlock(ConvBlock):
    def forward(self, x):
        return F.dropout(super().forward(x), 0.1, self.training)


# %% a residual connection part="2.1" check="convblock_values" kind="slip"
class ConvBlock(ConvBlock):
    def forward(self, x):
        y = F.leaky_relu(self.bn1(self.conv1(x)))
        return y + F.leaky_relu(self.bn3(self.conv3(F.leaky_relu(self.bn2(self.conv2(y))))))


# %% tanh part="2.1" check="convblock_values" kind="slip"
class ConvBlock(ConvBlock):
    def forward(self, x):
        for i in "123":
            x = torch.tanh(getattr(self, "bn" + i)(getattr(self, "conv" + i)(x)))
        return x


# %% PReLU part="2.1" check="convblock_parameters" hint="names"
class ConvBlock(ConvBlock):
    def __init__(self, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
        self.act = nn.PReLU(init=0.01)

    def forward(self, x):
        for i in "123":
            x = self.act(getattr(self, "bn" + i)(getattr(self, "conv" + i)(x)))
        return x


# %% wider inside part="2.1" check="convblock_parameters" hint="names names_order"
class ConvBlock(ConvBlock):
    def __init__(self, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
        self.conv1, self.bn1 = (
            nn.Conv2d(in_channels, 2 * out_channels, 3, padding=1, padding_mode="circular"),
            nn.BatchNorm2d(2 * out_channels),
        )
        self.conv2 = nn.Conv2d(2 * out_channels, out_channels, 3, padding=1, padding_mode="circular")


# %% a 1×1 convolution first part="2.1" check="convblock_parameters" hint="names names_order"
class ConvBlock(ConvBlock):
    def __init__(self, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 1)
        self.conv3 = nn.Conv2d(out_channels, out_channels, 3, padding=1, padding_mode="circular")


# %% normalised twice in UpBlock part="2.1" check="upblock" kind="slip"
class UpBlock(UpBlock):
    def forward(self, x):
        return self.bn(super().forward(x))


# %% activation in UpBlock part="2.1" check="upblock" kind="slip"
class UpBlock(UpBlock):
    def forward(self, x):
        return F.leaky_relu(super().forward(x))


# %% norm made in UpBlock, and not used part="2.1" check="upblock" hint="upblock_no_norm" kind="slip"
class UpBlock(UpBlock):
    def forward(self, x):
        return F.interpolate(x, scale_factor=2)


# %% enlarged in one direction part="2.1" check="upblock" hint="error_sizes"
class UpBlock(UpBlock):
    def forward(self, x):
        return self.bn(x.repeat_interleave(2, 2))


# %% tiled, not repeated part="2.1" check="upblock" kind="slip"
class UpBlock(UpBlock):
    def forward(self, x):
        return self.bn(x.repeat(1, 1, 2, 2))


# %% enlarged with zeros between part="2.1" check="upblock" kind="slip"
class UpBlock(UpBlock):
    def forward(self, x):
        y = x.new_zeros(*x.shape[:2], 2 * x.shape[2], 2 * x.shape[3])
        y[..., ::2, ::2] = x
        return self.bn(y)


# %% tanh at the end part="2.1" check="texturenet_pyramid" hint="texturenet_sigmoid"
class TextureNet(TextureNet):
    def forward(self, noise):
        return torch.tanh(super().forward(noise))


# %% the last join left out part="2.1" check="texturenet_pyramid" hint="texturenet_last_join texturenet_detached"
class TextureNet(TextureNet):
    def forward(self, noise):
        x = self.read[-1](noise[-1])
        for k in reversed(range(self.scales - 1)):
            x = torch.cat([self.up[k](x), self.read[k](noise[k])], dim=1)
            x = self.join[k](x) if k else x
        return self.last(x)


# %% one reading block used for all scales part="2.1" check="texturenet_uses_everything" hint="texturenet_detached"
class TextureNet(TextureNet):
    def forward(self, noise):
        x = self.read[0](noise[-1])
        for k in reversed(range(self.scales - 1)):
            x = self.join[k](torch.cat([self.up[k](x), self.read[0](noise[k])], dim=1))
        return self.last(x)


# %% one UpBlock for a scale, and one for none part="2.1" check="texturenet_pyramid"
class TextureNet(TextureNet):
    def forward(self, noise):
        x = self.read[-1](noise[-1])
        for k in reversed(range(self.scales - 1)):
            x = F.interpolate(x, scale_factor=2) if k == 0 else self.up[k](x)
            x = self.join[k](torch.cat([x, self.read[k](noise[k])], dim=1))
        return self.last(x)


# %% the middle scale's noise ignored part="2.1" check="texturenet_order" hint="texturenet_noise texturenet_detached"
class TextureNet(TextureNet):
    def forward(self, noise):
        return super().forward([z * 0 if k == 2 else z for k, z in enumerate(noise)])


# %% the last convolution with a border part="2.1" check="texturenet_parameters" hint="names names_order"
class TextureNet(TextureNet):
    def __init__(self, in_channels=3, step=8, scales=6):
        super().__init__(in_channels, step, scales)
        self.last = nn.Conv2d(scales * step, 3, 3, padding=1)


# %% the last convolution followed by batch norm part="2.1" check="texturenet_parameters" hint="names"
class TextureNet(TextureNet):
    def __init__(self, in_channels=3, step=8, scales=6):
        super().__init__(in_channels, step, scales)
        self.end = nn.BatchNorm2d(3)

    def forward(self, noise):
        return self.end(super().forward(noise))


# %% in_channels ignored part="2.1" check="texturenet_settings" hint="texturenet_in_channels error_channels" kind="slip"
class TextureNet(TextureNet):
    def __init__(self, in_channels=3, step=8, scales=6):
        super().__init__(3, step, scales)


# %% a scale too many part="2.1" check="texturenet_parameters" hint="names"
class TextureNet(TextureNet):
    def __init__(self, in_channels=3, step=8, scales=6):
        super().__init__(in_channels, step, scales)
        self.read.append(ConvBlock(in_channels, step))


# %% the last attribute under another name part="2.1" check="texturenet_parameters" hint="names" kind="slip"
class TextureNet(TextureNet):
    def __init__(self, in_channels=3, step=8, scales=6):
        super().__init__(in_channels, step, scales)
        self.to_rgb = self.last
        del self.last

    def forward(self, noise):
        x = self.read[-1](noise[-1])
        for k in reversed(range(self.scales - 1)):
            x = self.join[k](torch.cat([self.up[k](x), self.read[k](noise[k])], dim=1))
        return self.to_rgb(x)


# %% a loop over pairs part="2.1"
class ConvBlock(ConvBlock):
    def forward(self, x):
        for conv, bn in ((self.conv1, self.bn1), (self.conv2, self.bn2), (self.conv3, self.bn3)):
            x = F.leaky_relu(bn(conv(x)), negative_slope=0.01)
        return x


# %% in place part="2.1"
class ConvBlock(ConvBlock):
    def __init__(self, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
        self.act = nn.LeakyReLU(0.01, inplace=True)

    def forward(self, x):
        for i in range(1, 4):
            x = self.act(getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(x)))
        return x


# %% padding of 'same' size part="2.1"
class ConvBlock(ConvBlock):
    def __init__(self, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding="same", padding_mode="circular")
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding="same", padding_mode="circular")
        self.conv3 = nn.Conv2d(out_channels, out_channels, 1, padding="same", padding_mode="circular")


# %% an upsampling module part="2.1"
class UpBlock(UpBlock):
    def __init__(self, channels):
        super().__init__(channels)
        self.up = nn.UpsamplingNearest2d(scale_factor=2)

    def forward(self, x):
        return self.bn(self.up(x))


# %% enlarged to a size part="2.1"
class UpBlock(UpBlock):
    def forward(self, x):
        return self.bn(F.interpolate(x, size=(2 * x.shape[2], 2 * x.shape[3])))


# %% lists filled by append part="2.1"
class TextureNet(nn.Module):
    def __init__(self, in_channels=3, step=8, scales=6):
        super().__init__()
        self.scales = scales
        self.read, self.up, self.join = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        for k in range(scales):
            self.read.append(ConvBlock(in_channels, step))
            if k < scales - 1:
                self.up.append(UpBlock((scales - 1 - k) * step))
                self.join.append(ConvBlock((scales - k) * step, (scales - k) * step))
        self.last = nn.Conv2d(scales * step, 3, kernel_size=1)

    def forward(self, noise):
        branches = [read(z) for read, z in zip(self.read, noise)]
        x = branches[-1]
        for k in range(self.scales - 2, -1, -1):
            x = self.join[k](torch.cat((self.up[k](x), branches[k]), 1))
        return self.last(x)


# %% keyword arguments part="2.1"
class TextureNet(TextureNet):
    def __init__(self, in_channels=3, step=8, scales=6):
        super().__init__(in_channels, step, scales)
        self.read = nn.ModuleList([ConvBlock(in_channels=in_channels, out_channels=step) for _ in range(scales)])
        self.up = nn.ModuleList([UpBlock(channels=(scales - 1 - k) * step) for k in range(scales - 1)])


# %% recursive part="2.1"
class TextureNet(TextureNet):
    def forward(self, noise):
        return self.last(self._at(noise, 0))

    def _at(self, noise, k):
        branch = self.read[k](noise[k])
        if k == self.scales - 1:
            return branch
        return self.join[k](torch.cat((self.up[k](self._at(noise, k + 1)), branch), 1))


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


# %% one of the tensors part="2.2" check="count_linear" hint="count_no_bias"
def count_parameters(module):
    return next(p for p in module.parameters()).numel()


# %% modules counted part="2.2" check="count_linear" kind="lazy"
def count_parameters(module):
    return len(list(module.modules()))


# %% the lab's own number part="2.2" check="count_linear" kind="lazy"
def count_parameters(module):
    return 116835


# %% the number of the example part="2.2" check="count_trainable"
def count_parameters(module):
    return 16


# %% zero part="2.2" check="count_linear" kind="lazy"
def count_parameters(module):
    return 0


# %% bytes part="2.2" check="count_linear" hint="count_bytes" kind="lazy"
def count_parameters(module):
    return sum(p.numel() * p.element_size() for p in module.parameters() if p.requires_grad)


# %% nothing returned part="2.2" check="count_linear" hint="no_return" kind="lazy"
def count_parameters(module):
    sum(p.numel() for p in module.parameters() if p.requires_grad)


# %% only children part="2.2" check="count_linear"
def count_parameters(module):
    return sum(p.numel() for m in module.children() for p in m.parameters() if p.requires_grad)


# %% only frozen ones part="2.2" check="count_linear" kind="lazy"
def count_parameters(module):
    return sum(p.numel() for p in module.parameters() if not p.requires_grad)


# %% text part="2.2" check="count_linear"
def count_parameters(module):
    return f"{sum(p.numel() for p in module.parameters() if p.requires_grad):,}"


# %% the shapes added up part="2.2" check="count_linear" kind="lazy"
def count_parameters(module):
    return sum(sum(p.shape) for p in module.parameters() if p.requires_grad)


# %% in millions part="2.2" check="count_linear" hint="count_unit" kind="lazy"
def count_parameters(module):
    return sum(p.numel() for p in module.parameters() if p.requires_grad) / 1e6


# %% only matrices and filters part="2.2" check="count_linear" hint="count_no_bias"
def count_parameters(module):
    return sum(p.numel() for p in module.parameters() if p.requires_grad and p.ndim > 1)


# %% the whole state part="2.2" check="count_trainable" hint="count_buffers count_frozen count_twice"
def count_parameters(module):
    return sum(v.numel() for v in module.state_dict().values())


# %% parameters and buffers part="2.2" check="count_trainable" hint="count_buffers"
def count_parameters(module):
    trained = [p for p in module.parameters() if p.requires_grad]
    return sum(v.numel() for v in (*trained, *module.buffers()))


# %% by layer type part="2.2" check="count_trainable"
def count_parameters(module):
    layers = [m for m in module.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    return sum(p.numel() for m in layers for p in m.parameters() if p.requires_grad)


# %% everything frozen first part="2.2" check="count_trainable" hint="count_changes"
def count_parameters(module):
    total = sum(p.numel() for p in module.parameters() if p.requires_grad)
    for p in module.parameters():
        p.requires_grad_(False)
    return total


# %% a batch norm's own excluded part="2.2" check="count_trainable"
def count_parameters(module):
    return sum(p.numel() for n, p in module.named_parameters() if p.requires_grad and not n.startswith("1."))


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


# %% NumPy's product part="2.2"
def count_parameters(module):
    import numpy as np

    return sum(np.prod(p.shape) for p in module.parameters() if p.requires_grad)


# %% NumPy's sum part="2.2"
def count_parameters(module):
    import numpy as np

    return np.sum([np.prod(p.size()) for p in module.parameters() if p.requires_grad])


# %% as a float part="2.2"
def count_parameters(module):
    return float(sum(p.numel() for p in module.parameters() if p.requires_grad))


# %% one vector part="2.2"
def count_parameters(module):
    return len(nn.utils.parameters_to_vector(p for p in module.parameters() if p.requires_grad))


# %% reduced part="2.2"
def count_parameters(module):
    from functools import reduce

    return reduce(lambda a, p: a + p.numel() * p.requires_grad, module.parameters(), 0)


# %% flattened part="2.2"
def count_parameters(module):
    return sum(len(p.flatten()) for p in module.parameters() if p.requires_grad)


# %% by module, each parameter once part="2.2"
def count_parameters(module):
    seen = {id(p): p.numel() for m in module.modules() for p in m.parameters(recurse=False) if p.requires_grad}
    return sum(seen.values())


# %% shapes through torch.Size part="2.2"
def count_parameters(module):
    return sum(p.shape.numel() for p in module.parameters() if p.requires_grad)


# %% widths from the coarsest, used from the finest part="2.1" check="texturenet_parameters" hint="error_channels"
CHANGE = {"widths = [(scales - k) * step": "widths = [(k + 1) * step"}


# %% the noise of the scale below part="2.1" check="texturenet_shapes" hint="error_sizes"
CHANGE = {"self.read[k](noise[k])": "self.read[k](noise[k + 1])"}


# %% not enlarged part="2.1" check="texturenet_shapes" hint="error_sizes"
CHANGE = {"torch.cat([self.up[k](x),": "torch.cat([self.up[k].bn(x),"}
