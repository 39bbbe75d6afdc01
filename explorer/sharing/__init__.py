"""What all sessions share: one runner for long work, turns to compute, bounded caches, heaps."""
