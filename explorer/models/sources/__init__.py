"""Where models come from: bundled, published, somebody's own file, somebody's own code."""
