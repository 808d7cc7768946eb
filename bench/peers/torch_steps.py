# The training steps of aigc's families in PyTorch: `python torch_steps.py FAMILY eager|compile|overhead|tf32 ...`.
#
# As its documentation advises: the images stay in memory as bytes and a batch is gathered and scaled in one expression,
# Adam is the fused one, convolutions run in channels_last, gradients are set to None, and `torch.compile` is given the
# networks with their losses: their backward passes are compiled with them. Float32 throughout, but for `tf32`, which is eager.
import math

import harness
import torch
import torch_networks
from torch.nn.functional import binary_cross_entropy_with_logits, one_hot, softplus


class Run:
    """The networks, their optimizers and the data of one family."""

    def __init__(self, args):
        self.family, self.settings = args.family, args.settings
        self.device = torch.device(args.device)
        self.reference = harness.read_reference(args.reference)
        pixels = torch.from_numpy(harness.read_images(args.images)).to(self.device)
        self.networks = getattr(torch_networks, args.family)()
        torch_networks.load_weights(self.family, self.networks, self.reference)
        convolves = args.family in torch_networks.CONVOLUTIONAL
        self.layout = torch.channels_last if convolves else torch.contiguous_format
        for network in self.networks:
            network.to(self.device, memory_format=self.layout)
        self.pixels = pixels.reshape(-1, 1, 28, 28) if convolves else pixels
        if args.family == "cgan":
            labels = torch.from_numpy(harness.read_labels(args.labels))
            self.classes = one_hot(labels, torch_networks.CLASSES).float().to(self.device)
        self.optimizers = [self.adam(i, rate) for i, rate in enumerate(self.settings["rates"].values())]

    def adam(self, index, rate):
        betas = (float(self.settings["beta1"]), float(self.settings["beta2"]))
        parameters = self.networks[index].parameters()
        return torch.optim.Adam(parameters, lr=rate, betas=betas, eps=self.settings["epsilon"], fused=True)

    def restart(self):
        """The weights of the reference, and optimizers that have seen nothing. In place: compiled code holds them."""
        torch_networks.load_weights(self.family, self.networks, self.reference)
        for optimizer in self.optimizers:
            for state in optimizer.state.values():
                for slot in state.values():
                    slot.zero_()

    def correct_epsilon(self, step):
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["eps"] = harness.corrected_epsilon(self.settings, step)


def vae_step(run, compiled):
    (vae,), (optimizer,) = run.networks, run.optimizers

    @compiled
    def bound(indices, noise):
        x = run.pixels[indices].float() / 255
        logits, mean, log_variance = vae(x, noise)
        reconstruction = binary_cross_entropy_with_logits(logits, x, reduction="sum") / x.shape[0]
        kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1).mean()
        return reconstruction + kl, reconstruction.detach(), kl.detach()

    def step(indices, noise):
        loss, reconstruction, kl = bound(indices, noise)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return -loss.detach(), reconstruction, kl

    return step


def iwae_step(run, compiled):
    """The doubly reparameterised gradient of the bound of k samples (Tucker et al. 2018): q's own parameters are held, and
    what comes back through a sample is weighted once more."""
    (iwae,), (optimizer,) = run.networks, run.optimizers

    @compiled
    def encoded(indices, uniform):
        x = (uniform < run.pixels[indices].float() / 255).float()
        h = iwae.encode(x)
        return x[:, None], iwae.mean(h)[:, None], iwae.log_variance(h)[:, None]

    @compiled
    def log_weights(x, z, mean, log_variance):
        logits = iwae.decode(z)
        likelihood = (logits * x - softplus(logits)).sum(2)
        spread = (z - mean).square() * torch.exp(-log_variance) + log_variance
        return likelihood + 0.5 * (spread - z.square()).sum(2)

    def step(indices, epsilon, uniform):
        x, mean, log_variance = encoded(indices, uniform)
        z = mean + torch.exp(0.5 * log_variance) * epsilon
        weights = log_weights(x, z, mean.detach(), log_variance.detach())
        share = torch.softmax(weights.detach(), 1)
        z.register_hook(lambda gradient: gradient * share[:, :, None])
        loss = -(share * weights).sum(1).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return ((torch.logsumexp(weights.detach(), 1) - math.log(weights.shape[1])).mean(),)

    return step


def adversarial_step(run, compiled):
    """One forward pass of the generator serves both; the discriminator trains first, on all of it, and the generator
    against the discriminator that comes of it (src/models/gan/adversarial.ts)."""
    generator, discriminator = run.networks
    generator_adam, discriminator_adam = run.optimizers
    generate = compiled(generator)
    trained = list(generator.parameters())

    def judge(real, fake, classes):
        if run.family == "gan":
            return discriminator(torch.cat([real, fake])).chunk(2)
        return discriminator(real, *classes), discriminator(fake, *classes)

    @compiled
    def discriminator_loss(indices, fake, classes):
        real = (run.pixels[indices].float() / 127.5 - 1).contiguous(memory_format=run.layout)
        real_logits, fake_logits = judge(real, fake, classes)
        return softplus(-real_logits).mean() + softplus(fake_logits).mean()

    @compiled
    def generator_loss(fake, classes):
        return softplus(-discriminator(fake, *classes)).mean()

    def step(indices, noise):
        classes = (run.classes[indices],) if run.family == "cgan" else ()
        fake = generate(noise, *classes)
        against = discriminator_loss(indices, fake.detach(), classes)
        discriminator_adam.zero_grad(set_to_none=True)
        against.backward()
        discriminator_adam.step()

        loss = generator_loss(fake, classes)
        generator_adam.zero_grad(set_to_none=True)
        loss.backward(inputs=trained)
        generator_adam.step()
        return loss.detach(), against.detach()

    return step


def as_it_is(function):
    return function


def compiled(function):
    return torch.compile(function, dynamic=False)


def graphed(function):
    """With CUDA graphs, on a GPU."""
    return torch.compile(function, dynamic=False, mode="reduce-overhead")


STEPS = {"vae": vae_step, "iwae": iwae_step}

WRAPPERS = {"eager": as_it_is, "compile": compiled, "overhead": graphed, "tf32": as_it_is}


def main():
    args = harness.arguments(list(WRAPPERS))
    torch.set_float32_matmul_precision("high" if args.mode == "tf32" else "highest")
    torch.backends.cudnn.allow_tf32 = args.mode == "tf32"
    run = Run(args)
    train = STEPS.get(args.family, adversarial_step)(run, WRAPPERS[args.mode])
    batch, latent = args.settings["batchSize"], args.settings["latentDim"]

    def noise():
        if args.family != "iwae":
            return [torch.randn(batch, latent, device=run.device)]
        samples = args.settings["importanceSamples"]
        return [
            torch.randn(batch, samples, latent, device=run.device),
            torch.rand(batch, run.pixels.shape[1], device=run.device),
        ]

    batches = harness.shuffled_batches(len(run.pixels), batch)

    def step(read):
        if args.mode == "overhead":
            torch.compiler.cudagraph_mark_step_begin()
        indices = torch.from_numpy(next(batches)).to(run.device)
        losses = train(indices, *noise())
        return [loss.item() for loss in losses] if read else None

    def check():
        run.restart()
        rows = []
        for at, inputs in enumerate(harness.check_inputs(run.reference)):
            run.correct_epsilon(at)
            losses = train(*(torch.from_numpy(values).to(run.device) for values in inputs))
            rows.append(dict(zip(harness.loss_names(args.family), (loss.item() for loss in losses))))
        return rows

    @torch.no_grad()
    def sample(request):
        generator = run.networks[0].eval()

        def draw(noise):
            return generator(torch.from_numpy(noise).to(run.device)).cpu().contiguous().numpy()

        harness.write_samples(draw, latent, request)
        generator.train()

    harness.serve(step, check, sample, {"PyTorch": torch.__version__})


main()
