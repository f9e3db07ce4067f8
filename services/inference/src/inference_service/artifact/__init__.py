"""Where the artifact of a model comes from, and what is asked of it before it is loaded."""
