"""The embedded worlds: pictures that our own code draws, and the nets that learn from them."""
