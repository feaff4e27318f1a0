"""The functional core: values in, values out; no I/O, no clock, no global randomness."""
