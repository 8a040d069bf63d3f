"""What `compact` says does not change with the colour of the light, as long as nothing is clipped."""

import torch

from ml import registry
from ml.models.compact import FLAT, standardised


def test_light_and_exposure_are_taken_out() -> None:
    crops = torch.rand((4, 3, 32, 32), generator=torch.Generator().manual_seed(1))
    light = torch.tensor([0.9, 0.7, 0.4]).reshape(1, 3, 1, 1)
    difference = (standardised(crops) - standardised(crops * light + 0.05)).abs().max()
    assert difference < 0.6  # FLAT alone keeps them apart
    assert (standardised(crops).mean((2, 3)).abs() < 1e-4).all()


def test_a_crop_without_contrast_gives_numbers_and_no_noise() -> None:
    flat = standardised(torch.full((1, 3, 16, 16), 0.5))
    assert torch.isfinite(flat).all()
    assert flat.abs().max() < 1e-3 / FLAT


def test_it_can_be_turned_off() -> None:
    network = registry.build("compact", classes=5, settings={"standardise": False})
    assert network.standardise is False
