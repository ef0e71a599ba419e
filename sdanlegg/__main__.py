"""`python -m sdanlegg` is `sdanlegg`."""

from sdanlegg.cli import main

main()
