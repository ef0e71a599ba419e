"""Physics of the hall: pure functions, one step function, no I/O."""
