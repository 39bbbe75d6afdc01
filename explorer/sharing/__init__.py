"""What all sessions share: a bounded cache, turns to compute, heaps."""
