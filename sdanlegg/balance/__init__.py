"""The balance core: what the meters said, made into figures that can be defended. Pure numpy, no I/O."""
