# The networks of aigc's families in PyTorch, layer by layer, and how aigc's weights are put into them.
import harness
import torch
from torch import nn

SLOPE = 0.2
CLASSES = 10

CONVOLUTIONAL = ("dcgan", "cgan")


def norm1d(channels):
    return nn.BatchNorm1d(channels, eps=harness.NORM_EPSILON, momentum=1 - harness.NORM_MOMENTUM)


def norm2d(channels):
    return nn.BatchNorm2d(channels, eps=harness.NORM_EPSILON, momentum=1 - harness.NORM_MOMENTUM)


def untracked1d(channels):
    return nn.BatchNorm1d(channels, eps=harness.NORM_EPSILON, track_running_stats=False)


def untracked2d(channels):
    return nn.BatchNorm2d(channels, eps=harness.NORM_EPSILON, track_running_stats=False)


def gan():
    """src/models/gan/gan.ts"""
    generator = nn.Sequential(
        nn.Linear(100, 256),
        nn.LeakyReLU(SLOPE),
        nn.Linear(256, 512),
        norm1d(512),
        nn.LeakyReLU(SLOPE),
        nn.Linear(512, 1024),
        norm1d(1024),
        nn.LeakyReLU(SLOPE),
        nn.Linear(1024, 784),
        nn.Tanh(),
    )
    discriminator = nn.Sequential(
        nn.Linear(784, 512),
        nn.LeakyReLU(SLOPE),
        nn.Linear(512, 256),
        nn.LeakyReLU(SLOPE),
        nn.Linear(256, 1),
    )
    return generator, discriminator


def dcgan_generator(inputs=62):
    """src/models/gan/convolutional.ts"""
    return nn.Sequential(
        nn.Linear(inputs, 1024),
        norm1d(1024),
        nn.ReLU(),
        nn.Linear(1024, 128 * 7 * 7),
        norm1d(128 * 7 * 7),
        nn.ReLU(),
        nn.Unflatten(1, (128, 7, 7)),
        nn.ConvTranspose2d(128, 64, 4, stride=2, padding=1),
        norm2d(64),
        nn.ReLU(),
        nn.ConvTranspose2d(64, 1, 4, stride=2, padding=1),
        nn.Tanh(),
    )


def dcgan_features():
    """All of the discriminator but its output."""
    return nn.Sequential(
        nn.Conv2d(1, 64, 4, stride=2, padding=1),
        nn.LeakyReLU(SLOPE),
        nn.Conv2d(64, 128, 4, stride=2, padding=1),
        untracked2d(128),
        nn.LeakyReLU(SLOPE),
        nn.Flatten(),
        nn.Linear(128 * 7 * 7, 1024),
        untracked1d(1024),
        nn.LeakyReLU(SLOPE),
    )


def dcgan():
    """src/models/gan/dcgan.ts"""
    return dcgan_generator(), dcgan_features().append(nn.Linear(1024, 1))


class Projection(nn.Module):
    """A discriminator whose logit gains the inner product of its features with a vector of the class (Miyato & Koyama 2018)."""

    def __init__(self):
        super().__init__()
        self.features = dcgan_features()
        self.output = nn.Linear(1024, 1)
        self.classes = nn.Linear(1024, CLASSES)

    def forward(self, images, one_hot):
        features = self.features(images)
        return self.output(features) + (self.classes(features) * one_hot).sum(1, keepdim=True)


class Conditional(nn.Module):
    """A generator with the class, one-hot, beside the noise."""

    def __init__(self):
        super().__init__()
        self.generate = dcgan_generator(62 + CLASSES)

    def forward(self, noise, one_hot):
        return self.generate(torch.cat([noise, one_hot], 1))


def cgan():
    """src/models/gan/cgan.ts"""
    return Conditional(), Projection()


class Iwae(nn.Module):
    """src/models/vae/stochastic-layers.ts, one latent layer"""

    def __init__(self):
        super().__init__()
        self.encode = nn.Sequential(nn.Linear(784, 200), nn.Tanh(), nn.Linear(200, 200), nn.Tanh())
        self.mean = nn.Linear(200, 50)
        self.log_variance = nn.Linear(200, 50)
        self.decode = nn.Sequential(
            nn.Linear(50, 200), nn.Tanh(), nn.Linear(200, 200), nn.Tanh(), nn.Linear(200, 784)
        )


def iwae():
    return (Iwae(),)


class Vae(nn.Module):
    """src/models/vae/vae.ts"""

    def __init__(self):
        super().__init__()
        self.encode = nn.Sequential(nn.Linear(784, 400), nn.ReLU())
        self.mean = nn.Linear(400, 20)
        self.log_variance = nn.Linear(400, 20)
        self.decode = nn.Sequential(nn.Linear(20, 400), nn.ReLU(), nn.Linear(400, 784))

    def forward(self, x, noise):
        h = self.encode(x)
        mean, log_variance = self.mean(h), self.log_variance(h)
        return self.decode(mean + torch.exp(0.5 * log_variance) * noise), mean, log_variance


def vae():
    return (Vae(),)


def layers_of(family, networks):
    """Each layer that has weights, by its name in aigc."""
    if family == "vae":
        (vae,) = networks
        return {
            "encoder.hidden": vae.encode[0],
            "encoder.mean": vae.mean,
            "encoder.log-variance": vae.log_variance,
            "decoder.hidden": vae.decode[0],
            "decoder.output": vae.decode[2],
        }
    if family == "iwae":
        (iwae,) = networks
        return {
            "encoder.hidden1": iwae.encode[0],
            "encoder.hidden2": iwae.encode[2],
            "encoder.mean": iwae.mean,
            "encoder.log-variance": iwae.log_variance,
            "decoder.hidden1": iwae.decode[0],
            "decoder.hidden2": iwae.decode[2],
            "decoder.output": iwae.decode[4],
        }
    generator, discriminator = networks
    if family == "gan":
        return {
            **{f"generator.dense{i + 1}": generator[at] for i, at in enumerate([0, 2, 5])},
            **{f"generator.norm{i + 2}": generator[at] for i, at in enumerate([3, 6])},
            "generator.output": generator[8],
            **{f"discriminator.dense{i + 1}": discriminator[at] for i, at in enumerate([0, 2, 4])},
        }
    if family == "cgan":
        heads = {"discriminator.output": discriminator.output, "discriminator.classes": discriminator.classes}
        generator, discriminator = generator.generate, discriminator.features
    else:
        heads = {"discriminator.output": discriminator[9]}
    return {
        "generator.dense1": generator[0],
        "generator.norm1": generator[1],
        "generator.dense2": generator[3],
        "generator.norm2": generator[4],
        "generator.deconv1": generator[7],
        "generator.norm3": generator[8],
        "generator.deconv2": generator[10],
        "discriminator.conv1": discriminator[0],
        "discriminator.conv2": discriminator[2],
        "discriminator.norm2": discriminator[3],
        "discriminator.dense3": discriminator[6],
        "discriminator.norm3": discriminator[7],
        **heads,
    }


@torch.no_grad()
def load_weights(family, networks, reference):
    """Copies aigc's weights in. Its images are [height, width, channel], PyTorch's [channel, height, width], so dense
    layers beside a convolution have their rows or columns reordered."""
    for name, layer in layers_of(family, networks).items():
        if isinstance(layer, nn.modules.batchnorm._BatchNorm):
            layer.reset_parameters()
            continue
        kernel = torch.from_numpy(reference[f"{name}.kernel"])
        bias = torch.from_numpy(reference[f"{name}.bias"])
        if kernel.dim() == 4:
            weight = kernel.permute(3, 2, 0, 1)
        elif family in CONVOLUTIONAL and name == "generator.dense2":
            weight = kernel.reshape(-1, 7, 7, 128).permute(3, 1, 2, 0).reshape(layer.weight.shape)
            bias = bias.reshape(7, 7, 128).permute(2, 0, 1).reshape(-1)
        elif family in CONVOLUTIONAL and name == "discriminator.dense3":
            weight = kernel.reshape(7, 7, 128, -1).permute(3, 2, 0, 1).reshape(layer.weight.shape)
        else:
            weight = kernel.T
        layer.weight.copy_(weight)
        layer.bias.copy_(bias)
