"""Layers of attention."""

from .heads import GroupedQueryAttention, MultiHeadAttention
from .sequences import AdditiveAttention, Attention

GroupQueryAttention = GroupedQueryAttention
