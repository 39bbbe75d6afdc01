"""The controls: model, image, baseline, target, and how it is computed."""
