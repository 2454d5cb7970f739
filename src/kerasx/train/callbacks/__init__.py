"""What watches a training, and may change it."""

from .backup_and_restore import BackupAndRestore
from .callback import Callback
from .callback_list import CallbackList, default_callbacks
from .history import History
from .learning_rate_scheduler import LearningRateScheduler
from .model_checkpoint import ModelCheckpoint
from .monitor import EarlyStopping, ReduceLROnPlateau
from .progbar import Progbar
from .progbar_logger import ProgbarLogger
from .small import CSVLogger, LambdaCallback, RemoteMonitor, SwapEMAWeights, TerminateOnNaN
