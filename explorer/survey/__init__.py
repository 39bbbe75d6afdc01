"""What a model says of many pictures: where they come from, the run, its result."""
