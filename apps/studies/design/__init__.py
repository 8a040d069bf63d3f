"""The staff's side of a study: its design, its life, its readers. Nothing here reads an answer or an origin."""
