import json

import pytest
import torch

from ml.cli import main


def test_the_device_that_a_name_means_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["device", "--device", "cpu", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"device": "cpu"}
    assert main(["device", "--device", "cpu"]) == 0
    assert capsys.readouterr().out == "cpu\n"


def test_a_device_that_is_not_there_is_a_sentence_and_a_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["device", "--device", "cuda:99"]) == 1
    said = capsys.readouterr()
    assert "cuda:99" in said.err
    assert said.out == ""


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")
def test_a_cuda_device_tells_its_name_and_memory(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["device", "--device", "cuda", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["device"].startswith("cuda")
    assert said["memory_gib"] > 0
    assert said["name"]
    assert said["cuda"]
