"""Images: bundled samples, decoding with guards, and the way from a file to a model's pixels."""
