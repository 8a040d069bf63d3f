import pytest
import torch

from ml import registry
from ml.errors import ConfigError, UnknownName

CLASSIFIERS = [e.name for e in registry.entries("classify")]


def test_the_published_parameter_count_of_w_net() -> None:
    assert registry.count_parameters(registry.entry("w-net")) == 16_806_949


def test_compact_keeps_its_promise_of_size() -> None:
    assert registry.count_parameters(registry.entry("compact")) <= 1_450_000


@pytest.mark.parametrize("name", CLASSIFIERS)
@pytest.mark.parametrize("classes", [2, 5, 8])
def test_every_classifier_takes_any_class_list_forward_and_backward(name: str, classes: int) -> None:
    network = registry.build(name, classes=classes).eval()
    images = torch.rand(2, 3, network.input_size, network.input_size)
    logits = network(images)
    assert logits.shape == (2, classes)
    logits.sum().backward()
    assert all(p.grad is not None for p in network.parameters())


def test_the_locator_answers_for_every_grid_point() -> None:
    kinds, sides = registry.build("locator")(torch.rand(1, 3, 64, 96))
    assert kinds.shape == (1, 8 * 12, 3)
    assert sides.shape == (1, 8 * 12, 4, 17)


def test_settings_are_checked() -> None:
    assert registry.configure("compact", {"drop": 0}).drop == 0.0
    assert registry.configure("compact", {"widths": [8, 8, 8, 8]}).widths == (8, 8, 8, 8)
    with pytest.raises(ConfigError, match="no setting “dropp”"):
        registry.configure("compact", {"dropp": 0.5})
    with pytest.raises(ConfigError, match="must be like"):
        registry.configure("compact", {"drop": "much"})


def test_unknown_and_double_names_are_refused() -> None:
    with pytest.raises(UnknownName, match="compact"):
        registry.entry("resnet-9000")
    with pytest.raises(ValueError, match="twice"):
        registry.register(registry.entry("compact"))


def test_a_method_without_weights_cannot_be_built_or_trained() -> None:
    with pytest.raises(ConfigError, match="nothing to train"):
        registry.build("colour-roi")
    with pytest.raises(ConfigError, match="class list"):
        registry.build("compact")
