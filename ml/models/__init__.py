"""Networks, one file each; built by name through `ml.registry`."""
