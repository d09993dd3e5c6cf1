"""Training: methods that minimise a scalar output of a program over some of its inputs."""

from einlang.training.damped_newton import newton
from einlang.training.descent import gradient_descent
from einlang.training.minimisation import Minimisation, Step

__all__ = ["Minimisation", "Step", "gradient_descent", "newton"]
