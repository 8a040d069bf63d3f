"""What studies hide from their readers, and what of them goes with a slide: one of the few places that ask the key."""
