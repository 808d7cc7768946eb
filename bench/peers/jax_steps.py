# The training steps of aigc's families in JAX with optax: `python jax_steps.py FAMILY jit|scan ...`.
#
# As its documentation advises: the whole step is one jitted function whose state is donated, the images stay in memory as
# bytes and a batch is gathered inside it, noise comes from a key that the state carries. `scan` runs five steps in one
# call by `lax.scan`; losses are read as often as elsewhere. Float32 throughout.
import functools

import harness
import jax
import jax.numpy as jnp
import optax

SLOPE = 0.2

STEPS_IN_SCAN = 5


def dense(weights, name, x):
    return x @ weights[f"{name}.kernel"] + weights[f"{name}.bias"]


def convolution(weights, name, x):
    """[batch, height, width, channel], half the size. Keras's and TensorFlow's 'same'."""
    layout = ("NHWC", "HWIO", "NHWC")
    y = jax.lax.conv_general_dilated(x, weights[f"{name}.kernel"], (2, 2), "SAME", dimension_numbers=layout)
    return y + weights[f"{name}.bias"]


def transposed_convolution(weights, name, x):
    """Twice the size: the gradient of `convolution` with the same kernel, [4, 4, out, in]."""
    layout = ("NHWC", "HWIO", "NHWC")
    kernel = weights[f"{name}.kernel"]
    y = jax.lax.conv_transpose(x, kernel, (2, 2), "SAME", dimension_numbers=layout, transpose_kernel=True)
    return y + weights[f"{name}.bias"]


class BatchStatistics:
    """Batch norm by the statistics of the batch, which it keeps for those that are tracked."""

    def __init__(self):
        self.of = {}

    def __call__(self, weights, name, x):
        axes = tuple(range(x.ndim - 1))
        mean, variance = jnp.mean(x, axes), jnp.var(x, axes)
        self.of[f"{name}.mean"], self.of[f"{name}.variance"] = mean, variance
        return normalised(weights, name, x, mean, variance)


class TrackedStatistics:
    """Batch norm by the statistics that training has tracked, for drawing."""

    def __init__(self, tracked):
        self.tracked = tracked

    def __call__(self, weights, name, x):
        mean, variance = self.tracked[f"{name}.mean"], self.tracked[f"{name}.variance"]
        return normalised(weights, name, x, mean, variance)


def normalised(weights, name, x, mean, variance):
    scaled = (x - mean) * jax.lax.rsqrt(variance + harness.NORM_EPSILON)
    return scaled * weights[f"{name}.gamma"] + weights[f"{name}.beta"]


def leaky(x):
    return jax.nn.leaky_relu(x, SLOPE)


def gan_generator(weights, noise, norm):
    """src/models/gan/gan.ts"""
    x = leaky(dense(weights, "generator.dense1", noise))
    x = leaky(norm(weights, "generator.norm2", dense(weights, "generator.dense2", x)))
    x = leaky(norm(weights, "generator.norm3", dense(weights, "generator.dense3", x)))
    return jnp.tanh(dense(weights, "generator.output", x))


def gan_discriminator(weights, x):
    x = leaky(dense(weights, "discriminator.dense1", x))
    x = leaky(dense(weights, "discriminator.dense2", x))
    return dense(weights, "discriminator.dense3", x)


def dcgan_generator(weights, noise, norm):
    """src/models/gan/dcgan.ts"""
    x = jax.nn.relu(norm(weights, "generator.norm1", dense(weights, "generator.dense1", noise)))
    x = jax.nn.relu(norm(weights, "generator.norm2", dense(weights, "generator.dense2", x)))
    x = transposed_convolution(weights, "generator.deconv1", x.reshape(-1, 7, 7, 128))
    x = jax.nn.relu(norm(weights, "generator.norm3", x))
    return jnp.tanh(transposed_convolution(weights, "generator.deconv2", x))


def dcgan_discriminator(weights, x):
    norm = BatchStatistics()
    x = leaky(convolution(weights, "discriminator.conv1", x))
    x = leaky(norm(weights, "discriminator.norm2", convolution(weights, "discriminator.conv2", x)))
    x = dense(weights, "discriminator.dense3", x.reshape(x.shape[0], -1))
    return dense(weights, "discriminator.output", leaky(norm(weights, "discriminator.norm3", x)))


def vae_networks(weights, x, noise):
    """src/models/vae/vae.ts"""
    h = jax.nn.relu(dense(weights, "encoder.hidden", x))
    mean, log_variance = dense(weights, "encoder.mean", h), dense(weights, "encoder.log-variance", h)
    h = jax.nn.relu(dense(weights, "decoder.hidden", mean + jnp.exp(0.5 * log_variance) * noise))
    return dense(weights, "decoder.output", h), mean, log_variance


def vae_bound(weights, x, noise):
    logits, mean, log_variance = vae_networks(weights, x, noise)
    reconstruction = jnp.mean(jnp.sum(optax.sigmoid_binary_cross_entropy(logits, x), 1))
    kl = jnp.mean(0.5 * jnp.sum(jnp.square(mean) + jnp.exp(log_variance) - 1 - log_variance, 1))
    return reconstruction + kl, (reconstruction, kl)


def vae_step(optimizers):
    (adam,) = optimizers

    def step(state, x, noise):
        (weights,), (slots,) = state["weights"], state["slots"]
        (loss, (reconstruction, kl)), gradients = jax.value_and_grad(vae_bound, has_aux=True)(weights, x, noise)
        updates, slots = adam.update(gradients, slots)
        state = {**state, "weights": [optax.apply_updates(weights, updates)], "slots": [slots]}
        return state, (-loss, reconstruction, kl)

    return step


def adversarial_step(family, optimizers):
    """One forward pass of the generator serves both; the discriminator trains first, on all of it, and the generator
    against the discriminator that comes of it (src/models/gan/adversarial.ts)."""
    generate, judge = NETWORKS[family]
    generator_adam, discriminator_adam = optimizers

    def judge_both(weights, real, fake):
        if family == "gan":
            return jnp.split(judge(weights, jnp.concatenate([real, fake])), 2)
        return judge(weights, real), judge(weights, fake)

    def discriminator_loss(weights, real, fake):
        real_logits, fake_logits = judge_both(weights, real, fake)
        return jnp.mean(jax.nn.softplus(-real_logits)) + jnp.mean(jax.nn.softplus(fake_logits))

    def drawn(weights, noise):
        norm = BatchStatistics()
        return generate(weights, noise, norm), norm.of

    def step(state, real, noise):
        (generator, discriminator), (generator_slots, discriminator_slots) = state["weights"], state["slots"]
        fake, pull_back, batch = jax.vjp(lambda weights: drawn(weights, noise), generator, has_aux=True)
        against, gradients = jax.value_and_grad(discriminator_loss)(discriminator, real, fake)
        updates, discriminator_slots = discriminator_adam.update(gradients, discriminator_slots)
        discriminator = optax.apply_updates(discriminator, updates)

        fooled = lambda images: jnp.mean(jax.nn.softplus(-judge(discriminator, images)))
        loss, from_images = jax.value_and_grad(fooled)(fake)
        updates, generator_slots = generator_adam.update(pull_back(from_images)[0], generator_slots)
        kept = harness.NORM_MOMENTUM
        state = {
            **state,
            "weights": [optax.apply_updates(generator, updates), discriminator],
            "slots": [generator_slots, discriminator_slots],
            "tracked": {name: kept * state["tracked"][name] + (1 - kept) * batch[name] for name in batch},
        }
        return state, (loss, against)

    return step


NETWORKS = {"gan": (gan_generator, gan_discriminator), "dcgan": (dcgan_generator, dcgan_discriminator)}


class Run:
    """A family's weights from the reference, its optimizers, and the step as one jitted function."""

    def __init__(self, args, reference):
        settings = args.settings
        self.family = args.family
        trained = {name: jnp.asarray(value) for name, value in reference.items() if not name.startswith("check.")}
        parts = [list(trained)] if args.family == "vae" else [self.part(trained, one) for one in settings["rates"]]
        weights = [{name: trained[name] for name in part if is_trained(name)} for part in parts]
        tracked = {name: value for name, value in trained.items() if not is_trained(name)}
        adam = functools.partial(optax.adam, b1=settings["beta1"], b2=settings["beta2"])
        adams = lambda epsilon: [adam(rate, eps=epsilon) for rate in settings["rates"].values()]
        optimizers = adams(settings["epsilon"])
        slots = [optimizer.init(part) for optimizer, part in zip(optimizers, weights)]
        key = jax.random.key(1)
        self.state = {"weights": weights, "slots": slots, "tracked": tracked, "key": key}
        pixels = harness.read_images(args.images)
        self.pixels = jnp.asarray(pixels.reshape(-1, 28, 28, 1) if args.family == "dcgan" else pixels)
        self.noise_shape = (settings["batchSize"], settings["latentDim"])
        make = vae_step if args.family == "vae" else functools.partial(adversarial_step, args.family)
        self.make_functions(make(optimizers), lambda epsilon: make(adams(epsilon)))

    @staticmethod
    def part(trained, name):
        return [one for one in trained if one.startswith(f"{name}.")]

    def make_functions(self, train, train_with):
        """`train_with(epsilon)` is `train` for another one."""

        def batch(pixels, indices):
            values = pixels[indices].astype(jnp.float32)
            return values / 255 if self.family == "vae" else values / 127.5 - 1

        def step(state, pixels, indices):
            key, own = jax.random.split(state["key"])
            noise = jax.random.normal(own, self.noise_shape)
            return train({**state, "key": key}, batch(pixels, indices), noise)

        def scan(state, pixels, indices):
            return jax.lax.scan(lambda carried, rows: step(carried, pixels, rows), state, indices)

        self.train = jax.jit(step, donate_argnums=0)
        self.train_five = jax.jit(scan, donate_argnums=0)

        def on(state, pixels, indices, noise, epsilon):
            return train_with(epsilon)(state, batch(pixels, indices), noise)

        self.train_on = jax.jit(on)


def is_trained(name):
    """All but the statistics that batch norm tracks."""
    return not name.endswith((".mean", ".variance"))


def main():
    args = harness.arguments(["jit", "scan"])
    if args.device == "cuda":  # Float32 there too: XLA would take TF32.
        jax.config.update("jax_default_matmul_precision", "highest")
    reference = harness.read_reference(args.reference)
    run = Run(args, reference)
    batches = harness.shuffled_batches(len(run.pixels), args.settings["batchSize"])
    waiting = []

    def step(read):
        indices = next(batches).astype("int32")
        if args.mode == "jit":
            run.state, losses = run.train(run.state, run.pixels, indices)
            return [float(loss) for loss in losses] if read else None
        waiting.append(indices)
        if len(waiting) == STEPS_IN_SCAN:
            run.state, losses = run.train_five(run.state, run.pixels, jnp.stack(waiting))
            waiting.clear()
            return [float(loss[-1]) for loss in losses] if read else None
        if read:
            jax.block_until_ready(run.state)
        return None

    def check():
        state, rows = Run(args, reference).state, []
        for at, (indices, noise) in enumerate(harness.check_inputs(reference)):
            epsilon = harness.corrected_epsilon(args.settings, at)
            state, losses = run.train_on(state, run.pixels, indices, noise, epsilon)
            rows.append(dict(zip(harness.loss_names(args.family), (float(loss) for loss in losses))))
        return rows

    def sample(request):
        generate, _ = NETWORKS[args.family]
        (generator, _), norm = run.state["weights"], TrackedStatistics(run.state["tracked"])
        draw = jax.jit(lambda noise: generate(generator, noise, norm))
        harness.write_samples(draw, args.settings["latentDim"], request)

    for _ in range(STEPS_IN_SCAN - 1):  # The first step that `serve` times is then one of a call.
        if args.mode == "scan":
            step(False)
    harness.serve(step, check, sample, {"JAX": jax.__version__, "optax": optax.__version__})


main()
