"""The kinds of objects, and how models are read for them."""
