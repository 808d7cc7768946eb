# The training steps of aigc's families in Keras 3 on TensorFlow, as a graph or compiled with XLA:
# `python keras_steps.py FAMILY graph|xla ...`.
#
# As its documentation advises for custom training: one `tf.function` is the whole step, gathering the batch from bytes
# that stay in memory, drawing the noise and applying the optimizers inside it; `jit_compile=True` for XLA. Float32.
import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import harness
import keras
import tensorflow as tf
from keras import layers

SLOPE = 0.2


def norm(name):
    return layers.BatchNormalization(momentum=harness.NORM_MOMENTUM, epsilon=harness.NORM_EPSILON, name=name)


class BatchNorm(layers.Layer):
    """Batch norm that always uses the batch's statistics and tracks none, which Keras's layer cannot leave out."""

    def build(self, shape):
        self.gamma = self.add_weight(shape=(shape[-1],), initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=(shape[-1],), initializer="zeros", name="beta")

    def call(self, x):
        fused = len(x.shape) == 4
        x4 = x if fused else tf.reshape(x, [-1, 1, 1, x.shape[-1]])
        y, _, _ = tf.compat.v1.nn.fused_batch_norm(
            x4, self.gamma.value, self.beta.value, epsilon=harness.NORM_EPSILON, is_training=True
        )
        return y if fused else tf.reshape(y, tf.shape(x))


def leaky():
    return layers.LeakyReLU(negative_slope=SLOPE)


def strided(kind, filters, name):
    return kind(filters, 4, strides=2, padding="same", name=name)


def gan(latent):
    """src/models/gan/gan.ts"""
    generator = [
        *(layers.Dense(256, name="dense1"), leaky()),
        *(layers.Dense(512, name="dense2"), norm("norm2"), leaky()),
        *(layers.Dense(1024, name="dense3"), norm("norm3"), leaky()),
        layers.Dense(784, activation="tanh", name="output"),
    ]
    discriminator = [
        *(layers.Dense(512, name="dense1"), leaky()),
        *(layers.Dense(256, name="dense2"), leaky()),
        layers.Dense(1, name="dense3"),
    ]
    return [sequence("generator", [latent], generator), sequence("discriminator", [784], discriminator)]


def dcgan(latent):
    """src/models/gan/dcgan.ts"""
    generator = [
        *(layers.Dense(1024, name="dense1"), norm("norm1"), layers.ReLU()),
        *(layers.Dense(7 * 7 * 128, name="dense2"), norm("norm2"), layers.ReLU(), layers.Reshape([7, 7, 128])),
        *(strided(layers.Conv2DTranspose, 64, "deconv1"), norm("norm3"), layers.ReLU()),
        *(strided(layers.Conv2DTranspose, 1, "deconv2"), layers.Activation("tanh")),
    ]
    discriminator = [
        *(strided(layers.Conv2D, 64, "conv1"), leaky()),
        *(strided(layers.Conv2D, 128, "conv2"), BatchNorm(name="norm2"), leaky()),
        *(layers.Flatten(), layers.Dense(1024, name="dense3"), BatchNorm(name="norm3"), leaky()),
        layers.Dense(1, name="output"),
    ]
    return [sequence("generator", [latent], generator), sequence("discriminator", [28, 28, 1], discriminator)]


def vae(latent):
    """src/models/vae/vae.ts: the encoder gives mean and log variance, the decoder logits."""
    x = keras.Input([784])
    h = layers.Dense(400, activation="relu", name="hidden")(x)
    heads = [layers.Dense(latent, name="mean")(h), layers.Dense(latent, name="log-variance")(h)]
    decoder = [layers.Dense(400, activation="relu", name="hidden"), layers.Dense(784, name="output")]
    return [keras.Model(x, heads, name="encoder"), sequence("decoder", [latent], decoder)]


def sequence(name, shape, parts):
    return keras.Sequential([keras.Input(shape), *parts], name=name)


def load_weights(networks, reference):
    """Keras's layouts are aigc's. What has no value there starts as Keras starts it: ones and zeros."""
    for network in networks:
        for layer in network.layers:
            for weight in layer.weights:
                part = {"moving_mean": "mean", "moving_variance": "variance"}.get(weight.name, weight.name)
                weight.assign(reference[f"{network.name}.{layer.name}.{part}"])


def vae_step(networks, optimizers):
    (encoder, decoder), (adam,) = networks, optimizers
    trained = encoder.trainable_variables + decoder.trainable_variables

    def step(x, noise):
        with tf.GradientTape() as tape:
            mean, log_variance = encoder(x, training=True)
            logits = decoder(mean + tf.exp(0.5 * log_variance) * noise, training=True)
            errors = tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=logits)
            reconstruction = tf.reduce_mean(tf.reduce_sum(errors, 1))
            terms = tf.square(mean) + tf.exp(log_variance) - 1.0 - log_variance
            kl = tf.reduce_mean(0.5 * tf.reduce_sum(terms, 1))
            loss = reconstruction + kl
        adam.apply(tape.gradient(loss, trained), trained)
        return -loss, reconstruction, kl

    return step


def adversarial_step(family, networks, optimizers):
    """One forward pass of the generator serves both; the discriminator trains first, on all of it, and the generator
    against the discriminator that comes of it (src/models/gan/adversarial.ts)."""
    generator, discriminator = networks
    generator_adam, discriminator_adam = optimizers

    def judge(real, fake):
        if family == "gan":
            return tf.split(discriminator(tf.concat([real, fake], 0), training=True), 2)
        return discriminator(real, training=True), discriminator(fake, training=True)

    def step(real, noise):
        with tf.GradientTape() as generator_tape:
            fake = generator(noise, training=True)
            with generator_tape.stop_recording(), tf.GradientTape() as tape:
                real_logits, fake_logits = judge(real, fake)
                discriminator_loss = tf.reduce_mean(tf.nn.softplus(-real_logits)) + tf.reduce_mean(
                    tf.nn.softplus(fake_logits)
                )
            with generator_tape.stop_recording():
                trained = discriminator.trainable_variables
                discriminator_adam.apply(tape.gradient(discriminator_loss, trained), trained)
            generator_loss = tf.reduce_mean(tf.nn.softplus(-discriminator(fake, training=True)))
        trained = generator.trainable_variables
        generator_adam.apply(generator_tape.gradient(generator_loss, trained), trained)
        return generator_loss, discriminator_loss

    return step


class Run:
    """A family's networks with the reference's weights, their optimizers, and the step as one function."""

    def __init__(self, args, reference):
        settings = args.settings
        self.family = args.family
        self.networks = {"gan": gan, "dcgan": dcgan, "vae": vae}[args.family](settings["latentDim"])
        load_weights(self.networks, reference)
        shared = {"beta_1": settings["beta1"], "beta_2": settings["beta2"], "epsilon": settings["epsilon"]}
        optimizers = [keras.optimizers.Adam(rate, **shared) for rate in settings["rates"].values()]
        if args.family == "vae":
            optimizers[0].build([v for network in self.networks for v in network.trainable_variables])
            train = vae_step(self.networks, optimizers)
        else:
            for optimizer, network in zip(optimizers, self.networks):
                optimizer.build(network.trainable_variables)
            train = adversarial_step(args.family, self.networks, optimizers)
        pixels = harness.read_images(args.images)
        pixels = tf.constant(pixels.reshape(-1, 28, 28, 1) if args.family == "dcgan" else pixels)
        noise_shape = [settings["batchSize"], settings["latentDim"]]

        def batch(indices):
            bytes_of = tf.cast(tf.gather(pixels, indices), tf.float32)
            return bytes_of / 255.0 if args.family == "vae" else bytes_of / 127.5 - 1.0

        compiled = tf.function(jit_compile=args.mode == "xla")
        self.count = len(pixels)
        self.train = compiled(lambda indices: train(batch(indices), tf.random.normal(noise_shape)))
        self.train_on = compiled(lambda indices, noise: train(batch(indices), noise))


def main():
    args = harness.arguments(["graph", "xla"])
    if args.device == "cpu":
        tf.config.set_visible_devices([], "GPU")
    tf.config.experimental.enable_tensor_float_32_execution(False)
    reference = harness.read_reference(args.reference)
    run = Run(args, reference)
    batches = harness.shuffled_batches(run.count, args.settings["batchSize"])

    def step(read):
        losses = run.train(tf.constant(next(batches), tf.int32))
        return [loss.numpy() for loss in losses] if read else None

    def check():
        fresh = Run(args, reference)
        rows = []
        for indices, noise in harness.check_inputs(reference):
            losses = fresh.train_on(tf.constant(indices, tf.int32), tf.constant(noise))
            rows.append(dict(zip(harness.loss_names(args.family), (float(loss) for loss in losses))))
        return rows

    def sample(request):
        def draw(noise):
            return run.networks[0](noise, training=False).numpy()

        harness.write_samples(draw, args.settings["latentDim"], request)

    harness.serve(step, check, sample, {"Keras": keras.__version__, "TensorFlow": tf.__version__})


main()
