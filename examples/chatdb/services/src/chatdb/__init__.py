"""The services of the example ChatDB, small but real: one package, one image, one program for each name."""
