"""Long work on a page: one runner, its progress, and the first picture."""
