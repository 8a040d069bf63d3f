"""The frame of the site: settings, addresses and the doors for servers."""

__version__ = "0.1.0"
