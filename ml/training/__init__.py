"""Training: one loop for every network, tasks that say what a step is, data augmentation, checkpoints."""
