"""The families of features, one module each."""
