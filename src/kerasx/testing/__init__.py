"""Checks that users can run on classes of their own."""

from .layer import check_layer
from .loss import check_loss
from .metric import check_metric
from .optimizer import check_optimizer
