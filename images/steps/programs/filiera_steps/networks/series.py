"""A network of Keras for windows of series: convolutions over time."""

import math
from typing import Any

import numpy as np

from filiera_steps.networks.network import Network, Training, needed, threads


class SeriesNetwork(Network):
    """Two convolutions along the first axis, the mean and the largest over time, one logit.

    Arrays are steps by measurements, or steps alone.
    """

    image = "steps-keras"
    # one of the first two, as the machine has it
    packages = ("tensorflow", "tensorflow-cpu", "keras")
    axes = (1, 2)
    least = (4,)

    def by_channel(self) -> bool:
        """Measurements have a unit each."""
        return len(self.shape) == 2

    def learn(
        self, asked: Training, rows: tuple[np.ndarray, ...], check: tuple[np.ndarray, ...]
    ) -> tuple[list[np.ndarray], list[dict[str, float]]]:
        """By Adam, with early stopping of Keras' own."""
        keras = framework(self.seed)
        network = self.build(keras, asked)
        network.compile(
            optimizer=keras.optimizers.Adam(asked.learning_rate), loss=keras.losses.BinaryCrossentropy(from_logits=True)
        )
        stop = keras.callbacks.EarlyStopping(patience=asked.patience, restore_best_weights=True)
        tell = keras.callbacks.LambdaCallback(on_epoch_end=told)
        arrays, labels, weights = rows
        fitted = network.fit(
            self.steps(arrays),
            labels,
            sample_weight=weights,
            validation_data=(self.steps(check[0]), check[1]),
            epochs=asked.epochs,
            batch_size=asked.batch_size,
            callbacks=[stop, tell, keras.callbacks.TerminateOnNaN()],
            verbose=0,
        )
        losses = fitted.history
        history = [
            {"loss": float(loss), "validation_loss": float(other)}
            for loss, other in zip(losses["loss"], losses.get("val_loss", []), strict=False)
        ]
        return network.get_weights(), history

    def logits(self, scaled: np.ndarray) -> np.ndarray:
        """What the network says of windows."""
        network = self.build(framework(self.seed), Training.model_validate(self.training or {}))
        network.set_weights(self.weights_)
        asked = self.steps(scaled)
        # called as it is: predict would be compiled anew for each network
        some = [network(asked[at : at + 1024], training=False) for at in range(0, len(asked), 1024)]
        return np.concatenate([np.asarray(each)[:, 0] for each in some]).astype(float)

    def steps(self, stacked: np.ndarray) -> np.ndarray:
        """Arrays with an axis for measurements, if there is but one."""
        return stacked if stacked.ndim == 3 else stacked[..., None]

    def build(self, keras: Any, asked: Training) -> Any:
        """The network, before it has learnt."""
        layers = keras.layers
        window = keras.Input((self.shape[0], self.shape[1] if len(self.shape) == 2 else 1))
        near = layers.Conv1D(asked.filters, asked.kernel, padding="same", activation="relu")(window)
        far = layers.Conv1D(2 * asked.filters, asked.kernel, strides=2, padding="same", activation="relu")(near)
        both = layers.Concatenate()([layers.GlobalAveragePooling1D()(far), layers.GlobalMaxPooling1D()(far)])
        return keras.Model(window, layers.Dense(1)(layers.Dropout(asked.dropout)(both)))


def framework(seed: int) -> Any:
    """Keras, so that the same seed gives the same figures on the same machine.

    Raises StepError where it is not there.
    """
    try:
        import keras
        import tensorflow
    except ImportError as error:
        raise needed(error, SeriesNetwork) from None
    keras.utils.set_random_seed(seed)
    tensorflow.config.experimental.enable_op_determinism()
    tensorflow.config.threading.set_intra_op_parallelism_threads(threads())
    tensorflow.config.threading.set_inter_op_parallelism_threads(threads())
    return keras


def told(epoch: int, logs: dict[str, float]) -> None:
    """A line of the step's log for each pass."""
    loss, other = (logs.get(name, math.nan) for name in ("loss", "val_loss"))
    print(f"epoch {epoch + 1}: loss {loss:.4f}, on validation {other:.4f}")
