#!/bin/sh
# Install the pinned packages into the active virtual environment: `install-packages.sh cpu|cuda REQUIREMENTS`.
#
# The ordinary wheels of torch bring NVIDIA's libraries along, several gigabytes that a machine without a GPU never uses.
# For "cpu" an index with wheels built without them may be named in TORCH_CPU_INDEX (PyTorch's site names its own);
# both packages come from there, since one without the other cannot load its operators.
set -eu

kind=$1
requirements=$2

if [ "$kind" = cpu ] && [ -n "${TORCH_CPU_INDEX:-}" ]; then
  lean=$(mktemp)
  grep -Ev '^(nvidia-|cuda-|triton==)' "$requirements" > "$lean"
  # shellcheck disable=SC2046 # one argument a line is meant
  pip install --no-deps --index-url "$TORCH_CPU_INDEX" $(grep -E '^(torch|torchvision)==' "$requirements")
  pip install -r "$lean"
  rm "$lean"
else
  pip install -r "$requirements"
fi
