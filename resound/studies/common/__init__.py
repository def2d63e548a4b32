"""What all studies share: their input data, their findings, distances between distributions."""
