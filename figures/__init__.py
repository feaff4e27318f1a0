"""The figures that the documentation claims, each measured by one module and written to docs/figures/."""
