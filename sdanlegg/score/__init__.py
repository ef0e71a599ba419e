"""How good the balance is, against a truth that is known: pure functions of arrays. Who runs the twin is elsewhere."""
