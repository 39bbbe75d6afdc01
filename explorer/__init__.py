"""The Integrated Gradients Explorer: see why a network decided as it did."""
