"""Where a model comes from: a registry of specifications, and a bounded cache."""
