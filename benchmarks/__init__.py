"""kerasx beside the engines' own loops and beside genuine Keras: `python -m benchmarks --help`."""
