"""Recurrent layers: cells, and the loop over time that runs them."""

from .bidirectional import Bidirectional
from .gru import GRU, GRUCell
from .lstm import LSTM, LSTMCell
from .rnn import RNN
from .simple import SimpleRNN, SimpleRNNCell
from .stacked import StackedRNNCells
