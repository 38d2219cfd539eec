"""A network of PyTorch for images: on a GPU of CUDA's where there is one, else on the CPU."""

import copy
from typing import Any

import numpy as np

from filiera_steps.networks.network import Network, Training, needed, threads


class ImageNetwork(Network):
    """Three convolutions, each but the first halving the image, the mean and the largest over it, one logit.

    Arrays are rows by columns, or rows by columns by channels, such as those of colours.
    """

    image = "steps-pytorch"
    packages = ("torch",)
    axes = (2, 3)
    least = (8, 8)

    def by_channel(self) -> bool:
        """Colours have a unit each."""
        return len(self.shape) == 3

    def learn(
        self, asked: Training, rows: tuple[np.ndarray, ...], check: tuple[np.ndarray, ...]
    ) -> tuple[list[np.ndarray], list[dict[str, float]]]:
        """By Adam, until the loss on the validation rows has been no smaller for as long as is asked."""
        torch, device = framework(self.seed)
        network = self.build(torch, asked).to(device)
        optimiser = torch.optim.Adam(network.parameters(), lr=asked.learning_rate)
        images, labels, weights = (torch.from_numpy(each).to(device) for each in (self.channels(rows[0]), *rows[1:]))
        checked, truth = (torch.from_numpy(each).to(device) for each in (self.channels(check[0]), check[1]))
        loss_of = torch.nn.functional.binary_cross_entropy_with_logits
        # on the CPU, so that the order is the same on each device
        order = torch.Generator().manual_seed(self.seed)
        history: list[dict[str, float]] = []
        best, kept, since = float("inf"), copy.deepcopy(network.state_dict()), 0
        for epoch in range(asked.epochs):
            network.train()
            total = 0.0
            for batch in torch.randperm(len(images), generator=order).split(asked.batch_size):
                chosen = batch.to(device)
                loss = loss_of(network(images[chosen])[:, 0], labels[chosen], weight=weights[chosen])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                total += float(loss.detach()) * len(batch)
            other = float(loss_of(torch.from_numpy(asked_of(torch, network, checked)), truth.cpu()))
            history.append({"loss": total / len(images), "validation_loss": other})
            print(f"epoch {epoch + 1}: loss {total / len(images):.4f}, on validation {other:.4f}, on {device.type}")
            since += 1
            if other < best:
                best, kept, since = other, copy.deepcopy(network.state_dict()), 0
            if since >= asked.patience or not np.isfinite(other):
                break
        return [each.cpu().numpy() for each in kept.values()], history

    def logits(self, scaled: np.ndarray) -> np.ndarray:
        """What the network says of images."""
        torch, device = framework(self.seed)
        network = self.build(torch, Training.model_validate(self.training or {}))
        names = network.state_dict()
        network.load_state_dict({name: torch.from_numpy(each) for name, each in zip(names, self.weights_, strict=True)})
        return asked_of(torch, network.to(device), torch.from_numpy(self.channels(scaled))).astype(float)

    def channels(self, stacked: np.ndarray) -> np.ndarray:
        """Images with their channels before rows and columns, as PyTorch has them."""
        return stacked[:, None] if stacked.ndim == 3 else np.ascontiguousarray(np.moveaxis(stacked, -1, 1))

    def build(self, torch: Any, asked: Training) -> Any:
        """The network, before it has learnt."""
        nn, width = torch.nn, asked.filters

        class Pooled(nn.Module):
            def forward(self, seen: Any) -> Any:
                return torch.cat([seen.mean(dim=(2, 3)), seen.amax(dim=(2, 3))], dim=1)

        def seen_by(before: int, after: int, stride: int) -> list[Any]:
            near = nn.Conv2d(before, after, asked.kernel, stride=stride, padding=asked.kernel // 2, bias=False)
            return [near, nn.BatchNorm2d(after), nn.ReLU()]

        return nn.Sequential(
            *seen_by(self.shape[2] if len(self.shape) == 3 else 1, width, 1),
            *seen_by(width, 2 * width, 2),
            *seen_by(2 * width, 2 * width, 2),
            Pooled(),
            nn.Dropout(asked.dropout),
            nn.Linear(4 * width, 1),
        )


def asked_of(torch: Any, network: Any, images: Any) -> np.ndarray:
    """The logits of images, some at a time."""
    network.eval()
    device = next(network.parameters()).device
    with torch.inference_mode():
        return torch.cat([network(each.to(device))[:, 0].cpu() for each in images.split(512)]).numpy()


def framework(seed: int) -> tuple[Any, Any]:
    """PyTorch and its device, so that the same seed gives the same figures on the same machine.

    Raises StepError where it is not there.
    """
    try:
        import torch
    except ImportError as error:
        raise needed(error, ImageNetwork) from None
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(threads())
    return torch, torch.device("cuda" if torch.cuda.is_available() else "cpu")
