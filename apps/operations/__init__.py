"""What those who run a site look at: probes, figures for a monitoring system, and the self-check."""
