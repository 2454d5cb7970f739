"""What Keras has under `ops.numpy`."""
