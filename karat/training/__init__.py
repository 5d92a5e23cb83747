"""Takes proved steps; gives a policy, what it is worth, and how to make both again."""

from karat.training.compared import factorial
from karat.training.evaluation import Evaluation, evaluate
from karat.training.kept_models import Model, model_at, models
from karat.training.policy import Policy
from karat.training.recipe import Recipe
from karat.training.run import Trained, reproduce, train
from karat.training.untrained import Rivals, Worth, rivals

__all__ = [
    "Evaluation",
    "Model",
    "Policy",
    "Recipe",
    "Rivals",
    "Trained",
    "Worth",
    "evaluate",
    "factorial",
    "model_at",
    "models",
    "reproduce",
    "rivals",
    "train",
]
